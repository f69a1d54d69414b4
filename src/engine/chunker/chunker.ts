// Cuts what is read into chunks, in place: bytes are read into the chunker's own memory and scanned where they lie.
import { maxChunkBytes } from './rabin.ts';

/** A chunker with memory of its own. Not for use by two readers at once. */
export interface Chunker {
  /** Where bytes are put before they are scanned. */
  readonly input: Uint8Array;
  /**
   * The length of the chunk that starts at `start`, given bytes up to `end`; 0 when more bytes are needed.
   * @param scanned so many bytes from `start` are known to hold no cut
   * @param isLast the bytes end at `end`, and what is left is the last chunk
   */
  findCut(start: number, end: number, scanned: number, isLast: boolean): number;
}

/** How much input memory a chunker has, in bytes: the largest chunk and room to read behind it. */
export const inputBytes = maxChunkBytes + 4 * 1024 * 1024;
const readBytes = 1024 * 1024;
// Behind so many bytes that are done with, the rest is moved to the beginning, and the memory beyond is hardly ever touched.
const compactBytes = 3 * 1024 * 1024;

/** Reads through a chunker, chunk by chunk. */
export class Cutter {
  readonly #chunker: Chunker;
  #start = 0;
  #end = 0;
  #scanned = 0;

  constructor(chunker: Chunker) {
    this.#chunker = chunker;
  }

  /** Forgets what was read: the next byte begins a file. */
  reset(): void {
    this.#start = 0;
    this.#end = 0;
    this.#scanned = 0;
  }

  /** Where to read the next bytes to: at most 1 MiB, so that they are scanned while they are in the cache. Never empty. */
  space(): Uint8Array {
    const { input } = this.#chunker;
    if (this.#start >= compactBytes || input.length - this.#end < readBytes) {
      input.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return input.subarray(this.#end, this.#end + readBytes);
  }

  /** So many bytes were read into `space()`. */
  filled(bytes: number): void {
    this.#end += bytes;
  }

  /** The next chunk, or undefined when more bytes are needed, or with `isLast` when there are none left. Valid until `space()`. */
  next(isLast: boolean): Uint8Array | undefined {
    const length = this.#chunker.findCut(this.#start, this.#end, this.#scanned, isLast);
    if (length === 0) {
      this.#scanned = this.#end - this.#start;
      return undefined;
    }
    const chunk = this.#chunker.input.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#scanned = 0;
    return chunk;
  }
}
