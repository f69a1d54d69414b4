// Where each blob lies: open addressing over typed arrays in shared memory, 59 bytes a blob at most, grown in place.
// All threads of a run use the same one, so that no two of them store the same blob.
import assert from 'node:assert/strict';
import type { BlobId, BlobType } from '../ids.ts';
import { ThreadLock } from './thread-lock.ts';

/** Where a blob lies. Offset and lengths in bytes; `uncompressedLength` is 0 for a blob stored as it is. */
export interface BlobPlace {
  packNumber: number;
  offset: number;
  length: number;
  uncompressedLength: number;
}

/** The memory of an index, for handing it to another thread. */
export interface SharedBlobIndex {
  control: SharedArrayBuffer;
  ids: SharedArrayBuffer;
  places: SharedArrayBuffer;
  table: SharedArrayBuffer;
}

const maxBlobs = 2 ** 27;
const idWords = 8;
const placeWords = 4;
const growBlobs = 8192;
// Claimed by a thread of this run, not yet in a saved pack.
const pendingPack = 0x7fff_ffff;
const treeBit = 0x8000_0000;

// Words of `control`.
const lockWord = 0;
const countWord = 1;
const capacityWord = 2;
const slotsWord = 3;

/** Finds and adds blobs by type and id. Safe for use by several threads. */
export class BlobIndex {
  readonly shared: SharedBlobIndex;
  readonly #control: Int32Array;
  readonly #lock: ThreadLock;
  readonly #wanted = new Int32Array(idWords);
  readonly #wantedBytes = Buffer.from(this.#wanted.buffer);
  #ids: Int32Array = new Int32Array(0);
  #places: Uint32Array = new Uint32Array(0);
  #table: Uint32Array = new Uint32Array(0);

  constructor(shared: SharedBlobIndex = newIndex()) {
    this.shared = shared;
    this.#control = new Int32Array(shared.control);
    this.#lock = new ThreadLock(this.#control, lockWord);
  }

