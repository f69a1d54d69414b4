// Holes of sparse files, which hold nothing but zeros and need not be read: a chunk that lies in a hole is followed by chunks alike, as
// long as the hole goes on, because the chunker begins each of them anew.
import { hasHoles } from '../files/holes.ts';
import type { PosixFiles } from '../files/posix-files.ts';

/** Asks where holes are. */
export type HoleFinder = Pick<PosixFiles, 'nextHole'>;

/** Finds chunks of one open file that need not be read. */
export class HoleSkipper {
  readonly #fd: number;
  readonly #files: HoleFinder;
  #hole = { start: 0, end: 0 };
  #isOver = false;

  constructor(fd: number, files: HoleFinder) {
    this.#fd = fd;
    this.#files = files;
  }

  /** How many chunks like this one, which was cut at `start` (in bytes), follow it in the same hole; 0 where it does not lie in one. */
  alikeAfter(start: number, chunk: Uint8Array): number {
    const { length } = chunk;
    if (!this.#isOver && start >= this.#hole.end) {
      const next = this.#files.nextHole(this.#fd, start);
      if (next === undefined) this.#isOver = true;
      else this.#hole = next;
    }
    const { start: from, end } = this.#hole;
    if (start < from || start + length > end) return 0;
    const alike = Math.floor((end - start - length) / length);
    // It may have become a hole since it was read: then nothing is like what was read.
    return alike > 0 && isZero(chunk) ? alike : 0;
  }
}

// Each byte is the one before it, and the first is none.
function isZero(chunk: Uint8Array): boolean {
  return chunk[0] === 0 && Buffer.compare(chunk.subarray(1), chunk.subarray(0, -1)) === 0;
}

/** Holes of an open file; undefined where it has none, or where the file system is not trusted to tell. */
export function holesOf(fd: number, files: HoleFinder): HoleSkipper | undefined {
  return hasHoles(fd) ? new HoleSkipper(fd, files) : undefined;
}
