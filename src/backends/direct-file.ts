// Writes a large file past the page cache (O_DIRECT): packs are not read again soon, and copying them into the cache, evicting
// what was there, and syncing them costs about as much processor time as sealing them.
import { constants, type StatsFs } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemErrorCode } from '../base/failure.ts';
import { pageMemory } from '../base/page-memory.ts';

/** Objects of at least so many bytes are worth it. */
export const directFromBytes = 1024 * 1024;

const pieceBytes = 4 * 1024 * 1024;
// Memory, places in the file and lengths must be multiples of the disk's sector: no disk has larger ones than this.
const blockBytes = 4096;
const keptPieces = 4;

// Statfs magic numbers (linux/magic.h): where it is known to work well. Elsewhere the page cache does.
const ext4 = 0xef53;
const xfs = 0x58465342;

/** True for file systems on which large files are written directly. */
export function canWriteDirectly(fileSystem: Pick<StatsFs, 'type'>): boolean {
  return constants.O_DIRECT !== undefined && (fileSystem.type === ext4 || fileSystem.type === xfs);
}

/** Writes files directly; one for each place, so that a place that refuses is asked only once. */
export class DirectWriter {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #isRefused = false;

  /** True when an object of this size should be tried. */
  takes(bytes: number): boolean {
    return bytes >= directFromBytes && !this.#isRefused;
  }

  /**
   * Writes the bytes to a new file at `path` (mode 0600), which must not exist, and syncs it. False when the place refuses
   * such writes: then nothing was written, though the empty file may be there.
   * @throws system errors, and the reason of an aborted signal
   */
  async write(path: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<boolean> {
    const piece = this.#pieces.pop() ?? pageMemory(pieceBytes);
    if (piece === undefined) return this.#refuse();
    let file: FileHandle;
    try {
      file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DIRECT, 0o600);
    } catch (error) {
      this.#giveBack(piece);
      if (systemErrorCode(error) === 'EINVAL') return this.#refuse();
      throw error;
    }
    try {
      if (!(await writePieces(file, bytes, piece, signal))) return this.#refuse();
      // What filled the last block up goes again; nobody has seen the file yet.
      await file.truncate(bytes.length);
      await file.sync();
      signal?.throwIfAborted();
      return true;
    } finally {
      await file.close();
      this.#giveBack(piece);
    }
  }

  #refuse(): false {
    this.#isRefused = true;
    return false;
  }

  #giveBack(piece: Uint8Array<ArrayBuffer>): void {
    if (this.#pieces.length < keptPieces) this.#pieces.push(piece);
  }
}

// From where the bytes lie when that is at a page, else by way of `piece`, and so is what is no whole block at the end.
async function writePieces(
  file: FileHandle,
  bytes: Uint8Array,
  piece: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const inBlocks = bytes.length - (bytes.length % blockBytes);
  let isAtPage = true;
  for (let at = 0; at < bytes.length; ) {
    signal?.throwIfAborted();
    const part = bytes.subarray(at, at < inBlocks ? Math.min(at + pieceBytes, inBlocks) : bytes.length);
    isAtPage &&= at < inBlocks && (await writeWhole(file, part, at));
    if (!isAtPage) {
      piece.set(part);
      if (!(await writeWhole(file, piece.subarray(0, Math.ceil(part.length / blockBytes) * blockBytes), at)))
        return false;
    }
    at += part.length;
  }
  return true;
}

// False when the very first write is refused because of how it lies in memory or in the file.
async function writeWhole(file: FileHandle, piece: Uint8Array, position: number): Promise<boolean> {
  for (let done = 0; done < piece.length; ) {
    try {
      done += (await file.write(piece, done, piece.length - done, position + done)).bytesWritten;
    } catch (error) {
      if (systemErrorCode(error) === 'EINVAL' && position === 0 && done === 0) return false;
      throw error;
    }
  }
  return true;
}
