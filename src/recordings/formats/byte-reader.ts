// Takes bytes or lines off a stream, in order, with a limit on each piece.
import { StringDecoder } from 'node:string_decoder';
import { damaged, type RecordingSource } from './recording-format.ts';

const lineBytesMax = 16 * 1024 * 1024;

/** Reads a source from its start. */
export class ByteReader {
  readonly #source: RecordingSource;
  readonly #pieces: AsyncIterator<Buffer>;
  #buffered: Buffer = Buffer.alloc(0);
  #isOver = false;

  constructor(source: RecordingSource, offset = 0) {
    this.#source = source;
    this.#pieces = source.read({ offset })[Symbol.asyncIterator]();
  }

  /** The next `bytes` bytes, fewer at the end. */
  async take(bytes: number): Promise<Buffer> {
    while (this.#buffered.length < bytes && (await this.#more()));
    const taken = this.#buffered.subarray(0, bytes);
    this.#buffered = this.#buffered.subarray(taken.length);
    return taken;
  }

  /** The next line without its end; undefined after the last. @throws Failure `recordings.damaged` for an endless one */
  async line(): Promise<string | undefined> {
    let searched = 0;
    for (;;) {
      const at = this.#buffered.indexOf(0x0a, searched);
      if (at >= 0) return this.#cutLine(at, at + 1);
      searched = this.#buffered.length;
      if (searched > lineBytesMax) throw damaged(this.#source, `it has a line of more than ${lineBytesMax} bytes`);
      if (!(await this.#more())) break;
    }
    return this.#buffered.length === 0 ? undefined : this.#cutLine(this.#buffered.length, this.#buffered.length);
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#pieces.return?.();
  }

  #cutLine(end: number, next: number): string {
    const line = this.#buffered.toString('utf8', 0, end);
    this.#buffered = this.#buffered.subarray(next);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  async #more(): Promise<boolean> {
    if (this.#isOver) return false;
    const { value, done } = await this.#pieces.next();
    if (done === true) {
      this.#isOver = true;
      return false;
    }
    this.#buffered = this.#buffered.length === 0 ? value : Buffer.concat([this.#buffered, value]);
    return true;
  }
}

/** Every line of a source. */
export async function* linesOf(source: RecordingSource): AsyncGenerator<string> {
  const reader = new ByteReader(source);
  try {
    for (let line = await reader.line(); line !== undefined; line = await reader.line()) yield line;
  } finally {
    await reader.close();
  }
}

/** A source's first bytes. */
export async function headOf(source: RecordingSource, bytes: number): Promise<Buffer> {
  return bytesOf(source, { offset: 0, length: bytes });
}

/** The bytes of a range. */
export async function bytesOf(source: RecordingSource, range: { offset: number; length: number }): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source.read(range)) {
    pieces.push(piece);
    size += piece.length;
    if (size >= range.length) break;
  }
  return Buffer.concat(pieces).subarray(0, range.length);
}

/** The first line of a source as a JSON object; undefined when it is none. */
export async function firstObject(source: RecordingSource): Promise<Record<string, unknown> | undefined> {
  const reader = new ByteReader(source);
  try {
    return jsonObject((await reader.line()) ?? '');
  } finally {
    await reader.close();
  }
}

/** The text as a JSON object; undefined when it is none. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  const value = jsonValue(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The text as JSON; undefined when it is none. */
export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A decoder for one stream of text whose characters may be cut anywhere. */
export function textDecoder(): (bytes: Buffer) => string {
  const decoder = new StringDecoder('utf8');
  return (bytes) => decoder.write(bytes);
}
