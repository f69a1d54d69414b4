// asciicast, the format of asciinema: version 1 is one JSON document, 2 and 3 are lines of JSON
// (docs.asciinema.org/manual/asciicast). Version 3 tells the time since the event before, 2 since the start.
import { ByteReader, bytesOf, firstObject, headOf, jsonObject, jsonValue } from './byte-reader.ts';
import { defaultTerminal, known, type RecordingFacts, terminalSize, textFact, timeFact } from './facts.ts';
import { damaged, type RecordingFormat, type RecordingSource } from './recording-format.ts';
import type { TerminalEvent } from './terminal-event.ts';

const documentBytesMax = 64 * 1024 * 1024;
const typeOf: Record<string, TerminalEvent['type']> = { o: 'output', i: 'input', r: 'resize', m: 'marker' };

/** asciicast 1, 2 and 3. */
export const asciicast: RecordingFormat = {
  kind: 'asciicast',
  title: 'asciicast',
  family: 'terminal',
  mediaType: 'application/x-asciicast',
  recognises: (head) => /^\s*\{[^]*?"version"\s*:\s*[123]\b/.test(head.toString('latin1')) && isCast(head),
  async readFacts(source) {
    const header = await headerOf(source);
    return header === undefined ? {} : factsOf(header);
  },
  async *events(source) {
    const header = await headerOf(source);
    if (header === undefined) throw damaged(source, 'its header is no JSON object');
    if (header['version'] === 1) yield* framesOf(source, header);
    else yield* linesAfterHeader(source, header['version'] === 3);
  },
};

// Other programs number their JSON too; a cast says how large its terminal is.
function isCast(head: Buffer): boolean {
  return /"(width|term)"\s*:/.test(head.toString('latin1'));
}

async function headerOf(source: RecordingSource): Promise<Record<string, unknown> | undefined> {
  const first = await firstObject(source);
  if (first !== undefined) return first;
  const size = Math.min(source.size, documentBytesMax + 1);
  if (!/"version"\s*:\s*1\b/.test((await headOf(source, 4096)).toString('latin1'))) return undefined;
  if (size > documentBytesMax) throw damaged(source, `a document of version 1 may have ${documentBytesMax} bytes`);
  return jsonObject((await bytesOf(source, { offset: 0, length: size })).toString('utf8'));
}

function factsOf(header: Record<string, unknown>): RecordingFacts {
  const term = object(header['term']);
  const env = object(header['env']);
  const size = terminalSize(header['width'] ?? term['cols'], header['height'] ?? term['rows']) ?? defaultTerminal;
  const seconds = Number(header['duration']);
  const tags = Array.isArray(header['tags']) ? header['tags'].flatMap((tag) => textFact(tag) ?? []).slice(0, 50) : [];
  return known({
    ...size,
    title: textFact(header['title']) ?? textFact(header['command']),
    user: textFact(env['USER']),
    startedAt: timeFact(header['timestamp']),
    durationMs: seconds > 0 ? Math.round(seconds * 1000) : undefined,
    tags: tags.length > 0 ? tags : undefined,
  });
}

async function* linesAfterHeader(source: RecordingSource, isRelative: boolean): AsyncGenerator<TerminalEvent> {
  const reader = new ByteReader(source);
  try {
    await reader.line();
    let number = 1;
    let atMs = 0;
    let line = await reader.line();
    while (line !== undefined) {
      number += 1;
      const next = await reader.line();
      if (line.trim() !== '' && !line.startsWith('#')) {
        const event = jsonValue(line);
        const seconds = Array.isArray(event) ? Number(event[0]) : NaN;
        if (!Array.isArray(event) || !(seconds >= 0) || typeof event[2] !== 'string') {
          // Whoever recorded was cut off in the middle of its last line: the session up to there is whole.
          if (next === undefined) return;
          throw damaged(source, `line ${number} is no event`);
        }
        atMs = isRelative ? atMs + seconds * 1000 : Math.max(atMs, seconds * 1000);
        const type = typeOf[String(event[1])];
        if (type !== undefined) yield { atMs, type, text: event[2] };
      }
      line = next;
    }
  } finally {
    await reader.close();
  }
}

async function* framesOf(source: RecordingSource, document: Record<string, unknown>): AsyncGenerator<TerminalEvent> {
  const frames = document['stdout'];
  if (!Array.isArray(frames)) throw damaged(source, 'it has no list of frames');
  let atMs = 0;
  for (const [number, frame] of frames.entries()) {
    const [delay, text] = Array.isArray(frame) ? (frame as unknown[]) : [];
    if (typeof delay !== 'number' || !(delay >= 0) || typeof text !== 'string') {
      throw damaged(source, `frame ${number + 1} is none`);
    }
    atMs += delay * 1000;
    yield { atMs, type: 'output', text };
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
