// The bytes of a recording where it lies on this machine. Holes, which are nothing but zeros, are not read.
import { open } from 'node:fs/promises';
import { hasHoles } from '../../engine/files/holes.ts';
import { openPosixFiles } from '../../engine/files/open-posix-files.ts';

const pieceBytes = 256 * 1024;
const zeros = Buffer.alloc(pieceBytes);

/** Gives a range of a file of `size` bytes, in pieces that nobody may write to. */
export async function* readHere(
  path: Buffer,
  size: number,
  { offset = 0, length = Infinity }: { offset?: number; length?: number },
): AsyncGenerator<Buffer> {
  const end = Math.min(size, offset + length);
  if (end <= offset) return;
  const file = await open(path);
  try {
    // For small recordings a stream would be most of the work.
    if (end - offset <= pieceBytes) {
      const piece = Buffer.allocUnsafe(end - offset);
      const { bytesRead } = await file.read(piece, 0, piece.length, offset);
      yield piece.subarray(0, bytesRead);
      return;
    }
    const holeAfter = await holesOf(file.fd);
    for (let at = offset; at < end; ) {
      const hole = holeAfter(at);
      const dataEnd = Math.min(end, Math.max(at, hole?.start ?? end));
      if (dataEnd > at) {
        const data = { start: at, end: dataEnd - 1, highWaterMark: pieceBytes, autoClose: false };
        for await (const piece of file.createReadStream(data)) yield piece as Buffer;
      }
      const holeEnd = Math.min(end, hole?.end ?? end);
      for (at = dataEnd; at < holeEnd; at += pieceBytes) yield zeros.subarray(0, holeEnd - at);
      at = holeEnd;
    }
  } finally {
    await file.close();
  }
}

// The first hole at or behind a place that is worth passing over; a file of many small ones is read.
async function holesOf(fd: number): Promise<(at: number) => { start: number; end: number } | undefined> {
  if (!hasHoles(fd)) return () => undefined;
  const files = await openPosixFiles();
  return (at) => {
    let hole = files.nextHole(fd, at);
    while (hole !== undefined && hole.end - Math.max(at, hole.start) < pieceBytes) hole = files.nextHole(fd, hole.end);
    return hole;
  };
}
