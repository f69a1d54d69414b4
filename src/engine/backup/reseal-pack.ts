// Seals what is in a pack anew with another repository's key, each blob where it lies: the sealed form is as long as before. Runs in a
// worker thread.
import { sealOverhead, type Sealer } from '../crypto/seal.ts';
import type { PackId } from '../ids.ts';
import { endPack } from '../repository/pack-builder.ts';
import { Scratch } from '../repository/scratch.ts';
import { sha256 } from '../repository/sealed-files.ts';

/** A pack in shared memory, and what is wanted of it. */
export interface PackToReseal {
  bytes: Uint8Array;
  /** Of each wanted blob where it begins and how long it is, in bytes; in their order. */
  places: Uint32Array;
  /** The header's plaintext where everything is wanted: then the result is a pack with the same header. */
  header?: Uint8Array;
  /** Where the result goes: as long as the pack, and shared. */
  room: Uint8Array;
}

/** How it went. Of a result that is not proven nothing may be used. */
export interface ResealedPack {
  isProven: boolean;
  /** Where a whole pack was asked for. */
  packId?: PackId;
}

/** One thread's tools for one pair of repositories. */
export class PackResealer {
  readonly #from: Sealer;
  readonly #to: Sealer;
  readonly #content = new Scratch();
  readonly #proof = new Scratch();

  constructor(from: Sealer, to: Sealer) {
    this.#from = from;
    this.#to = to;
  }

  /** Seals the wanted blobs anew, each at its own place in the room, and proves that they open to the same bytes. */
  reseal({ bytes, places, header, room }: PackToReseal): ResealedPack {
    let end = 0;
    for (let at = 0; at < places.length; at += 2) {
      const [offset = 0, length = 0] = places.subarray(at, at + 2);
      end = offset + length;
      if (!this.#resealBlob(bytes.subarray(offset, end), room.subarray(offset, end))) return { isProven: false };
    }
    if (header === undefined) return { isProven: true };
    const pack = room.subarray(0, endPack(this.#to, header, room, end));
    return { isProven: true, packId: sha256(pack) as PackId };
  }

  #resealBlob(sealed: Uint8Array, room: Uint8Array): boolean {
    const content = this.#content.take(sealed.length - sealOverhead);
    if (!this.#from.openInto(sealed, content)) return false;
    this.#to.sealInto(content, room);
    const proof = this.#proof.take(content.length);
    return this.#to.openInto(room, proof) && proof.equals(content);
  }
}