  /** Number of blobs, pending ones included. */
  get count(): number {
    return Atomics.load(this.#control, countWord);
  }

  /** Bytes of memory in use. */
  get bytes(): number {
    const { ids, places, table } = this.shared;
    return ids.byteLength + places.byteLength + table.byteLength;
  }

  /** True for a blob that is stored or about to be. */
  has(type: BlobType, id: BlobId | Uint8Array): boolean {
    return this.#locked(type, id, (entry) => entry >= 0);
  }

  /** Where the blob lies, or undefined when it is unknown or not yet in a saved pack. */
  find(type: BlobType, id: BlobId | Uint8Array): BlobPlace | undefined {
    return this.#locked(type, id, (entry) => {
      const packNumber = entry < 0 ? pendingPack : this.#packNumber(entry);
      if (packNumber === pendingPack) return undefined;
      const places = this.#places;
      const at = entry * placeWords;
      return {
        packNumber,
        offset: places[at + 1] ?? 0,
        length: places[at + 2] ?? 0,
        uncompressedLength: places[at + 3] ?? 0,
      };
    });
  }

  /** A number from 0 to `count` − 1 that stays the blob's own, for tables beside the index. Undefined when it is unknown. */
  numberOf(type: BlobType, id: BlobId | Uint8Array): number | undefined {
    return this.#locked(type, id, (entry) => (entry < 0 ? undefined : entry));
  }

  /** Takes the blob for this thread to store. False when it is known already: then somebody else has stored or will store it. */
  claim(type: BlobType, id: Uint8Array): boolean {
    return this.#locked(type, id, (entry, slot) => {
      if (entry >= 0) return false;
      this.#add(slot, type, { packNumber: pendingPack, offset: 0, length: 0, uncompressedLength: 0 });
      return true;
    });
  }

  /** Records where a blob lies. A place that is known stays: further copies of a blob in other packs are not needed. */
  put(type: BlobType, id: BlobId | Uint8Array, place: BlobPlace): void {
    assert.ok(place.packNumber < pendingPack);
    this.#locked(type, id, (entry, slot) => {
      if (entry < 0) this.#add(slot, type, place);
      else if (this.#packNumber(entry) === pendingPack) this.#write(entry, type, place);
    });
  }

  #locked<Result>(type: BlobType, id: BlobId | Uint8Array, use: (entry: number, slot: number) => Result): Result {
    if (typeof id === 'string') assert.equal(this.#wantedBytes.write(id, 'hex'), 32);
    else this.#wantedBytes.set(id);
    this.#lock.take();
    try {
      this.#refreshViews();
      const [entry, slot] = this.#search(type);
      return use(entry, slot);
    } finally {
      this.#lock.release();
    }
  }

  // The entry, or -1 and the free slot where it belongs.
  #search(type: BlobType): [entry: number, slot: number] {
    const ids = this.#ids;
    const wanted = this.#wanted;
    const mask = this.#table.length - 1;
    let slot = (wanted[0] ?? 0) & mask;
    for (;;) {
      const entry = (this.#table[slot] ?? 0) - 1;
      if (entry < 0) return [-1, slot];
      let word = 0;
      while (word < idWords && ids[entry * idWords + word] === wanted[word]) word += 1;
      if (word === idWords && this.#typeOf(entry) === type) return [entry, slot];
      slot = (slot + 1) & mask;
    }
  }

  #add(slot: number, type: BlobType, place: BlobPlace): void {
    const entry = this.count;
    this.#table[slot] = entry + 1;
    this.#ids.set(this.#wanted, entry * idWords);
    this.#write(entry, type, place);
    Atomics.store(this.#control, countWord, entry + 1);
    this.#makeRoom(entry + 1);
  }

  #write(entry: number, type: BlobType, place: BlobPlace): void {
    const at = entry * placeWords;
    this.#places[at] = (type === 'tree' ? treeBit : 0) | place.packNumber;
    this.#places[at + 1] = place.offset;
    this.#places[at + 2] = place.length;
    this.#places[at + 3] = place.uncompressedLength;
  }

  #packNumber(entry: number): number {
    return (this.#places[entry * placeWords] ?? 0) & ~treeBit;
  }

  #typeOf(entry: number): BlobType {
    return ((this.#places[entry * placeWords] ?? 0) & treeBit) === 0 ? 'data' : 'tree';
  }

  // Room for one more, and a table at most three quarters full, before the lock is given back.
  #makeRoom(count: number): void {
    const { ids, places, table } = this.shared;
    if (count === this.#control[capacityWord]) {
      const capacity = Math.min(count + Math.max(growBlobs, count >>> 4), ids.maxByteLength / (idWords * 4));
      assert.ok(capacity > count, 'the index is full');
      ids.grow(capacity * idWords * 4);
      places.grow(capacity * placeWords * 4);
      this.#control[capacityWord] = capacity;
    }
    const slots = this.#control[slotsWord] ?? 0;
    if (count * 4 > slots * 3) {
      table.grow(slots * 2 * 4);
      this.#control[slotsWord] = slots * 2;
      this.#refreshViews();
      this.#table.fill(0);
      const mask = this.#table.length - 1;
      for (let entry = 0; entry < count; entry += 1) {
        let slot = (this.#ids[entry * idWords] ?? 0) & mask;
        while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
        this.#table[slot] = entry + 1;
      }
    }
  }

  // Another thread may have grown the memory. Views of a fixed length are faster than ones that follow it.
  #refreshViews(): void {
    const capacity = this.#control[capacityWord] ?? 0;
    const slots = this.#control[slotsWord] ?? 0;
    if (this.#ids.length !== capacity * idWords) {
      this.#ids = new Int32Array(this.shared.ids, 0, capacity * idWords);
      this.#places = new Uint32Array(this.shared.places, 0, capacity * placeWords);
    }
    if (this.#table.length !== slots) this.#table = new Uint32Array(this.shared.table, 0, slots);
  }
}

// Address space is reserved for the largest index; memory is used only for what is filled. Where a machine grants little
// address space, the reservation is smaller.
function newIndex(): SharedBlobIndex {
  for (const blobs of [maxBlobs, maxBlobs / 8, maxBlobs / 64]) {
    try {
      return reserveIndex(blobs);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return reserveIndex(maxBlobs / 512);
}

function reserveIndex(blobs: number): SharedBlobIndex {
  const slots = 2 * growBlobs;
  const control = new SharedArrayBuffer(4 * 4);
  new Int32Array(control).set([0, 0, growBlobs, slots]);
  const reserve = (bytes: number, maxByteLength: number): SharedArrayBuffer =>
    new SharedArrayBuffer(bytes, { maxByteLength });
  return {
    control,
    ids: reserve(growBlobs * idWords * 4, blobs * idWords * 4),
    places: reserve(growBlobs * placeWords * 4, blobs * placeWords * 4),
    table: reserve(slots * 4, blobs * 2 * 4),
  };
}
