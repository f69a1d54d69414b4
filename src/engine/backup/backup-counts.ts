// Counts what a backup did, for the snapshot's summary and for people.
import type { SnapshotSummary } from '../format/snapshot-types.ts';
import type { SavedBlob } from '../repository/blob-store.ts';
import type { SavedFile } from './file-saver.ts';
import type { NewFileCounts } from './new-files.ts';

/** How an entry stands to the parent snapshot. */
export type Change = 'new' | 'changed' | 'unmodified';

/** Running counts; sizes in bytes. */
export class BackupCounts {
  readonly files: Record<Change, number> = { new: 0, changed: 0, unmodified: 0 };
  readonly folders: Record<Change, number> = { new: 0, changed: 0, unmodified: 0 };
  bytes = 0;
  dataBlobs = 0;
  treeBlobs = 0;
  addedBytes = 0;
  storedBytes = 0;
  /** Entries that could not be read: the run is partial. */
  skipped = 0;
  /** Entries that went away before they could be read. */
  vanished = 0;

  file(change: Change, size: number): void {
    this.files[change] += 1;
    this.bytes += size;
  }

  /** Files that were not there before, with their content. */
  newFiles(counts: NewFileCounts): void {
    this.files.new += counts.files;
    this.bytes += counts.size;
    this.content(counts);
  }

  /** Files that nothing was asked of but whether they are the same. */
  unmodifiedFiles(files: number, bytes: number): void {
    this.files.unmodified += files;
    this.bytes += bytes;
  }

  folder(change: Change): void {
    this.folders[change] += 1;
  }

  content(saved: Pick<SavedFile, 'newBlobs' | 'newBytes' | 'storedBytes'>): void {
    this.dataBlobs += saved.newBlobs;
    this.addedBytes += saved.newBytes;
    this.storedBytes += saved.storedBytes;
  }

  tree(saved: SavedBlob, bytes: number): void {
    if (!saved.isNew) return;
    this.treeBlobs += 1;
    this.addedBytes += bytes;
    this.storedBytes += saved.storedBytes;
  }

  /** In restic's field names. Start and end are RFC 3339. */
  summary(start: string, end: string): SnapshotSummary {
    return {
      backup_start: start,
      backup_end: end,
      files_new: this.files.new,
      files_changed: this.files.changed,
      files_unmodified: this.files.unmodified,
      dirs_new: this.folders.new,
      dirs_changed: this.folders.changed,
      dirs_unmodified: this.folders.unmodified,
      data_blobs: this.dataBlobs,
      tree_blobs: this.treeBlobs,
      data_added: this.addedBytes,
      data_added_packed: this.storedBytes,
      total_files_processed: this.files.new + this.files.changed + this.files.unmodified,
      total_bytes_processed: this.bytes,
    };
  }
}
