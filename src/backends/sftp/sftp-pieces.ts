// The contents of files go over SFTP in pieces, many of them under way at once.
import { malformed } from '../failures.ts';
import { sshString, uint32, uint64 } from '../ssh/wire.ts';
import { message, readWideNumber } from './sftp-messages.ts';
import type { SftpSession } from './sftp-session.ts';

// Every server takes 32 KiB at once (draft, section 3), OpenSSH tells that it takes more; so many bytes of an object are
// under way at a time.
const everybodyTakesBytes = 32 * 1024;
const largestPieceBytes = 255 * 1024;
const bytesAtOnce = 4 * 1024 * 1024;
const limits = 'limits@openssh.com';

/** How many bytes go in one message. */
export interface PieceBytes {
  read: number;
  write: number;
}

/** Where the server does not say. */
export const piecesEverybodyTakes: PieceBytes = { read: everybodyTakesBytes, write: everybodyTakesBytes };

/** What the server takes and gives at once (OpenSSH's file PROTOCOL, section 4.8). */
export async function piecesOf(sftp: SftpSession): Promise<PieceBytes> {
  if (!sftp.extensions.has(limits)) return piecesEverybodyTakes;
  const { body } = await sftp.request(message.extended, [sshString(limits)], message.extendedReply);
  // Packet, read and write lengths; 0 is "any".
  const [, read = 0, write = 0] = Array.from({ length: 3 }, () => readWideNumber(body));
  const within = (bytes: number): number => Math.min(bytes === 0 ? everybodyTakesBytes : bytes, largestPieceBytes);
  return { read: within(read), write: within(write) };
}

/** Does `work` for each piece, as many at once as the line is kept busy with. Ends when all have ended, whichever failed first. */
export async function eachPiece(
  length: number,
  pieceBytes: number,
  signal: AbortSignal | undefined,
  work: (start: number, end: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < length) {
      signal?.throwIfAborted();
      const start = next;
      next = Math.min(length, start + pieceBytes);
      await work(start, next);
    }
  };
  const workers = Array.from({ length: Math.ceil(Math.min(bytesAtOnce, length) / pieceBytes) }, worker);
  // All must have ended before the file may be closed, whichever failed first.
  for (const result of await Promise.allSettled(workers)) if (result.status === 'rejected') throw result.reason;
  signal?.throwIfAborted();
}

/** Writes a piece of an open file at this place. */
export async function writeFrom(sftp: SftpSession, handle: Buffer, piece: Uint8Array, start: number): Promise<void> {
  const content = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  await sftp.request(message.write, [handle, uint64(start), uint32(content.length), content], message.status);
}

/** Reads a piece of an open file that begins at `start + from`. Reads may come short: the rest is asked for again. */
export async function readInto(
  sftp: SftpSession,
  handle: Buffer,
  start: number,
  target: Buffer,
  from: number,
): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const parts = [handle, uint64(start + from + done), uint32(target.length - done)];
    const { body } = await sftp.request(message.read, parts, message.data, target.subarray(done));
    const count = body.uint32();
    // The end has a word of its own: whoever gives nothing would be asked for ever.
    if (count === 0) throw malformed('a piece of a file without a byte in it');
    done += count;
  }
}
