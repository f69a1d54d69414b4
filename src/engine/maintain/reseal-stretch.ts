// Seals the blobs of a stretch anew for another repository, each where it lies: the sealed form is as long as before. Runs in
// worker threads.
import assert from 'node:assert/strict';
import { isFailure } from '../../base/failure.ts';
import { sealOverhead, type Sealer } from '../crypto/seal.ts';
import { createTwinHasher } from '../crypto/twin-hash.ts';
import { createCompressor } from '../format/compression.ts';
import type { BlobId, PackId } from '../ids.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import type { LocatedBlob } from '../repository/pack-reader.ts';
import { Scratch } from '../repository/scratch.ts';

/** A stretch in shared memory, and its blobs: of each the place in it, the length, the uncompressed length; and the ids. */
export interface Stretch {
  bytes: Uint8Array;
  places: Uint32Array;
  ids: Uint8Array;
}

const idBytes = 32;

/** Describes blobs of a stretch that begins at `start` of its pack. */
export function stretchOf(bytes: Uint8Array, start: number, blobs: readonly LocatedBlob[]): Stretch {
  const places = new Uint32Array(blobs.length * 3);
  const ids = new Uint8Array(blobs.length * idBytes);
  for (const [at, { id, offset, length, uncompressedLength }] of blobs.entries()) {
    places.set([offset - start, length, uncompressedLength], at * 3);
    ids.set(Buffer.from(id, 'hex'), at * idBytes);
  }
  return { bytes, places, ids };
}

/** One thread's tools for one pair of repositories. */
export class StretchResealer {
  readonly #from: RememberingSealer;
  readonly #to: Sealer;
  readonly #opener: BlobOpener;
  readonly #proof = new Scratch();

  private constructor(from: RememberingSealer, to: Sealer, opener: BlobOpener) {
    this.#from = from;
    this.#to = to;
    this.#opener = opener;
  }

  static async create(from: Sealer, to: Sealer): Promise<StretchResealer> {
    const remembering = new RememberingSealer(from);
    const opener = new BlobOpener(remembering, await createCompressor(3), await createTwinHasher());
    return new StretchResealer(remembering, to, opener);
  }

  /**
   * Verifies each blob against its id and seals it anew; proves that the new seal opens to the same bytes. Gives 1 for each blob where
   * that went well. Of another nothing may be used.
   */
  reseal({ bytes, places, ids }: Stretch): Uint8Array {
    const idsInHex = Buffer.from(ids.buffer, ids.byteOffset, ids.length).toString('hex');
    const done = new Uint8Array(places.length / 3);
    for (let at = 0; at < done.length; at += 1) {
      const [offset = 0, length = 0, uncompressedLength = 0] = places.subarray(at * 3, at * 3 + 3);
      const id = idsInHex.slice(at * idBytes * 2, (at + 1) * idBytes * 2) as BlobId;
      const blob = { type: 'data', id, packId: '' as PackId, offset, length, uncompressedLength } as const;
      done[at] = this.#resealBlob(blob, bytes.subarray(offset, offset + length)) ? 1 : 0;
    }
    return done;
  }

  close(): void {
    this.#opener.close();
  }

  #resealBlob(blob: LocatedBlob, sealed: Uint8Array): boolean {
    try {
      this.#opener.view(blob, sealed);
    } catch (error) {
      if (isFailure(error)) return false;
      throw error;
    }
    const { content } = this.#from;
    const length = this.#to.sealInto(content, sealed);
    assert.equal(length, sealed.length);
    const proof = this.#proof.take(length - sealOverhead);
    return this.#to.openInto(sealed, proof) && proof.equals(content);
  }
}

// What the seal held lies in the opener's memory until it opens the next one: it need not be opened twice.
class RememberingSealer implements Pick<Sealer, 'openInto'> {
  readonly #sealer: Sealer;
  content: Uint8Array = new Uint8Array();

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  openInto(sealed: Uint8Array, target: Uint8Array): boolean {
    this.content = target;
    return this.#sealer.openInto(sealed, target);
  }
}
