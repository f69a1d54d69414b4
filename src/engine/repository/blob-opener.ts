// One thread's part of reading a blob: open, decompress, and prove that it is what its id says.
import { hash } from 'node:crypto';
import type { Sealer } from '../crypto/seal.ts';
import { sealOverhead } from '../crypto/seal.ts';
import type { TwinHasher } from '../crypto/twin-hash.ts';
import type { Compressor } from '../format/compression.ts';
import { damagedPack } from '../format/damage.ts';
import type { LocatedBlob } from './pack-reader.ts';
import { Scratch } from './scratch.ts';

/** Opens blobs of one repository. Not for use by two threads at once. */
export class BlobOpener {
  readonly #sealer: Pick<Sealer, 'openInto'>;
  readonly #compressor: Compressor;
  readonly #hasher: Pick<TwinHasher, 'digest'> | undefined;
  // What the seal held, and for a view what that expanded to. They grow to the largest blob met.
  readonly #frame = new Scratch();
  readonly #plain = new Scratch();

  /** `hasher`: one that hashes a pack meanwhile. */
  constructor(sealer: Pick<Sealer, 'openInto'>, compressor: Compressor, hasher?: Pick<TwinHasher, 'digest'>) {
    this.#sealer = sealer;
    this.#compressor = compressor;
    this.#hasher = hasher;
  }

  /** The verified plaintext, which belongs to the caller. @throws Failure `repository.damaged-pack` */
  open(blob: LocatedBlob, sealed: Uint8Array): Buffer {
    return this.#openInto(blob, sealed, (bytes) => Buffer.allocUnsafeSlow(bytes));
  }

  /** The verified plaintext, only until the next call: no memory is made for it. @throws Failure `repository.damaged-pack` */
  view(blob: LocatedBlob, sealed: Uint8Array): Buffer {
    return this.#openInto(blob, sealed, (bytes) => this.#plain.take(bytes));
  }

  close(): void {
    this.#compressor.close();
  }

  #openInto(blob: LocatedBlob, sealed: Uint8Array, make: (bytes: number) => Buffer): Buffer {
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
    const digest = this.#hasher?.digest(plaintext).toString('hex') ?? hash('sha256', plaintext);
    if (digest !== id) throw damagedPack(packId, 'its content does not match its id', id);
    return plaintext;
  }
}

// zstd makes at most about 1:65,000 of a run; an index that promises more is an attempt to exhaust memory.
function refuseBomb(blob: LocatedBlob, frameBytes: number): void {
  if (blob.uncompressedLength > 1024 * 1024 + frameBytes * 131_072)
    throw damagedPack(blob.packId, 'its index promises more than it can hold', blob.id);
}
