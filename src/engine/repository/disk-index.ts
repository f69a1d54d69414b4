// The part of an index that lies on this machine's disk, because it is too large for memory: sorted by id, and never changed. In
// memory are one number a page, which tells where to look, and a filter of a byte a blob, which mostly tells that there is nothing.
//
//   page    4096 bytes: 85 entries, then zeros
//   entry   blob id (32) · pack number, highest bit set for trees (u32) · offset (u32) · length (u32) · uncompressed length (u32)
//
// Entries are sorted by id, then data before trees. Numbers are little-endian. All threads of a run read the same file.
import { closeSync, readSync } from 'node:fs';
import type { BlobPlace } from './blob-index.ts';

/** Bytes of an entry, of a page, and how many entries a page has. */
export const entryBytes = 48;
/** Bytes of a page. */
export const pageBytes = 4096;
/** Entries in a page. */
export const pageEntries = 85;
/** In an entry's pack number. */
export const treeBit = 0x8000_0000;

/** What threads need to share one. */
export interface SharedDiskIndex {
  descriptor: number;
  count: number;
  /** The first four bytes of the first id of each page. */
  fences: SharedArrayBuffer;
  filter: SharedArrayBuffer;
}

// Pages that a thread holds: few, because ids are hashes and hardly ever neighbours; the system holds the rest.
const heldPages = 64;
const blockWords = 16;
const bitsABlock = 512;

/** Which bits say that a blob may be there: six, in one block of 64 bytes, by bytes 8 to 15 of its id. */
export class BlobFilter {
  readonly #words: Int32Array;
  readonly #blocks: number;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#blocks = this.#words.length / blockWords;
  }

  /** Memory for so many blobs: a byte each. */
  static memoryFor(blobs: number): SharedArrayBuffer {
    return new SharedArrayBuffer(Math.max(Math.ceil((blobs * 8) / bitsABlock), 1) * (bitsABlock / 8));
  }

  add(id: Buffer, at: number): void {
    const block = this.#blockOf(id, at);
    for (let half = 8; half < 16; half += 4) {
      const bits = id.readUInt32LE(at + half);
      for (let shift = 0; shift < 27; shift += 9) {
        const bit = (bits >>> shift) & 511;
        const word = block + (bit >>> 5);
        this.#words[word] = (this.#words[word] ?? 0) | (1 << (bit & 31));
      }
    }
  }

  /** False: it was never added. True: it may have been. */
  mayHave(id: Buffer): boolean {
    const block = this.#blockOf(id, 0);
    for (let half = 8; half < 16; half += 4) {
      const bits = id.readUInt32LE(half);
      for (let shift = 0; shift < 27; shift += 9) {
        const bit = (bits >>> shift) & 511;
        if (((this.#words[block + (bit >>> 5)] ?? 0) & (1 << (bit & 31))) === 0) return false;
      }
    }
    return true;
  }

  // Neighbours in the order of ids share blocks, so that filling it goes through memory once.
  #blockOf(id: Buffer, at: number): number {
    return Math.floor((id.readUInt32BE(at) / 2 ** 32) * this.#blocks) * blockWords;
  }
}

/** Finds blobs on disk. Each thread has its own over the same file. */
export class DiskIndex {
  readonly shared: SharedDiskIndex;
  readonly #fences: Uint32Array;
  readonly #filter: BlobFilter;
  readonly #held = Buffer.alloc(heldPages * pageBytes);
  readonly #heldNumbers = new Int32Array(heldPages).fill(-1);

  constructor(shared: SharedDiskIndex) {
    this.shared = shared;
    this.#fences = new Uint32Array(shared.fences, 0, Math.ceil(shared.count / pageEntries));
    this.#filter = new BlobFilter(shared.filter);
  }

  get count(): number {
    return this.shared.count;
  }

  /** Bytes of memory in use, of which the page cache is this thread's own. */
  get bytes(): number {
    return this.shared.fences.byteLength + this.shared.filter.byteLength + this.#held.length;
  }

  /** The blob's number from 0 to `count` − 1, or -1. */
  find(id: Buffer, isTree: boolean): number {
    if (!this.#filter.mayHave(id)) return -1;
    const prefix = id.readUInt32BE(0);
    const fences = this.#fences;
    for (let page = Math.max(firstNotBelow(fences, prefix) - 1, 0); page < fences.length; page += 1) {
      if ((fences[page] ?? 0) > prefix) return -1;
      const found = this.#findInPage(page, id, prefix, isTree);
      if (found >= 0) return found;
    }
    return -1;
  }

  /** Where the blob with this number lies. */
  place(number: number): BlobPlace {
    const page = Math.floor(number / pageEntries);
    const at = this.#load(page) + (number - page * pageEntries) * entryBytes + 32;
    const held = this.#held;
    return {
      packNumber: held.readUInt32LE(at) & ~treeBit,
      offset: held.readUInt32LE(at + 4),
      length: held.readUInt32LE(at + 8),
      uncompressedLength: held.readUInt32LE(at + 12),
    };
  }

  /** Frees the disk. Nobody may look anything up afterwards, on no thread. */
  close(): void {
    closeSync(this.shared.descriptor);
  }

  #findInPage(page: number, id: Buffer, prefix: number, isTree: boolean): number {
    const first = page * pageEntries;
    const start = this.#load(page);
    const held = this.#held;
    let low = 0;
    let high = Math.min(pageEntries, this.count - first);
    const end = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (held.readUInt32BE(start + middle * entryBytes) < prefix) low = middle + 1;
      else high = middle;
    }
    for (; low < end; low += 1) {
      const at = start + low * entryBytes;
      if (held.readUInt32BE(at) !== prefix) return -1;
      const hasType = held.readUInt32LE(at + 32) >= treeBit === isTree;
      if (hasType && held.compare(id, 0, 32, at, at + 32) === 0) return first + low;
    }
    return -1;
  }

  // Where in `held` the page begins.
  #load(page: number): number {
    const slot = page % heldPages;
    const start = slot * pageBytes;
    if (this.#heldNumbers[slot] === page) return start;
    this.#heldNumbers[slot] = -1;
    for (let done = 0; done < pageBytes; ) {
      const read = readSync(
        this.shared.descriptor,
        this.#held,
        start + done,
        pageBytes - done,
        page * pageBytes + done,
      );
      if (read === 0) throw new Error('the index on disk was cut');
      done += read;
    }
    this.#heldNumbers[slot] = page;
    return start;
  }
}

// The first place in ascending numbers where one stands that is not below `wanted`.
function firstNotBelow(numbers: Uint32Array, wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
