// Recordings for tests: from fixtures, or from bytes, handed out in pieces of any size.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RecordingSource } from '../../src/recordings/formats/recording-format.ts';
import type { TerminalEvent } from '../../src/recordings/formats/terminal-event.ts';

const folder = fileURLToPath(new URL('../fixtures/recordings/', import.meta.url));

/** A source of these bytes. */
export function sourceOf(
  bytes: Buffer | string,
  name = 'recording',
  { piece = 64 * 1024, others = {} }: { piece?: number; others?: Record<string, Buffer | string> } = {},
): RecordingSource {
  const all = Buffer.from(bytes as string);
  return {
    name,
    size: all.length,
    async *read({ offset = 0, length = Infinity } = {}) {
      const end = Math.min(all.length, offset + length);
      for (let at = offset; at < end; at += piece) yield all.subarray(at, Math.min(end, at + piece));
    },
    beside: async (other) =>
      others[other] === undefined ? undefined : sourceOf(others[other], other, { piece, others }),
  };
}

/** A file of test/fixtures/recordings; its neighbours are found beside it. */
export function fixtureSource(name: string, piece = 64 * 1024): RecordingSource {
  const source = sourceOf(readFileSync(folder + name), name, { piece });
  return { ...source, beside: async (other) => (existsSync(folder + other) ? fixtureSource(other, piece) : undefined) };
}

/** The bytes of a fixture. */
export function fixtureBytes(name: string): Buffer {
  return readFileSync(folder + name);
}

/** All events of a recording. */
export async function eventsOf(events: AsyncIterable<TerminalEvent>): Promise<TerminalEvent[]> {
  const all: TerminalEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
