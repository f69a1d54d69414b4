// One thread's part of reading a blob: open, decompress, and prove that it is what its id says.
import { hash } from 'node:crypto';
import { type Failure, isFailure } from '../../base/failure.ts';
import type { Sealer } from '../crypto/seal.ts';
import { sealOverhead } from '../crypto/seal.ts';
import type { TwinHasher } from '../crypto/twin-hash.ts';
import type { Compressor } from '../format/compression.ts';
import { damagedPack } from '../format/damage.ts';
import type { LocatedBlob } from './pack-reader.ts';
import { Scratch } from './scratch.ts';

/** A blob as it lies in its pack. */
export interface BlobInPack {
  blob: LocatedBlob;
  sealed: Uint8Array;
}

/** Opens blobs of one repository. Not for use by two threads at once. */
export class BlobOpener {
  readonly #sealer: Pick<Sealer, 'openInto'>;
  readonly #compressor: Compressor;
  readonly #hasher: Hasher | undefined;
  // What the seal held, and for a view what that expanded to. They grow to the largest blob met.
  readonly #frame = new Scratch();
  readonly #plain = [new Scratch(), new Scratch()] as const;

  /** `hasher`: one that hashes a pack meanwhile, or for `viewTwo` two blobs at once. */
  constructor(sealer: Pick<Sealer, 'openInto'>, compressor: Compressor, hasher?: Hasher) {
    this.#sealer = sealer;
    this.#compressor = compressor;
    this.#hasher = hasher;
  }

  /** The verified plaintext, which belongs to the caller. @throws Failure `repository.damaged-pack` */
  open(blob: LocatedBlob, sealed: Uint8Array): Buffer {
    return this.#proven(
      blob,
      this.#unseal(blob, sealed, (bytes) => Buffer.allocUnsafeSlow(bytes)),
    );
  }

  /** The verified plaintext, only until the next call: no memory is made for it. @throws Failure `repository.damaged-pack` */
  view(blob: LocatedBlob, sealed: Uint8Array): Buffer {
    return this.#proven(
      blob,
      this.#unseal(blob, sealed, (bytes) => this.#plain[0].take(bytes)),
    );
  }

  /**
   * What `view` gives for each of two, or why it gives nothing; the second may be missing. Both are hashed at once, which is quicker than
   * one after the other: the hasher may follow nothing else meanwhile.
   */
  viewTwo(first: BlobInPack, second: BlobInPack | undefined): [Buffer | Failure, Buffer | Failure | undefined] {
    const unseal = ({ blob, sealed }: BlobInPack, scratch: Scratch): Buffer | Failure =>
      orFailure(() => this.#unseal(blob, sealed, (bytes) => scratch.take(bytes)));
    const one = unseal(first, this.#plain[0]);
    const other = second && unseal(second, this.#plain[1]);
    if (other instanceof Buffer) this.#hasher?.follow(other);
    const proven = one instanceof Buffer ? orFailure(() => this.#proven(first.blob, one)) : one;
    if (second === undefined || !(other instanceof Buffer)) return [proven, other];
    const digest = this.#hasher?.finish(other);
    return [proven, orFailure(() => this.#proven(second.blob, other, digest))];
  }

  close(): void {
    this.#compressor.close();
  }

  // Not yet proven to be what the id says.
  #unseal(blob: LocatedBlob, sealed: Uint8Array, make: (bytes: number) => Buffer): Buffer {
    const { packId, id, uncompressedLength } = blob;
    const innerBytes = sealed.length - sealOverhead;
    if (innerBytes < 0) throw damagedPack(packId, 'its seal is broken', id);
    const isCompressed = uncompressedLength !== 0;
    const opened = isCompressed ? this.#frame.take(innerBytes) : make(innerBytes);
    if (!this.#sealer.openInto(sealed, opened)) throw damagedPack(packId, 'its seal is broken', id);
    let plaintext = opened;
    if (isCompressed) {
      refuseBomb(blob, innerBytes);
      plaintext = make(uncompressedLength);
      if (!this.#compressor.decompressTo(opened, plaintext)) throw damagedPack(packId, 'it cannot be decompressed', id);
    }
    return plaintext;
  }

  #proven({ packId, id }: LocatedBlob, plaintext: Buffer, known?: string): Buffer {
    const digest = known ?? this.#hasher?.digest(plaintext).toString('hex') ?? hash('sha256', plaintext);
    if (digest !== id) throw damagedPack(packId, 'its content does not match its id', id);
    return plaintext;
  }
}

type Hasher = Pick<TwinHasher, 'digest' | 'follow' | 'finish'>;

function orFailure<Result>(work: () => Result): Result | Failure {
  try {
    return work();
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}

/**
 * zstd makes at most about 1:65,000 of a run; an index that promises more is an attempt to exhaust memory.
 * @throws Failure `repository.damaged-pack`
 */
export function refuseBomb(blob: LocatedBlob, frameBytes: number): void {
  if (blob.uncompressedLength > 1024 * 1024 + frameBytes * 131_072)
    throw damagedPack(blob.packId, 'its index promises more than it can hold', blob.id);
}
