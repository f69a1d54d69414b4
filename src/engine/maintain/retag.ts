// Changes the tags of snapshots. A snapshot file never changes: a new one is stored, then the old one goes.
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { runForget } from './forget.ts';

/** `set` replaces all tags; otherwise `remove` goes first, then `add` comes. */
export interface TagChange {
  set?: readonly string[];
  add?: readonly string[];
  remove?: readonly string[];
}

/** The tags after the change, each once. */
export function changedTags(tags: readonly string[], { set, add = [], remove = [] }: TagChange): string[] {
  if (set !== undefined) return [...new Set(set.filter((tag) => tag !== ''))];
  const kept = tags.filter((tag) => !remove.includes(tag));
  return [...new Set([...kept, ...add.filter((tag) => tag !== '')])];
}

/**
 * Gives snapshots other tags, as restic does: `original` keeps the first name. Interrupted, both may be there; the next run
 * finds the new one and removes the old one. Hold the exclusive lock. Gives what became what.
 * @throws Failure `forget.stopped` where the place does not let the old ones go
 */
export async function retag(
  repository: Repository,
  snapshots: readonly NamedSnapshot[],
  change: TagChange,
  options: Operation = {},
): Promise<{ from: SnapshotId; to: SnapshotId }[]> {
  const operation = pickSignal(options);
  const there = await repository.listSnapshots(operation);
  const changed: { from: NamedSnapshot; to: SnapshotId }[] = [];
  for (const snapshot of snapshots) {
    const tags = changedTags(snapshot.tags ?? [], change);
    if (shape({ ...snapshot, tags }) === shape(snapshot)) continue;
    const { id, ...rest } = snapshot;
    const made: Snapshot = { ...rest, tags, original: snapshot.original ?? id };
    const known = there.find((other) => other.id !== id && shape(other) === shape(made) && isSameOrigin(other, made));
    changed.push({ from: snapshot, to: known?.id ?? (await repository.saveSnapshot(made, operation)) });
  }
  await runForget(
    repository,
    changed.map(({ from }) => from),
    operation,
  );
  return changed.map(({ from, to }) => ({ from: from.id, to }));
}

function isSameOrigin(other: NamedSnapshot, made: Snapshot): boolean {
  return (other.original ?? other.id) === made.original;
}

function shape({ time, tree, hostname, paths, tags = [] }: Snapshot): string {
  return JSON.stringify([time, tree, hostname, paths, tags]);
}
