// ttyrec: frames of twelve bytes (seconds, microseconds, length, each 32 bits, little end first) and what was written.
import { ByteReader, headOf, textDecoder } from './byte-reader.ts';
import { defaultTerminal, timeFact } from './facts.ts';
import { damaged, type RecordingFormat } from './recording-format.ts';

const frameHeadBytes = 12;
const frameBytesMax = 8 * 1024 * 1024;

/** ttyrec. It says nothing of the terminal's size: 80 by 24 is what it was made for. */
export const ttyrec: RecordingFormat = {
  kind: 'ttyrec',
  title: 'ttyrec',
  family: 'terminal',
  mediaType: 'application/x-ttyrec',
  recognises(head, name) {
    if (head.length < frameHeadBytes) return false;
    const { seconds, microseconds, bytes } = frameHead(head);
    const isFrame = microseconds < 1_000_000 && bytes <= frameBytesMax && timeFact(seconds) !== undefined;
    return isFrame && (/\.(ttyrec|tty)$/i.test(name) || nextIsFrame(head, seconds, bytes));
  },
  async readFacts(source) {
    const startedAt = timeFact(frameHead(await headOf(source, frameHeadBytes)).seconds);
    return { ...defaultTerminal, ...(startedAt === undefined ? {} : { startedAt }) };
  },
  async *events(source) {
    const reader = new ByteReader(source);
    const decode = textDecoder();
    let startMs: number | undefined;
    let atMs = 0;
    try {
      for (;;) {
        const head = await reader.take(frameHeadBytes);
        if (head.length < frameHeadBytes) return;
        const { seconds, microseconds, bytes } = frameHead(head);
        if (microseconds >= 1_000_000 || bytes > frameBytesMax) throw damaged(source, 'it has a frame that is none');
        const now = seconds * 1000 + microseconds / 1000;
        startMs ??= now;
        // A clock that was set back must not send the session back.
        atMs = Math.max(atMs, now - startMs);
        const text = decode(await reader.take(bytes));
        if (text !== '') yield { atMs, type: 'output', text };
      }
    } finally {
      await reader.close();
    }
  },
};

function frameHead(head: Buffer): { seconds: number; microseconds: number; bytes: number } {
  if (head.length < frameHeadBytes) return { seconds: 0, microseconds: 0, bytes: 0 };
  return { seconds: head.readUInt32LE(0), microseconds: head.readUInt32LE(4), bytes: head.readUInt32LE(8) };
}

// Twelve bytes alone prove little: where its name does not say so, the second frame has to fit as well.
function nextIsFrame(head: Buffer, seconds: number, bytes: number): boolean {
  const next = head.subarray(frameHeadBytes + bytes);
  if (bytes === 0 || next.length < frameHeadBytes) return false;
  const after = frameHead(next);
  return after.microseconds < 1_000_000 && after.bytes <= frameBytesMax && Math.abs(after.seconds - seconds) < 86_400;
}
