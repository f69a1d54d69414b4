// What the main thread and its file workers say to each other.
import type { MessagePort } from 'node:worker_threads';
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';
import type { Compression } from '../format/compression.ts';
import type { PackId } from '../ids.ts';
import type { BlobSealerOptions } from '../repository/blob-sealer.ts';
import type { SharedBlobIndex } from '../repository/blob-index.ts';

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

/** To a worker: files to save, or a request for its open pack. */
export type ToWorker = { type: 'files'; batch: number; paths: Uint8Array[] } | { type: 'hand-over' } | { type: 'end' };

/** What became of one file. Digests are 32 bytes each, one after another. */
export type FileResult =
  | { digests: Uint8Array; size: number; newBlobs: number; newBytes: number; storedBytes: number }
  | { error: WireError }
  | 'cancelled';

/** From a worker. Pack bytes are moved, not copied; the main thread gives the buffer back. */
export type FromWorker =
  | { type: 'saved'; batch: number; results: FileResult[] }
  | { type: 'pack'; bytes: Uint8Array<ArrayBuffer>; header: Uint8Array; packId: PackId }
  | { type: 'handed-over'; bytes: Uint8Array; header: Uint8Array }
  | { type: 'broken'; error: WireError };

/** An error that can travel between threads. */
export interface WireError {
  isFailure: boolean;
  code: string | undefined;
  message: string;
  hint: string | undefined;
}

/** Takes an error apart for the journey. */
export function toWire(error: unknown): WireError {
  const message = error instanceof Error ? error.message : String(error);
  if (isFailure(error)) return { isFailure: true, code: error.code, message, hint: error.hint };
  return { isFailure: false, code: systemErrorCode(error), message, hint: undefined };
}

/** Puts it together again. */
export function fromWire({ isFailure, code, message, hint }: WireError): Error {
  if (isFailure && code !== undefined) return new Failure(code, { message, ...(hint === undefined ? {} : { hint }) });
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}
