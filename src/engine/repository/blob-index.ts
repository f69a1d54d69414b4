// Where each blob lies: open addressing over typed arrays in shared memory, 59 bytes a blob at most, grown in place.
// All threads of a run use the same one, so that no two of them store the same blob. What is loaded beyond a limit lies on disk
// (disk-index.ts), and what is added since in memory.
import assert from 'node:assert/strict';
import type { BlobId, BlobType } from '../ids.ts';
import { DiskIndex, type SharedDiskIndex, treeBit } from './disk-index.ts';
import { DiskIndexBuilder } from './disk-index-builder.ts';
import { growBlobs, idWords, type IndexMemory, newIndexMemory, placeWords } from './index-memory.ts';
import { ThreadLock } from './thread-lock.ts';

/** Where a blob lies. Offset and lengths in bytes; `uncompressedLength` is 0 for a blob stored as it is. */
export interface BlobPlace {
  packNumber: number;
  offset: number;
  length: number;
  uncompressedLength: number;
}

/** An index, for handing it to another thread. */
export interface SharedBlobIndex extends IndexMemory {
  disk?: SharedDiskIndex;
}

/** Blobs that are loaded into memory, about 240 MB; more of them go to disk. */
export const memoryBlobsMax = 2 ** 22;

// Claimed by a thread of this run, not yet in a saved pack.
const pendingPack = 0x7fff_ffff;

// Words of `control`.
const lockWord = 0;
const countWord = 1;
const capacityWord = 2;
const slotsWord = 3;

/** Finds and adds blobs by type and id. Safe for use by several threads. */
export class BlobIndex {
  #shared: SharedBlobIndex;
  #control: Int32Array;
  #lock: ThreadLock;
  readonly #memoryBlobs: number;
  // False once another thread may use the memory, and once it has moved.
  #mayMove: boolean;
  #isClosed = false;
  // While more is loaded than memory may hold.
  #builder: DiskIndexBuilder | undefined;
  #disk: DiskIndex | undefined;
  readonly #wanted = new Int32Array(idWords);
  readonly #wantedBytes = Buffer.from(this.#wanted.buffer);
  #freeSlot = 0;
  #ids: Int32Array = new Int32Array(0);
  #places: Uint32Array = new Uint32Array(0);
  #table: Uint32Array = new Uint32Array(0);

  /** `shared`: the memory of another thread's. `memoryBlobs`: how many are loaded into memory before they go to disk. */
  constructor(shared?: SharedBlobIndex, memoryBlobs: number = memoryBlobsMax) {
    this.#shared = shared ?? newIndexMemory();
    this.#control = new Int32Array(this.#shared.control);
    this.#lock = new ThreadLock(this.#control, lockWord);
    this.#memoryBlobs = memoryBlobs;
    this.#mayMove = shared === undefined;
    this.#disk = shared?.disk && new DiskIndex(shared.disk);
  }

  /** The memory, once everything is loaded. */
  get shared(): SharedBlobIndex {
    this.settle();
    this.#mayMove = false;
    return this.#disk === undefined ? this.#shared : { ...this.#shared, disk: this.#disk.shared };
  }

  /** True when what was loaded went to disk. Then numbers count only once all of it is there. */
  get isOnDisk(): boolean {
    return this.#builder !== undefined || this.#disk !== undefined;
  }

