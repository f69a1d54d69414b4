// Recordings that lie gzipped, as JumpServer keeps them: unpacked on the way, never on disk.
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { headOf } from './byte-reader.ts';
import { damaged, type RecordingSource } from './recording-format.ts';

/** The source itself, or its plain bytes when it is gzipped; then its size is not known and every read begins at the start. */
export async function unpacked(source: RecordingSource): Promise<RecordingSource> {
  const head = await headOf(source, 2);
  if (head[0] !== 0x1f || head[1] !== 0x8b) return source;
  return {
    name: source.name.replace(/\.gz$/i, ''),
    size: Infinity,
    beside: source.beside,
    read: ({ offset = 0, length = Infinity } = {}) => cut(source, offset, length),
  };
}

async function* cut(source: RecordingSource, offset: number, length: number): AsyncGenerator<Buffer> {
  const plain = new PassThrough();
  const unpacking = pipeline(Readable.from(source.read()), createGunzip(), plain);
  // Its failure is thrown by the loop below, as the failure of the stream that is read.
  unpacking.catch(() => {});
  let at = 0;
  try {
    for await (const piece of plain as AsyncIterable<Buffer>) {
      const from = Math.max(0, offset - at);
      const to = Math.min(piece.length, offset + length - at);
      at += piece.length;
      if (from < to) yield piece.subarray(from, to);
      if (at >= offset + length) return;
    }
  } catch (error) {
    throw damaged(source, 'it cannot be unpacked', error);
  }
}
