// Groups of snapshots that a policy looks at together (restic internal/data/snapshot_group.go).
import { Failure } from '../../base/failure.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';

/** What snapshots of one group have in common. */
export interface GroupBy {
  host: boolean;
  paths: boolean;
  tags: boolean;
}

/** Snapshots that have host, paths or tags in common; what was not asked for is empty. */
export interface SnapshotGroup {
  host: string;
  paths: string[];
  tags: string[];
  snapshots: NamedSnapshot[];
}

/** restic's default. */
export const defaultGroupBy: GroupBy = { host: true, paths: true, tags: false };

const names: Record<string, keyof GroupBy> = {
  host: 'host',
  hosts: 'host',
  path: 'paths',
  paths: 'paths',
  tag: 'tags',
  tags: 'tags',
};

/** Reads `host,paths,tags` or any part of it; nothing means one group. @throws Failure `retention.bad-grouping` */
export function parseGroupBy(text: string): GroupBy {
  const groupBy: GroupBy = { host: false, paths: false, tags: false };
  for (const word of text.split(',')) {
    if (word === '') continue;
    const name = Object.hasOwn(names, word) ? names[word] : undefined;
    if (name === undefined) {
      throw new Failure('retention.bad-grouping', {
        message: `snapshots cannot be grouped by '${word}'`,
        hint: 'Use host, paths and tags, separated by commas.',
      });
    }
    groupBy[name] = true;
  }
  return groupBy;
}

/** Sorts snapshots into groups, in the order in which the groups are met. */
export function groupSnapshots(snapshots: readonly NamedSnapshot[], by: GroupBy = defaultGroupBy): SnapshotGroup[] {
  const groups = new Map<string, SnapshotGroup>();
  for (const snapshot of snapshots) {
    const host = by.host ? (snapshot.hostname ?? '') : '';
    const paths = by.paths ? snapshot.paths.toSorted() : [];
    const tags = by.tags ? (snapshot.tags ?? []).toSorted() : [];
    const key = JSON.stringify([host, paths, tags]);
    const group = groups.get(key) ?? { host, paths, tags, snapshots: [] };
    groups.set(key, group);
    group.snapshots.push(snapshot);
  }
  return [...groups.values()];
}

/** The group in words, for people. */
export function describeGroup({ host, paths, tags }: SnapshotGroup): string {
  const parts: string[] = [];
  if (host !== '') parts.push(`host ${host}`);
  if (paths.length > 0) parts.push(`paths ${paths.join(', ')}`);
  if (tags.length > 0) parts.push(`tags ${tags.join(', ')}`);
  return parts.length === 0 ? 'all snapshots' : parts.join('; ');
}