  /** Number of blobs, pending ones included. */
  get count(): number {
    this.settle();
    return (this.#disk?.count ?? 0) + this.#memoryCount;
  }

  /** Bytes of memory in use. */
  get bytes(): number {
    const { ids, places, table } = this.#shared;
    return ids.byteLength + places.byteLength + table.byteLength + (this.#disk?.bytes ?? 0);
  }

  /** When all is loaded that there is: sorts what went to disk. Whoever looks something up does so first, by itself. */
  settle(): void {
    const builder = this.#builder;
    if (builder === undefined) return;
    this.#builder = undefined;
    this.#mayMove = false;
    // Until it is there nobody may be told that a blob is not.
    this.#isClosed = true;
    this.#disk = new DiskIndex(builder.finish());
    this.#isClosed = false;
  }

  /** Frees the disk, once no thread looks anything up any more. Memory frees itself. */
  close(): void {
    this.#builder?.discard();
    this.#builder = undefined;
    if (this.#disk === undefined) return;
    this.#disk.close();
    this.#disk = undefined;
    this.#isClosed = true;
  }

  /** True for a blob that is stored or about to be. */
  has(type: BlobType, id: BlobId | Uint8Array): boolean {
    return this.#onDisk(type, id) >= 0 || this.#locked(type, id, (entry) => entry >= 0);
  }

  /** Where the blob lies, or undefined when it is unknown or not yet in a saved pack. */
  find(type: BlobType, id: BlobId | Uint8Array): BlobPlace | undefined {
    const number = this.#onDisk(type, id);
    if (number >= 0) return this.#disk?.place(number);
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
    const number = this.#onDisk(type, id);
    if (number >= 0) return number;
    const first = this.#disk?.count ?? 0;
    return this.#locked(type, id, (entry) => (entry < 0 ? undefined : first + entry));
  }

  /** Takes the blob for this thread to store. False when it is known already: then somebody else has stored or will store it. */
  claim(type: BlobType, id: Uint8Array): boolean {
    if (this.#onDisk(type, id) >= 0) return false;
    return this.#locked(type, id, (entry) => {
      if (entry >= 0) return false;
      this.#add(type, { packNumber: pendingPack, offset: 0, length: 0, uncompressedLength: 0 });
      return true;
    });
  }

  /** Records where a blob lies. A place that is known stays: further copies of a blob in other packs are not needed. */
  put(type: BlobType, id: BlobId | Uint8Array, place: BlobPlace): void {
    if (this.#onDisk(type, id) >= 0) return;
    this.#want(id);
    this.#putWanted(type, place);
  }

  /** As `put`, for what index files say: what is more than memory may hold goes to disk. Before anything is looked up or claimed. */
  load(type: BlobType, id: BlobId | Uint8Array, place: BlobPlace): void {
    this.#want(id);
    if (this.#builder !== undefined) {
      this.#builder.add(this.#wantedBytes, type === 'tree', place);
      return;
    }
    this.#putWanted(type, place);
    if (this.#mayMove && this.#memoryCount > this.#memoryBlobs) this.#moveToDisk();
  }

  get #memoryCount(): number {
    return Atomics.load(this.#control, countWord);
  }

  // The number of a blob that lies on disk, or -1. No lock is needed: there it never changes.
  #onDisk(type: BlobType, id: BlobId | Uint8Array): number {
    this.settle();
    // Its descriptor may be another file's by now.
    assert.ok(!this.#isClosed, 'the index on disk is closed');
    if (this.#disk === undefined) return -1;
    this.#want(id);
    return this.#disk.find(this.#wantedBytes, type === 'tree');
  }

  #moveToDisk(): void {
    const builder = new DiskIndexBuilder();
    this.#builder = builder;
    const ids = Buffer.from(this.#shared.ids);
    const places = this.#places;
    const count = this.#memoryCount;
    for (let entry = 0; entry < count; entry += 1) {
      const at = entry * placeWords;
      builder.add(ids.subarray(entry * 32, entry * 32 + 32), this.#typeOf(entry) === 'tree', {
        packNumber: this.#packNumber(entry),
        offset: places[at + 1] ?? 0,
        length: places[at + 2] ?? 0,
        uncompressedLength: places[at + 3] ?? 0,
      });
    }
    this.#shared = newIndexMemory();
    this.#control = new Int32Array(this.#shared.control);
    this.#lock = new ThreadLock(this.#control, lockWord);
    [this.#ids, this.#places, this.#table] = [new Int32Array(0), new Uint32Array(0), new Uint32Array(0)];
  }

  #want(id: BlobId | Uint8Array): void {
    if (typeof id === 'string') assert.equal(this.#wantedBytes.write(id, 'hex'), 32);
    else this.#wantedBytes.set(id);
  }

  #putWanted(type: BlobType, place: BlobPlace): void {
    assert.ok(place.packNumber < pendingPack);
    this.#lock.take();
    try {
      this.#refreshViews();
      const entry = this.#search(type);
      if (entry < 0) this.#add(type, place);
      else if (this.#packNumber(entry) === pendingPack) this.#write(entry, type, place);
    } finally {
      this.#lock.release();
    }
  }

  #locked<Result>(type: BlobType, id: BlobId | Uint8Array, use: (entry: number) => Result): Result {
    this.#want(id);
    this.#lock.take();
    try {
      this.#refreshViews();
      return use(this.#search(type));
    } finally {
      this.#lock.release();
    }
  }

  // The entry, or -1; then `#freeSlot` is where it belongs.
  #search(type: BlobType): number {
    const ids = this.#ids;
    const wanted = this.#wanted;
    const mask = this.#table.length - 1;
    let slot = (wanted[0] ?? 0) & mask;
    for (;;) {
      const entry = (this.#table[slot] ?? 0) - 1;
      if (entry < 0) {
        this.#freeSlot = slot;
        return -1;
      }
      let word = 0;
      while (word < idWords && ids[entry * idWords + word] === wanted[word]) word += 1;
      if (word === idWords && this.#typeOf(entry) === type) return entry;
      slot = (slot + 1) & mask;
    }
  }

  #add(type: BlobType, place: BlobPlace): void {
    const entry = this.#memoryCount;
    this.#table[this.#freeSlot] = entry + 1;
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
    const { ids, places, table } = this.#shared;
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
      this.#ids = new Int32Array(this.#shared.ids, 0, capacity * idWords);
      this.#places = new Uint32Array(this.#shared.places, 0, capacity * placeWords);
    }
    if (this.#table.length !== slots) this.#table = new Uint32Array(this.#shared.table, 0, slots);
  }
}
