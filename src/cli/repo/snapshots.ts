// `orbit repo snapshots`
import { Command } from 'commander';
import { compareSnapshots } from '../../engine/repository/snapshot-choice.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine, table } from '../output.ts';
import { withCacheFlag, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { shortTags } from './short-tags.ts';

/** Flags that choose among snapshots. */
export interface SnapshotFilter {
  host?: string[];
  tag?: string[];
  path?: string[];
}

/** Adds `--host`, `--tag` and `--path`, each repeatable. */
export function withSnapshotFilter(command: Command): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return command
    .option('-H, --host <host>', 'only of this host (may be repeated)', collect)
    .option('--tag <tag,…>', 'only with all of these tags (repeated: or with these)', collect)
    .option('--path <path>', 'only those that hold this path (repeated: all of them)', collect);
}

/** True when the snapshot passes, by restic's rules: any host, any of the tag lists, every path. */
export function passesFilter(snapshot: NamedSnapshot, { host, tag, path }: SnapshotFilter): boolean {
  const tags = new Set(snapshot.tags);
  const hasTags = (list: string): boolean =>
    list === '' ? tags.size === 0 : list.split(',').every((each) => tags.has(each));
  return (
    (host === undefined || host.includes(snapshot.hostname ?? '')) &&
    (tag === undefined || tag.some(hasTags)) &&
    (path === undefined || path.every((each) => snapshot.paths.includes(each)))
  );
}

/** `orbit repo snapshots`: what can be restored. */
export function snapshotsCommand(context: CliContext): Command {
  const command = new Command('snapshots')
    .description('list snapshots')
    .argument('[ids...]', 'only these: ids, the beginning of ids, or latest')
    .option('--latest <n>', 'only the last n of each host and set of paths');
  return withSnapshotFilter(withCacheFlag(withRepositoryFlags(command)))
    .addHelpText('after', '\nExample: orbit repo snapshots -r /srv/backup --password-file /root/backup.password')
    .action(async (ids: string[], flags: RepositoryFlags & SnapshotFilter & { latest?: string }) => {
      const chosen = await withLockedRepository(context, flags, { startsEarly: true }, async (repository, signal) => {
        const all =
          ids.length === 0
            ? await repository.listSnapshots({ signal })
            : await Promise.all(ids.map((id) => repository.loadSnapshot(id, { signal })));
        return lastOfEach(all.filter((snapshot) => passesFilter(snapshot, flags)).sort(compareSnapshots), flags.latest);
      });
      if (flags.json)
        printJson(
          context,
          chosen.map((snapshot) => ({ ...snapshot, short_id: snapshot.id.slice(0, 8) })),
        );
      else printTable(context, chosen);
    });
}

function lastOfEach(snapshots: NamedSnapshot[], latest: string | undefined): NamedSnapshot[] {
  if (latest === undefined) return snapshots;
  const groups = new Map<string, NamedSnapshot[]>();
  for (const snapshot of snapshots) {
    const group = JSON.stringify([snapshot.hostname, snapshot.paths.toSorted()]);
    groups.set(group, [...(groups.get(group) ?? []), snapshot]);
  }
  const count = Math.max(Number.parseInt(latest, 10) || 1, 1);
  return [...groups.values()].flatMap((group) => group.slice(-count)).sort(compareSnapshots);
}

function printTable(context: CliContext, snapshots: NamedSnapshot[]): void {
  const rows = snapshots.map(({ id, time, hostname, tags, paths }) => [
    id.slice(0, 8),
    time.slice(0, 19).replace('T', ' '),
    hostname ?? '',
    shortTags(tags),
    paths.join(', '),
  ]);
  for (const line of table(['ID', 'Time', 'Host', 'Tags', 'Paths'], rows)) printLine(context, line);
  printLine(context, `${snapshots.length} snapshot(s)`);
}
