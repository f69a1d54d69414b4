// Makes the index on disk out of entries that come in any order: they are written down by the first seven bits of their ids, and each
// such part is sorted in memory. Files have no name from the moment they are open: whatever ends the run, nothing stays.
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import type { BlobPlace } from './blob-index.ts';
import { BlobFilter, entryBytes, pageBytes, pageEntries, type SharedDiskIndex, treeBit } from './disk-index.ts';

const parts = 128;
const chunkEntries = 1024;
const chunkBytes = chunkEntries * entryBytes;
const outputPages = 256;
// A key is the first four bytes of an id and the entry's place in its part, which together a double holds exactly.
const keyEntries = 2 ** 21;

/** Where such files are made: `$TMPDIR`, else `/var/tmp`, which unlike `/tmp` is never memory. */
export function diskIndexFolder(): string {
  return process.env['TMPDIR'] || '/var/tmp';
}

/** Takes entries, then makes the index of them. */
export class DiskIndexBuilder {
  readonly #folder: string;
  readonly #descriptor: number;
  readonly #chunks = Array.from({ length: parts }, () => ({
    bytes: Buffer.alloc(0),
    used: 0,
    written: [] as number[],
  }));
  #end = 0;
  #count = 0;

  /** @throws Failure `repository.no-room-for-index` */
  constructor(folder: string = diskIndexFolder()) {
    this.#folder = folder;
    this.#descriptor = orNoRoom(folder, () => openNameless(folder));
  }

  /** Takes an entry. Of two for one blob the first counts. */
  add(id: Uint8Array, isTree: boolean, place: BlobPlace): void {
    const chunk = this.#chunks[(id[0] ?? 0) >>> 1];
    if (chunk === undefined) return;
    if (chunk.bytes.length === 0) chunk.bytes = Buffer.alloc(chunkBytes);
    if (chunk.used === chunkBytes) {
      orNoRoom(this.#folder, () => writeAll(this.#descriptor, chunk.bytes, this.#end));
      chunk.written.push(this.#end);
      this.#end += chunkBytes;
      chunk.used = 0;
    }
    const { bytes, used } = chunk;
    bytes.set(id, used);
    bytes.writeUInt32LE(((isTree ? treeBit : 0) | place.packNumber) >>> 0, used + 32);
    bytes.writeUInt32LE(place.offset, used + 36);
    bytes.writeUInt32LE(place.length, used + 40);
    bytes.writeUInt32LE(place.uncompressedLength, used + 44);
    chunk.used += entryBytes;
    this.#count += 1;
  }

  /** Sorts, and frees what was written down meanwhile. @throws Failure `repository.no-room-for-index` */
  finish(): SharedDiskIndex {
    let output: SortedFile | undefined;
    try {
      const sorted = orNoRoom(this.#folder, () => new SortedFile(this.#folder, this.#count));
      output = sorted;
      for (const chunk of this.#chunks) {
        const entries = Buffer.alloc(chunk.written.length * chunkBytes + chunk.used);
        for (const [index, offset] of chunk.written.entries())
          readAll(this.#descriptor, entries.subarray(index * chunkBytes, (index + 1) * chunkBytes), offset);
        chunk.bytes.copy(entries, chunk.written.length * chunkBytes, 0, chunk.used);
        chunk.bytes = Buffer.alloc(0);
        orNoRoom(this.#folder, () => sorted.addPart(entries));
      }
      return orNoRoom(this.#folder, () => sorted.finish());
    } catch (error) {
      output?.discard();
      throw error;
    } finally {
      this.discard();
    }
  }

  /** Frees the disk without making anything. */
  discard(): void {
    closeSync(this.#descriptor);
  }
}

// The sorted file while it is written, with what is held in memory of it.
class SortedFile {
  readonly #descriptor: number;
  readonly #fences: SharedArrayBuffer;
  readonly #fenceNumbers: Uint32Array;
  readonly #filterMemory: SharedArrayBuffer;
  readonly #filter: BlobFilter;
  readonly #output = Buffer.alloc(outputPages * pageBytes);
  #written = 0;
  #count = 0;

  constructor(folder: string, most: number) {
    this.#descriptor = openNameless(folder);
    this.#fences = new SharedArrayBuffer(Math.ceil(most / pageEntries) * 4);
    this.#fenceNumbers = new Uint32Array(this.#fences);
    this.#filterMemory = BlobFilter.memoryFor(most);
    this.#filter = new BlobFilter(this.#filterMemory);
  }

  /** All entries whose ids begin with some bits, in any order; all that were added before have lower ids. */
  addPart(entries: Buffer): void {
    let last = -1;
    for (const index of sortedOrder(entries)) {
      const at = index * entryBytes;
      if (last >= 0 && compareEntries(entries, last, at) === 0) continue;
      last = at;
      this.#add(entries, at);
    }
  }

  finish(): SharedDiskIndex {
    this.#flush(Math.ceil(this.#count / pageEntries));
    return {
      descriptor: this.#descriptor,
      count: this.#count,
      fences: this.#fences,
      filter: this.#filterMemory,
    };
  }

  discard(): void {
    closeSync(this.#descriptor);
  }

  #add(entries: Buffer, at: number): void {
    const page = Math.floor(this.#count / pageEntries);
    const inPage = this.#count - page * pageEntries;
    if (inPage === 0) {
      this.#fenceNumbers[page] = entries.readUInt32BE(at);
      if (page - this.#written === outputPages) this.#flush(page);
    }
    entries.copy(this.#output, (page - this.#written) * pageBytes + inPage * entryBytes, at, at + entryBytes);
    this.#filter.add(entries, at);
    this.#count += 1;
  }

  #flush(pages: number): void {
    writeAll(
      this.#descriptor,
      this.#output.subarray(0, (pages - this.#written) * pageBytes),
      this.#written * pageBytes,
    );
    this.#output.fill(0);
    this.#written = pages;
  }
}

// By id, then data before trees, then as they came.
function sortedOrder(entries: Buffer): Uint32Array {
  const count = entries.length / entryBytes;
  const order = new Uint32Array(count);
  const inFull = (a: number, b: number): number => compareEntries(entries, a * entryBytes, b * entryBytes) || a - b;
  if (count > keyEntries) {
    // Far more ids of one beginning than hashes ever have: somebody made them up. Slower, and right all the same.
    for (let index = 0; index < count; index += 1) order[index] = index;
    return order.sort(inFull);
  }
  const keys = new Float64Array(count);
  for (let index = 0; index < count; index += 1)
    keys[index] = entries.readUInt32BE(index * entryBytes) * keyEntries + index;
  keys.sort();
  let sameFrom = 0;
  for (let index = 0; index < count; index += 1) {
    order[index] = (keys[index] ?? 0) % keyEntries;
    const prefix = prefixOf(keys[index]);
    if (prefix !== prefixOf(keys[sameFrom])) sameFrom = index;
    const isLastOfSame = index > sameFrom && prefix !== prefixOf(keys[index + 1]);
    if (isLastOfSame) order.subarray(sameFrom, index + 1).sort(inFull);
  }
  return order;
}

function prefixOf(key: number | undefined): number {
  return key === undefined ? -1 : Math.floor(key / keyEntries);
}

function compareEntries(entries: Buffer, a: number, b: number): number {
  const ids = entries.compare(entries, b, b + 32, a, a + 32);
  if (ids !== 0) return ids;
  return isTreeAt(entries, a) - isTreeAt(entries, b);
}

function isTreeAt(entries: Buffer, at: number): number {
  return entries.readUInt32LE(at + 32) >>> 31;
}

function openNameless(folder: string): number {
  const path = join(folder, `orbit-index-${process.pid}-${randomUUID()}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  rmSync(path);
  return descriptor;
}

function writeAll(descriptor: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

function readAll(descriptor: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += readSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

function orNoRoom<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Failure('repository.no-room-for-index', {
      message: `the index of the repository is too large for memory, and there is no place for it in ${folder}`,
      hint: 'It needs about 100 bytes of disk for each blob while it is loaded. Make room there, or set TMPDIR to a folder on a disk that has it.',
      cause: error,
    });
  }
}
