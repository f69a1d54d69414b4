// Keeps a file's beginning: recognising it, reading its header and playing it all start there, and its bytes may be far away.
import { bytesOf } from './byte-reader.ts';
import type { RecordingSource } from './recording-format.ts';

const keptBytes = 64 * 1024;

/** The same source; its first 64 KiB are read once. */
export function withHead(source: RecordingSource): RecordingSource {
  let head: Promise<Buffer> | undefined;
  return {
    ...source,
    async *read({ offset = 0, length = Infinity } = {}) {
      head ??= bytesOf(source, { offset: 0, length: Math.min(source.size, keptBytes) });
      const kept = await head;
      const end = Math.min(source.size, offset + length);
      if (offset < Math.min(end, kept.length)) yield Buffer.from(kept.subarray(offset, end));
      const rest = Math.max(offset, kept.length);
      if (rest < end) yield* source.read({ offset: rest, length: end - rest });
    },
  };
}
