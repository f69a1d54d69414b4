// A snapshot as the repository keeps it (restic design.rst, "Snapshots"; restic internal/data/snapshot.go).
import type { BlobId, SnapshotId } from '../ids.ts';

/** What a backup did, in restic's own field names. Sizes in bytes, times RFC 3339. */
export interface SnapshotSummary {
  backup_start: string;
  backup_end: string;
  files_new: number;
  files_changed: number;
  files_unmodified: number;
  dirs_new: number;
  dirs_changed: number;
  dirs_unmodified: number;
  data_blobs: number;
  tree_blobs: number;
  data_added: number;
  data_added_packed: number;
  total_files_processed: number;
  total_bytes_processed: number;
}

/** A snapshot file's JSON, keys as restic writes them. `time` is RFC 3339 with nanoseconds and zone. */
export interface Snapshot {
  time: string;
  parent?: SnapshotId;
  tree: BlobId;
  paths: string[];
  hostname?: string;
  username?: string;
  uid?: number;
  gid?: number;
  excludes?: string[];
  tags?: string[];
  original?: SnapshotId;
  program_version?: string;
  summary?: SnapshotSummary;
}

/** A snapshot with the name of its file. */
export interface NamedSnapshot extends Snapshot {
  id: SnapshotId;
}
