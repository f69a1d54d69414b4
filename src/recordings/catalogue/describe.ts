// Describes a file for the catalogue: its kind, its facts, its length and the words in it. It reads a file once, piece by piece.
import { createHash, type Hash } from 'node:crypto';
import { isFailure } from '../../base/failure.ts';
import { guacamoleInstructions, typedKeys } from '../formats/guacamole.ts';
import { openRecording } from '../formats/kinds.ts';
import type { RecordingFacts } from '../formats/facts.ts';
import type { RecordingFormat, RecordingSource } from '../formats/recording-format.ts';
import type { TerminalEvent } from '../formats/terminal-event.ts';
import { withHead } from '../formats/with-head.ts';
import { Transcript } from '../transcript/transcript.ts';
import { wordsIn, wordsMax } from '../transcript/words.ts';
import type { RecordingDescription } from './recording.ts';

/** How thorough a description is. */
export interface DescribeOptions {
  keepsWords: boolean;
  /** Larger recordings are not read for their words and length; what their head says has to do. */
  readBytesMax?: number;
  /** Also reads videos whole, for their SHA-256: right where the bytes are on this machine. */
  hashesAll?: boolean;
}

const readBytesMaxDefault = 512 * 1024 * 1024;

/** Undefined when the file is no recording of a kind we know. */
export async function describeRecording(
  bytes: RecordingSource,
  options: DescribeOptions,
): Promise<RecordingDescription | undefined> {
  const file = withHead(bytes);
  const { source: hashed, digest } = hashing(file);
  const opened = await openRecording(file);
  if (opened === undefined) return undefined;
  const { format } = opened;
  let facts: RecordingFacts = {};
  let damage: string | undefined;
  let words: Iterable<string> = [];
  try {
    facts = await format.readFacts(opened.source);
    if (file.size <= (options.readBytesMax ?? readBytesMaxDefault)) {
      const { source = hashed } = (await openRecording(hashed)) ?? {};
      const read = await readWhole(format, source, options);
      facts = { ...facts, ...(read.durationMs === undefined ? {} : { durationMs: read.durationMs }), ...read.size };
      ({ damage, words } = read);
    }
  } catch (error) {
    if (!isFailure(error, 'recordings.damaged')) throw error;
    damage = error.message;
  }
  if (options.hashesAll === true && digest() === undefined) for await (const _ of hashed.read());
  const sha256 = digest();
  return {
    format: format.kind,
    family: format.family,
    facts,
    words,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(damage === undefined ? {} : { damage }),
  };
}

interface WholeReading {
  durationMs?: number;
  size?: { width: number; height: number };
  damage?: string;
  words: Set<string>;
}

async function readWhole(
  format: RecordingFormat,
  source: RecordingSource,
  { keepsWords }: DescribeOptions,
): Promise<WholeReading> {
  const reading: WholeReading = { words: new Set() };
  try {
    if (format.events !== undefined) await readTerminal(format.events(source), keepsWords, reading);
    else if (format.kind === 'guacamole') await readGuacamole(source, keepsWords, reading);
  } catch (error) {
    if (!isFailure(error, 'recordings.damaged')) throw error;
    reading.damage = error.message;
  }
  return reading;
}

async function readTerminal(
  events: AsyncIterable<TerminalEvent>,
  keepsWords: boolean,
  reading: WholeReading,
): Promise<void> {
  const transcript = new Transcript();
  const keep = (lines: { text: string }[]): void => {
    for (const { text } of lines) {
      if (reading.words.size >= wordsMax) return;
      for (const word of wordsIn(text)) reading.words.add(word);
    }
  };
  for await (const event of events) {
    reading.durationMs = Math.round(event.atMs);
    // The size a terminal starts with may be told by its first event only.
    if (event.type === 'resize' && event.atMs === 0) {
      const [width, height] = event.text.split('x').map(Number);
      if (width !== undefined && height !== undefined) reading.size = { width, height };
    }
    if (keepsWords && reading.words.size < wordsMax) keep(transcript.take(event));
  }
  if (keepsWords) keep(transcript.end());
}

async function readGuacamole(source: RecordingSource, keepsWords: boolean, reading: WholeReading): Promise<void> {
  if (!keepsWords) {
    for await (const _ of guacamoleInstructions(source));
    return;
  }
  let typed = '';
  for await (const { text } of typedKeys(source)) {
    if (text === '\u007f') typed = typed.slice(0, -1);
    else typed += text;
  }
  for (const word of wordsIn(typed)) {
    if (reading.words.size >= wordsMax) return;
    reading.words.add(word);
  }
}

// Hashes the bytes as they pass by, when they are read from the first to the last in one go.
function hashing(file: RecordingSource): { source: RecordingSource; digest(): string | undefined } {
  let result: string | undefined;
  return {
    digest: () => result,
    source: {
      ...file,
      async *read(range = {}) {
        const hash: Hash | undefined =
          (range.offset ?? 0) === 0 && range.length === undefined ? createHash('sha256') : undefined;
        for await (const piece of file.read(range)) {
          hash?.update(piece);
          yield piece;
        }
        result ??= hash?.digest('hex');
      },
    },
  };
}
