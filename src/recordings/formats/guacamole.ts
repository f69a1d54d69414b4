// Guacamole's protocol dump: instructions of elements, each with its length in characters, such as `4.sync,13.1700000000000;`
// (guacamole.apache.org/doc/gug/guacamole-protocol.html). Its clock is the `sync` instruction, in milliseconds.
import { ByteReader, bytesOf, headOf, textDecoder } from './byte-reader.ts';
import { type GuacamoleInstruction, GuacamoleParser, keyText } from './guacamole-parser.ts';
import { known, timeFact } from './facts.ts';
import { damaged, type RecordingFormat, type RecordingSource } from './recording-format.ts';

const pieceBytes = 256 * 1024;
const edgeBytes = 256 * 1024;

/** A desktop session as guacd records it. */
export const guacamole: RecordingFormat = {
  kind: 'guacamole',
  title: 'Guacamole',
  family: 'desktop',
  mediaType: 'application/octet-stream',
  recognises: (head) =>
    /^(4\.(size|sync|name|args)|5\.(ready|mouse)|3\.(ack|nop|key|img)),/.test(head.toString('latin1')),
  async readFacts(source) {
    const head = (await headOf(source, edgeBytes)).toString('utf8');
    const tail = Number.isFinite(source.size)
      ? await bytesOf(source, { offset: Math.max(0, source.size - edgeBytes), length: edgeBytes })
      : await lastBytes(source);
    const first = /(?:^|;)4\.sync,\d+\.(\d+)/.exec(head)?.[1];
    const last = [...tail.toString('utf8').matchAll(/(?:^|;)4\.sync,\d+\.(\d+)/g)].at(-1)?.[1];
    const size = /(?:^|;)4\.size,1\.0,\d+\.(\d{1,5}),\d+\.(\d{1,5})/.exec(head);
    const durationMs = Number(last) - Number(first);
    return known({
      width: size === null ? undefined : Number(size[1]),
      height: size === null ? undefined : Number(size[2]),
      startedAt: timeFact(first),
      durationMs: durationMs >= 0 && durationMs < 366 * 86_400_000 ? durationMs : undefined,
    });
  },
};

/** Every instruction of a dump. One that was cut off at the end is left out. @throws Failure `recordings.damaged` */
export async function* guacamoleInstructions(source: RecordingSource): AsyncGenerator<GuacamoleInstruction> {
  const reader = new ByteReader(source);
  const decode = textDecoder();
  const parser = new GuacamoleParser();
  try {
    for (;;) {
      const piece = await reader.take(pieceBytes);
      yield* parser.take(decode(piece));
      if (parser.fault !== undefined) throw damaged(source, parser.fault);
      if (piece.length < pieceBytes) return;
    }
  } finally {
    await reader.close();
  }
}

/** What was typed, where keys were recorded. */
export async function* typedKeys(source: RecordingSource): AsyncGenerator<{ atMs: number; text: string }> {
  let startMs: number | undefined;
  let atMs = 0;
  for await (const [opcode, ...args] of guacamoleInstructions(source)) {
    if (opcode === 'sync') {
      const now = Number(args[0]);
      startMs ??= now;
      if (now >= startMs) atMs = now - startMs;
    }
    if (opcode !== 'key' || args[1] !== '1') continue;
    const text = keyText(Number(args[0]));
    if (text !== '') yield { atMs, text };
  }
}

async function lastBytes(source: RecordingSource): Promise<Buffer> {
  let tail: Buffer = Buffer.alloc(0);
  for await (const piece of source.read()) tail = Buffer.concat([tail, piece]).subarray(-edgeBytes);
  return tail;
}
