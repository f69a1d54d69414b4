// What the main thread and its file workers say to each other.
import type { MessagePort } from 'node:worker_threads';
import type { Compression } from '../format/compression.ts';
import type { BlobId, PackId } from '../ids.ts';
import type { BlobSealerOptions } from '../repository/blob-sealer.ts';
import type { PackBuffer } from '../repository/pack-builder.ts';
import type { SharedBlobIndex } from '../repository/blob-index.ts';
import type { WireError } from '../threads/wire-error.ts';
import type { SavedFile } from './file-saver.ts';
import type { NewFilesLook } from './new-files.ts';
import type { WireNewFiles } from './new-files-wire.ts';

/** What a worker is started with. */
export interface WorkerStart {
  /** A copy of the master key, which the worker wipes when it has its ciphers. */
  keyBytes: Uint8Array<ArrayBuffer>;
  polynomial: bigint;
  index: SharedBlobIndex;
  compression: Compression;
  sealing: BlobSealerOptions;
  /** Words that both sides see. */
  control: SharedArrayBuffer;
  /** Pack buffers come back through here. */
  buffers: MessagePort;
}

/** Words of `control`. */
export const controlWords = {
  /** Batches up to this number are to be given up. */
  cancelled: 0,
  /** Counts returned pack buffers; the worker sleeps on it. */
  returned: 1,
} as const;

/**
 * To a worker: files to save, or a request for its open pack. Paths are joined by NUL bytes: many small arrays would each
 * be copied together with the whole pool they were cut from.
 */
export type ToWorker =
  | { type: 'files'; batch: number; paths: Uint8Array<ArrayBuffer> }
  | { type: 'new-files'; batch: number; folders: WireFolder[]; look: NewFilesLook }
  | { type: 'hand-over' }
  | { type: 'end' };

/** New files of one folder: its path, and their names, joined by NULs. Raw bytes, one character each. */
export interface WireFolder {
  folder: string;
  names: string;
}

/** What became of one file: its blobs' digests (32 bytes each) and its counts, the failure, or that it was given up. */
export type FileResult = SavedCounts | { error: WireError } | 'cancelled';

/** A saved file. */
export interface SavedCounts {
  digests: Buffer[];
  /** Those of blobs that were there already. */
  knownDigests: Buffer[];
  size: number;
  newBlobs: number;
  newBytes: number;
  storedBytes: number;
}

/** The results of a batch, packed flat for the journey. */
export interface WireResults {
  /** Six numbers a file: blobs (-1 cancelled, -2 failed), size, new blobs, new bytes, stored bytes, index of its error. */
  counts: Float64Array<ArrayBuffer>;
  digests: Uint8Array<ArrayBuffer>;
  errors: WireError[];
}

const countsPerFile = 6;
const cancelled = -1;
const failed = -2;

/** Packs the results of a batch. */
export function packResults(results: FileResult[]): WireResults {
  const counts = new Float64Array(results.length * countsPerFile);
  const errors: WireError[] = [];
  const digests: Buffer[] = [];
  for (const [n, result] of results.entries()) {
    const at = n * countsPerFile;
    if (result === 'cancelled') counts[at] = cancelled;
    else if ('error' in result) {
      counts[at] = failed;
      counts[at + 5] = errors.length;
      errors.push(result.error);
    } else {
      for (const digest of result.digests) digests.push(digest);
      counts[at] = result.digests.length;
      counts[at + 1] = result.size;
      counts[at + 2] = result.newBlobs;
      counts[at + 3] = result.newBytes;
      counts[at + 4] = result.storedBytes;
    }
  }
  const joined = new Uint8Array(digests.length * digestBytes);
  for (const [n, digest] of digests.entries()) joined.set(digest, n * digestBytes);
  return { counts, digests: joined, errors };
}

/** What became of each file, ids as text. */
export function unpackResults({
  counts,
  digests,
  errors,
}: WireResults): (SavedFile | { error: WireError } | 'cancelled')[] {
  const hex = Buffer.from(digests.buffer).toString('hex');
  const idLength = 2 * digestBytes;
  const results: (SavedFile | { error: WireError } | 'cancelled')[] = [];
  let used = 0;
  for (let at = 0; at < counts.length; at += countsPerFile) {
    const count = (n: number): number => counts[at + n] ?? 0;
    const blobs = count(0);
    if (blobs === cancelled) results.push('cancelled');
    else if (blobs === failed) results.push({ error: errors[count(5)] as WireError });
    else {
      const content: BlobId[] = [];
      for (const end = used + blobs; used < end; used += 1)
        content.push(hex.slice(used * idLength, (used + 1) * idLength) as BlobId);
      results.push({ content, size: count(1), newBlobs: count(2), newBytes: count(3), storedBytes: count(4) });
    }
  }
  return results;
}

const digestBytes = 32;

/** From a worker. Pack bytes lie in shared memory: the worker leaves them alone until the main thread gives the buffer back. */
export type FromWorker =
  | { type: 'saved'; batch: number; results: WireResults }
  | { type: 'new-saved'; batch: number; found: WireNewFiles }
  | { type: 'pack'; bytes: PackBuffer; header: Uint8Array<ArrayBuffer>; packId: PackId }
  | { type: 'handed-over'; bytes: Uint8Array<ArrayBuffer>; header: Uint8Array<ArrayBuffer> }
  | { type: 'broken'; error: WireError };
