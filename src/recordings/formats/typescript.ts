// typescript, as script(1) of util-linux makes it: what was shown in one file, when in another beside it. The timing is
// classic (seconds, bytes) or advanced (a letter first: O output, I input, S signal, H header).
import { ByteReader, headOf, textDecoder } from './byte-reader.ts';
import { defaultTerminal, known, terminalSize, textFact, timeFact } from './facts.ts';
import { damaged, type RecordingFormat, type RecordingSource } from './recording-format.ts';
import type { TerminalEvent } from './terminal-event.ts';

const stretchBytesMax = 64 * 1024 * 1024;
const pieceBytes = 64 * 1024;

/** A typescript with the timing beside it; without one, all it shows is there at once. */
export const typescript: RecordingFormat = {
  kind: 'typescript',
  title: 'typescript (script)',
  family: 'terminal',
  mediaType: 'text/plain',
  recognises: (head) => head.subarray(0, 18).toString('latin1') === 'Script started on ',
  async readFacts(source) {
    const header = (await headOf(source, 4096)).toString('utf8').split('\n', 1)[0] ?? '';
    const fact = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(header)?.[1];
    return known({
      ...(terminalSize(fact('COLUMNS'), fact('LINES')) ?? defaultTerminal),
      title: textFact(fact('COMMAND')),
      startedAt: timeFact(/^Script started on (.{10,35}?)(?: \[|$)/.exec(header)?.[1]),
    });
  },
  async *events(source) {
    const timing = await timingBeside(source);
    if (timing === undefined) return yield* withoutTiming(source);
    const first = (await headOf(timing, 2)).toString('latin1');
    yield* /^[HOIS] $/.test(first) ? advanced(source, timing) : classic(source, timing);
  },
};

/** The names a timing may have beside a typescript of this name. */
export function timingNames(name: string): string[] {
  const stem = name.replace(/\.[^.]+$/, '');
  const names = [`${name}.timing`, `${stem}.timing`, `${name}.tm`, `${stem}.tm`, `${stem}.time`];
  if (/typescript/i.test(name)) names.push(name.replace(/typescript/i, 'timing'), 'timing', 'timingfile');
  return [...new Set(names)].filter((other) => other !== name);
}

async function timingBeside(source: RecordingSource): Promise<RecordingSource | undefined> {
  for (const name of timingNames(source.name)) {
    const found = await source.beside(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function* withoutTiming(source: RecordingSource): AsyncGenerator<TerminalEvent> {
  const log = await LogReader.open(source);
  try {
    for (let text = await log.take(pieceBytes); text !== undefined; text = await log.take(pieceBytes)) {
      if (text !== '') yield { atMs: 0, type: 'output', text };
    }
  } finally {
    await log.close();
  }
}

async function* classic(source: RecordingSource, timing: RecordingSource): AsyncGenerator<TerminalEvent> {
  const log = await LogReader.open(source);
  const lines = new ByteReader(timing);
  let atMs = 0;
  try {
    for (let line = await lines.line(); line !== undefined; line = await lines.line()) {
      const [, delay, bytes] = /^([\d.]+)\s+(\d+)\s*$/.exec(line) ?? [];
      if (delay === undefined) {
        if (line.trim() === '') continue;
        throw damaged(timing, `'${line.slice(0, 40)}' is no delay and no number of bytes`);
      }
      atMs += Number(delay) * 1000;
      const text = await log.take(Number(bytes));
      if (text === undefined) return;
      if (text !== '') yield { atMs, type: 'output', text };
    }
  } finally {
    await Promise.all([log.close(), lines.close()]);
  }
}

async function* advanced(source: RecordingSource, timing: RecordingSource): AsyncGenerator<TerminalEvent> {
  const logs = new Map<string, LogReader>([['', await LogReader.open(source)]]);
  const lines = new ByteReader(timing);
  let names = { O: '', I: '' };
  let atMs = 0;
  try {
    for (let line = await lines.line(); line !== undefined; line = await lines.line()) {
      const [, letter, delay, rest = ''] = /^([HOIS]) ([\d.]+) ?(.*)$/.exec(line) ?? [];
      if (letter === undefined) {
        if (line.trim() === '') continue;
        throw damaged(timing, `'${line.slice(0, 40)}' is no entry`);
      }
      if (letter !== 'H') atMs += Number(delay) * 1000;
      if (letter === 'H') names = await logNames(names, rest, source, logs);
      else if (letter === 'S') {
        const size = terminalSize(/\bCOLS=(\d+)/.exec(rest)?.[1], /\bROWS=(\d+)/.exec(rest)?.[1]);
        if (size !== undefined) yield { atMs, type: 'resize', text: `${size.width}x${size.height}` };
      } else {
        const text = await logs.get(names[letter as 'O' | 'I'])?.take(Number(rest));
        const type = letter === 'I' ? 'input' : 'output';
        if (text !== undefined && text !== '') yield { atMs, type, text };
      }
    }
  } finally {
    await Promise.all([...logs.values(), lines].map((reader) => reader.close()));
  }
}

// Input may lie in a log of its own, or in the same one as output.
async function logNames(
  names: { O: string; I: string },
  header: string,
  source: RecordingSource,
  logs: Map<string, LogReader>,
): Promise<{ O: string; I: string }> {
  const [, which, path = ''] = /^(INPUT_LOG|OUTPUT_LOG) (.+)$/.exec(header) ?? [];
  if (which === undefined) return names;
  const name = path.split('/').at(-1) ?? '';
  if (name === source.name) return names;
  const other = await source.beside(name);
  if (other === undefined) return names;
  if (which === 'OUTPUT_LOG') return names;
  logs.set(name, await LogReader.open(other));
  return { ...names, I: name };
}

/** What script logged, behind its own first line. */
class LogReader {
  readonly #reader: ByteReader;
  readonly #source: RecordingSource;
  readonly #decode = textDecoder();

  private constructor(source: RecordingSource) {
    this.#source = source;
    this.#reader = new ByteReader(source);
  }

  static async open(source: RecordingSource): Promise<LogReader> {
    const reader = new LogReader(source);
    await reader.#reader.line();
    return reader;
  }

  /** So many bytes as text; undefined at the end. */
  async take(bytes: number): Promise<string | undefined> {
    if (!(bytes <= stretchBytesMax)) throw damaged(this.#source, `its timing tells of ${bytes} bytes at once`);
    const taken = await this.#reader.take(bytes);
    return taken.length === 0 && bytes > 0 ? undefined : this.#decode(taken);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}
