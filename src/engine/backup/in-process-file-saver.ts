// Saves files from this thread, one at a time: the plain twin of the worker pool, and what streams always use.
import { closeSync, read } from 'node:fs';
import { promisify } from 'node:util';
import type { Operation } from '../../base/operation.ts';
import { Cutter, type Chunker } from '../chunker/chunker.ts';
import { wasmChunker } from '../chunker/wasm-chunker.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import type { BlobWriter } from '../repository/blob-store.ts';
import type { FileSaver, SavedFile } from './file-saver.ts';
import { type HoleFinder, type HoleSkipper, holesOf } from './hole-skipper.ts';
import { openSource } from './open-source.ts';

const readInto = promisify(read);

/** What a saver needs of an indexed repository. */
export interface SaverTarget extends BlobWriter {
  repository: { config: { chunkerPolynomial: bigint } };
}

/** Makes a saver in this thread. With `files` other than the system's own, tests say where holes are. */
export function inProcessFileSaver(
  target: SaverTarget,
  makeChunker: (polynomial: bigint) => Chunker = wasmChunker,
  files?: HoleFinder,
): FileSaver {
  const newChunker = (): Chunker => makeChunker(target.repository.config.chunkerPolynomial);
  let fileChunker: Chunker | undefined;
  let previous: Promise<unknown> = Promise.resolve();

  async function saveFileNow(path: Buffer, options: Operation): Promise<SavedFile> {
    options.signal?.throwIfAborted();
    fileChunker ??= newChunker();
    const fd = openSource(path);
    try {
      const finder = files ?? (await openPosixFiles());
      const readNext = async (space: Uint8Array, at: number | null): Promise<number> =>
        (await readInto(fd, space, 0, space.length, at)).bytesRead;
      return await saveCut(target, new Cutter(fileChunker), readNext, { ...options, holes: () => holesOf(fd, finder) });
    } finally {
      closeSync(fd);
    }
  }

  return {
    saveFile(path, options = {}) {
      // One after another: two files must never share the chunker's memory.
      const mine = previous.then(() => saveFileNow(path, options));
      previous = mine.catch(() => {});
      return mine;
    },
    saveStream: (stream, options = {}) => saveStream(target, newChunker(), stream, options),
    async close() {
      await previous;
    },
  };
}

/** Saves a stream through a chunker that nobody else uses meanwhile. */
export async function saveStream(
  target: BlobWriter,
  chunker: Chunker,
  stream: AsyncIterable<Uint8Array>,
  options: Operation,
): Promise<SavedFile> {
  const pieces = stream[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  const readNext = async (space: Uint8Array): Promise<number> => {
    while (piece.length === 0) {
      const { value, done } = await pieces.next();
      if (done === true) return 0;
      piece = value;
    }
    const bytes = Math.min(piece.length, space.length);
    space.set(piece.subarray(0, bytes));
    piece = piece.subarray(bytes);
    return bytes;
  };
  try {
    return await saveCut(target, new Cutter(chunker), readNext, options);
  } finally {
    await pieces.return?.();
  }
}

// `readNext` is told where in the file it reads, null for wherever that stands: there are files that cannot be read by place. `holes` is
// asked once, of what is not small.
async function saveCut(
  target: BlobWriter,
  cutter: Cutter,
  readNext: (space: Uint8Array, at: number | null) => Promise<number>,
  { holes: findHoles, ...options }: Operation & { holes?(): HoleSkipper | undefined },
): Promise<SavedFile> {
  const saved: SavedFile = { content: [], size: 0, newBlobs: 0, newBytes: 0, storedBytes: 0 };
  let holes: HoleSkipper | undefined;
  let cutBytes = 0;
  for (let bytes = -1; bytes !== 0; ) {
    options.signal?.throwIfAborted();
    const space = cutter.space();
    bytes = await readNext(space, holes === undefined ? null : saved.size);
    if (saved.size === 0 && bytes === space.length) holes = findHoles?.();
    cutter.filled(bytes);
    saved.size += bytes;
    for (let chunk = cutter.next(bytes === 0); chunk !== undefined; chunk = cutter.next(bytes === 0)) {
      const { length } = chunk;
      const { id, isNew, storedBytes } = await target.saveBlob('data', chunk, options);
      saved.content.push(id);
      if (isNew) {
        saved.newBlobs += 1;
        saved.newBytes += length;
        saved.storedBytes += storedBytes;
      }
      const alike = bytes === 0 ? 0 : (holes?.alikeAfter(cutBytes, chunk) ?? 0);
      cutBytes += length;
      if (alike === 0) continue;
      for (let n = 0; n < alike; n += 1) saved.content.push(id);
      cutBytes += alike * length;
      saved.size = cutBytes;
      cutter.reset();
      break;
    }
  }
  return saved;
}
