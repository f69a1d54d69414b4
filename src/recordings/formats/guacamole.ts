// Guacamole's protocol dump: instructions of elements, each with its length in characters, such as `4.sync,13.1700000000000;`
// (guacamole.apache.org/doc/gug/guacamole-protocol.html). Its clock is the `sync` instruction, in milliseconds.
import { ByteReader, bytesOf, headOf, textDecoder } from './byte-reader.ts';
import { damaged, known, type RecordingFormat, type RecordingSource, timeFact } from './recording-format.ts';

const elementsMax = 1024;
const instructionCharactersMax = 16 * 1024 * 1024;
const pieceBytes = 256 * 1024;
const edgeBytes = 256 * 1024;

/** One instruction: its opcode and its arguments. */
export type GuacamoleInstruction = [opcode: string, ...args: string[]];

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
  let text = '';
  try {
    for (;;) {
      const piece = await reader.take(pieceBytes);
      text += decode(piece);
      let at = 0;
      for (;;) {
        const found = instructionAt(text, at);
        if (found === 'damaged') throw damaged(source, 'it has an instruction that is none');
        if (found === undefined) break;
        yield found.instruction;
        at = found.end;
      }
      text = text.slice(at);
      if (text.length > instructionCharactersMax) throw damaged(source, 'it has an instruction without an end');
      if (piece.length < pieceBytes) return;
    }
  } finally {
    await reader.close();
  }
}

// Undefined when there is more to come.
function instructionAt(
  text: string,
  start: number,
): { instruction: GuacamoleInstruction; end: number } | 'damaged' | undefined {
  const elements: string[] = [];
  let at = start;
  while (/\s/.test(text[at] ?? '')) at += 1;
  while (at < text.length) {
    const dot = text.indexOf('.', at);
    const digits = text.slice(at, dot < 0 ? Math.min(text.length, at + 9) : dot);
    if (!/^\d{0,8}$/.test(digits) || (dot >= 0 && digits === '')) return 'damaged';
    if (dot < 0) return undefined;
    const end = endOf(text, dot + 1, Number(digits));
    if (end === undefined) return undefined;
    elements.push(text.slice(dot + 1, end));
    if (text[end] === ';') return { instruction: elements as GuacamoleInstruction, end: end + 1 };
    if (text[end] !== ',' || elements.length >= elementsMax) return text[end] === undefined ? undefined : 'damaged';
    at = end + 1;
  }
  return undefined;
}

// Lengths count characters, and JavaScript counts some of them twice.
function endOf(text: string, start: number, characters: number): number | undefined {
  const plain = text.slice(start, start + characters);
  if (plain.length < characters) return undefined;
  if (!/[\ud800-\udbff]/.test(plain)) return start + characters;
  let at = start;
  for (let left = characters; left > 0; left -= 1) {
    const code = text.codePointAt(at);
    if (code === undefined) return undefined;
    at += code > 0xffff ? 2 : 1;
  }
  return at > text.length ? undefined : at;
}

/** What was typed, where keys were recorded: X11 keysyms of Latin letters are their characters, of others 0x01000000 more. */
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

function keyText(keysym: number): string {
  if (keysym === 0xff0d || keysym === 0xff8d) return '\r';
  if (keysym === 0xff08) return '\u007f';
  if (keysym === 0xff09) return '\t';
  if (keysym >= 0x20 && keysym <= 0xff) return String.fromCodePoint(keysym);
  const code = keysym - 0x0100_0000;
  return code >= 0x100 && code <= 0x10_ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}

async function lastBytes(source: RecordingSource): Promise<Buffer> {
  let tail: Buffer = Buffer.alloc(0);
  for await (const piece of source.read()) tail = Buffer.concat([tail, piece]).subarray(-edgeBytes);
  return tail;
}
