// One thread's part of storing a blob: compress, seal, and prove that what is about to be sent opens to the same bytes.
import { createHash } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { sealOverhead, type Sealer } from '../crypto/seal.ts';
import { compressBound, type Compressor } from '../format/compression.ts';
import { Compressibility } from '../format/compressibility.ts';
import type { FrameStreams } from '../format/frame-stream.ts';
import type { BlobType } from '../ids.ts';
import { freeBuffer } from '../../base/free-buffer.ts';
import { Scratch } from './scratch.ts';

/** How blobs are stored. */
export interface BlobSealerOptions {
  /** False in version 1, which cannot compress. */
  canCompress: boolean;
  /** False with `compression: 'off'`: then only trees are compressed. */
  compressesData: boolean;
  /** Opens every sealed blob and compares before it may leave; on unless somebody insists. */
  verifies: boolean;
}

/** Bytes a blob takes in a pack, and its plaintext's length when it is compressed, else 0. */
export interface SealedBlob {
  length: number;
  uncompressedLength: number;
}

/** A blob whose plaintext was compressed as it came. */
export interface FramedBlob {
  frame: Buffer;
  /** SHA-256 of the plaintext. */
  digest: Buffer;
  plaintextBytes: number;
}

/** Compresses and seals into a buffer that the caller owns. One per thread. */
export class BlobSealer {
  readonly #sealer: Sealer;
  readonly #compressor: Compressor;
  readonly #options: BlobSealerOptions;
  readonly #compressibility = new Compressibility();
  // Holds the frame until it is sealed, then what the sealed blob opens to.
  readonly #frame = new Scratch();
  readonly #plain = new Scratch();

  constructor(sealer: Sealer, compressor: Compressor, options: BlobSealerOptions) {
    this.#sealer = sealer;
    this.#compressor = compressor;
    this.#options = options;
  }

  /** Bytes that the sealed form of so many bytes may take at most. */
  static maxLength(plaintextBytes: number): number {
    return compressBound(plaintextBytes) + sealOverhead;
  }

  /** Writes the sealed blob to the start of `target`. @throws Failure `repository.verification-failed` */
  sealInto(type: BlobType, plaintext: Uint8Array, target: Uint8Array): SealedBlob {
    const frame = this.#compress(type, plaintext);
    const length = this.#sealer.sealInto(frame ?? plaintext, target);
    const sealed = { length, uncompressedLength: frame === undefined ? 0 : plaintext.length };
    if (this.#options.verifies) this.#verify(target.subarray(0, length), sealed, plaintext);
    return sealed;
  }

  /**
   * The same of a blob that is compressed already, whose plaintext is known by its digest only. The frame is freed.
   * @throws Failure `repository.verification-failed`
   */
  sealFrameInto({ frame, digest, plaintextBytes }: FramedBlob, target: Uint8Array, streams: FrameStreams): SealedBlob {
    const length = this.#sealer.sealInto(frame, target);
    // A small one may lie in memory that Node shares out.
    if (frame.length > Buffer.poolSize) freeBuffer(frame);
    if (this.#options.verifies) {
      const opened = this.#sealer.open(target.subarray(0, length));
      if (opened === undefined || !expandsTo(opened, { digest, plaintextBytes }, streams)) throw verificationFailed();
      freeBuffer(opened);
    }
    return { length, uncompressedLength: plaintextBytes };
  }

  close(): void {
    this.#compressor.close();
  }

  // Undefined when the blob is stored as it is: data that zstd cannot shrink reads faster raw, and the format allows it.
  // Trees are always compressed in version 2; prune would rewrite them otherwise.
  #compress(type: BlobType, plaintext: Uint8Array): Uint8Array | undefined {
    const isWanted = this.#options.canCompress && (type === 'tree' || this.#options.compressesData);
    if (!isWanted || plaintext.length === 0) return undefined;
    if (type === 'data' && !this.#compressibility.isWorthTrying(plaintext, this.#compressor)) return undefined;
    const frame = this.#frame.take(compressBound(plaintext.length));
    const length = this.#compressor.compressInto(plaintext, frame);
    if (type === 'data') this.#compressibility.tried(plaintext.length, length);
    return type === 'data' && length >= plaintext.length ? undefined : frame.subarray(0, length);
  }

  #verify(bytes: Uint8Array, sealed: SealedBlob, plaintext: Uint8Array): void {
    const opened = this.#frame.take(bytes.length - sealOverhead);
    let isSame = this.#sealer.openInto(bytes, opened);
    if (isSame && sealed.uncompressedLength !== 0) {
      const plain = this.#plain.take(plaintext.length);
      isSame = this.#compressor.decompressTo(opened, plain) && plain.equals(plaintext);
    } else isSame &&= opened.equals(plaintext);
    if (!isSame) throw verificationFailed();
  }
}

function expandsTo(frame: Buffer, expected: Omit<FramedBlob, 'frame'>, streams: FrameStreams): boolean {
  const digest = createHash('sha256');
  try {
    for (const piece of streams.content(frame, expected.plaintextBytes)) digest.update(piece);
  } catch {
    return false;
  }
  return digest.digest().equals(expected.digest);
}

function verificationFailed(): Failure {
  return new Failure('repository.verification-failed', {
    message: 'a sealed blob did not open to the bytes it was made of, so it was not stored',
    hint: 'This machine computes wrongly, mostly because of bad memory: test its memory before the next backup.',
  });
}
