// What a backup tells while it runs. Pure code (progress.ts) folds it into numbers.
import type { Failure } from '../../base/failure.ts';
import type { ReadReason } from './why-read.ts';

/** Sizes in bytes. Paths are for people: bytes that are not UTF-8 are escaped. */
export type BackupEvent =
  /** What there is to do, as far as it has been counted; the last one has `isComplete`. */
  | { type: 'scanned'; files: number; bytes: number; isComplete: boolean }
  /** Bytes of files and streams that were read. */
  | { type: 'progress'; bytes: number }
  | { type: 'file-done'; path: string; size: number; change: 'new' | 'changed' | 'unmodified' }
  /** Files that were not there before; `path` is the last of them. */
  | { type: 'files-new'; files: number; bytes: number; path: string }
  /** A folder's files, none of which has changed. */
  | { type: 'files-unmodified'; files: number; bytes: number }
  /** Something of the source is not in the snapshot: the run is partial. */
  | { type: 'file-skipped'; path: string; failure: Failure }
  /** It went away between being listed and being read; that is no failure. */
  | { type: 'file-vanished'; path: string }
  /** It changed while it was read: what was read is stored, and the next run reads it again. */
  | { type: 'file-changed-while-read'; path: string }
  /** The parent snapshot has the file, and it is read all the same. Told when `explains` is set. */
  | { type: 'file-read-again'; path: string; why: readonly ReadReason[] }
  /** The parent snapshot has the file, but the repository lost a part of it: it is read again. */
  | { type: 'file-healed'; path: string }
  /** This machine cannot keep everything. */
  | { type: 'limited'; limits: readonly string[] };
