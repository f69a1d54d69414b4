// What a restore tells while it runs, and how it is asked for.
import type { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';

/** What a restore needs of a repository. */
export type RestoreReader = Pick<
  IndexedRepository,
  'loadBlob' | 'readBlob' | 'locateBlob' | 'loadBlobs' | 'loadSealed' | 'repository'
>;

/** What could not be set on an entry that is otherwise restored. */
export type Aspect = 'owner' | 'attributes' | 'times' | 'mode';

/** Sizes in bytes. Paths are for people: bytes that are not UTF-8 are escaped. */
export type RestoreEvent =
  | { type: 'scanned'; files: number; bytes: number; isComplete: boolean }
  | { type: 'progress'; bytes: number }
  | { type: 'file-done'; path: string; size: number }
  /** What exists is as it should be and was left alone. */
  | { type: 'file-unchanged'; path: string }
  /** Not restored: the run is partial. */
  | { type: 'file-skipped'; path: string; failure: Failure }
  /** Restored, but not in every aspect: the run is partial. */
  | { type: 'not-set'; path: string; aspect: Aspect; reason: string }
  | { type: 'deleted'; path: string }
  | { type: 'limited'; limits: readonly string[] };

/** How a restore is done. */
export interface RestoreOptions extends Operation<RestoreEvent> {
  /** Only what matches, as restic's patterns have it (docs/excludes.md). */
  include?: readonly string[];
  exclude?: readonly string[];
  /** What to do with files that exist. `if-changed` looks at size and modification time. Default `always`. */
  overwrite?: 'always' | 'if-changed' | 'never';
  /**
   * Changes files that exist where they stand, and writes only the blobs that differ: quick, and an interrupted restore goes on
   * where it stopped. But a file is neither old nor new while it is changed; by default it is replaced at once when it is whole.
   */
  inPlace?: boolean;
  /** Gives entries to the accounts of this machine that have their names, where there are such; default: by number. */
  ownershipByName?: boolean;
  /** Reads every file again after writing and compares. */
  verify?: boolean;
  /** Removes from restored folders what the snapshot does not have. */
  delete?: boolean;
  /** Removes from restored folders the half-written files of restores that were killed. */
  clearsLeft?: boolean;
  /** Leaves runs of zeros unwritten; default true. */
  sparse?: boolean;
  /** Counts and reports, writes nothing. */
  dryRun?: boolean;
  /** Packs read at once; default 4. */
  parallelPacks?: number;
  /** Worker threads, when there is enough to do; default one a core. */
  threads?: number;
}

/** What a restore did. Sizes in bytes. */
export interface RestoreResult {
  outcome: 'succeeded' | 'partial';
  files: number;
  bytes: number;
  /** Bytes of content that had to be written; less than `bytes` only with `inPlace`. */
  written: number;
  folders: number;
  /** Links, devices, FIFOs. */
  others: number;
  unchanged: number;
  skipped: number;
  deleted: number;
  /** Entries on which an aspect could not be set. */
  notSet: Record<Aspect, number>;
}
