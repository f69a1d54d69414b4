// The two halves of a repository that backup and restore see.
import type { Operation } from '../../base/operation.ts';
import type { BlobId, BlobType } from '../ids.ts';

/** What saving a blob did. Sizes in bytes. */
export interface SavedBlob {
  id: BlobId;
  /** False when the repository had it already; then nothing was stored. */
  isNew: boolean;
  /** Bytes it takes in its pack, 0 when it was there. */
  storedBytes: number;
}

/** A blob as it lies in a pack; `uncompressedLength` is 0 for one that is not compressed. */
export interface SealedBytes {
  sealed: Uint8Array;
  uncompressedLength: number;
}

/** Reads blobs; the index must be loaded. */
export interface BlobReader {
  hasBlob(type: BlobType, id: BlobId): boolean;
  /** Plaintext size in bytes from the index, or undefined when the blob is unknown. */
  blobSize(type: BlobType, id: BlobId): number | undefined;
  /** The plaintext, verified against its id. @throws Failure `repository.blob-missing`, `repository.damaged-pack`. */
  loadBlob(type: BlobType, id: BlobId, options?: Operation): Promise<Buffer>;
  /**
   * The same for those who read it from the beginning to the end, each time they call what it gives: of a large compressed blob only the
   * compressed form is held. Each piece is valid until the next. @throws as `loadBlob`, before it gives anything
   */
  readBlob?(type: BlobType, id: BlobId, options?: Operation): Promise<() => Iterable<Buffer>>;
}

/** A blob on its way. One that is not finished must be discarded. */
export interface StreamedBlob {
  /** The bytes are the caller's again afterwards. */
  write(piece: Uint8Array): void;
  finish(options?: Operation): Promise<SavedBlob>;
  discard(): void;
}

/** Stores blobs, each once. What was saved is durable only after `flush`. */
export interface BlobWriter {
  hasBlob(type: BlobType, id: BlobId): boolean;
  /** The bytes may be reused by the caller when the promise settles. */
  saveBlob(type: BlobType, plaintext: Uint8Array, options?: Operation): Promise<SavedBlob>;
  /** A blob that comes a piece at a time and is never in memory as a whole; undefined where that cannot be. */
  streamBlob?(type: BlobType): Promise<StreamedBlob | undefined>;
  /** Writes open packs, then the index. Afterwards every saved blob survives a power cut. */
  flush(options?: Operation): Promise<void>;
}
