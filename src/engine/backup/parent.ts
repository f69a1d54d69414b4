// Which earlier snapshot a backup compares with (restic internal/data/snapshot_find.go).
import type { NamedSnapshot } from '../format/snapshot-types.ts';

/**
 * The newest snapshot of the host, not after `time`, that holds all of the paths; undefined when there is none.
 * @param snapshots oldest first
 */
export function findParent(
  snapshots: readonly NamedSnapshot[],
  wanted: { host: string; paths: readonly string[]; time: Date },
): NamedSnapshot | undefined {
  return snapshots.findLast(
    ({ hostname, paths, time }) =>
      hostname === wanted.host &&
      Date.parse(time) <= wanted.time.getTime() &&
      wanted.paths.every((path) => paths.includes(path)),
  );
}
