// A snapshot as the API gives it.
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { SnapshotView } from './schemas/restore.ts';

/** See the head of this file. */
export function snapshotView({ id, time, hostname, paths, tags, original, summary }: NamedSnapshot): SnapshotView {
  return {
    id,
    at: new Date(time).toISOString(),
    host: hostname ?? '',
    paths,
    tags: tags ?? [],
    ...(original === undefined ? {} : { original }),
    ...(summary === undefined
      ? {}
      : {
          files: summary.total_files_processed,
          bytes: summary.total_bytes_processed,
          newBytes: summary.data_added,
        }),
  };
}
