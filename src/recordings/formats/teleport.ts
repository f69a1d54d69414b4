// Teleport, as `tsh play --format=json` exports a session: lines of JSON, its output in base64
// (github.com/gravitational/teleport, lib/events).
import { jsonObject, linesOf, textDecoder } from './byte-reader.ts';
import { defaultTerminal, known, type RecordingFacts, terminalSize, textFact, timeFact } from './facts.ts';
import { damaged, type RecordingFormat } from './recording-format.ts';

const factLinesMax = 200;

/** A session of Teleport, exported as JSON. */
export const teleport: RecordingFormat = {
  kind: 'teleport',
  title: 'Teleport JSON',
  family: 'terminal',
  mediaType: 'application/x-ndjson',
  recognises: (head) => /^\s*\{[^\n]*"event"\s*:\s*"(session\.start|print|resize)"/.test(head.toString('latin1')),
  async readFacts(source) {
    let facts: RecordingFacts = { ...defaultTerminal };
    let lines = 0;
    for await (const line of linesOf(source)) {
      const event = jsonObject(line) ?? {};
      if (event['event'] === 'session.start') facts = { ...facts, ...startFacts(event) };
      lines += 1;
      if (event['event'] === 'session.start' || lines >= factLinesMax) break;
    }
    return facts;
  },
  async *events(source) {
    const decode = textDecoder();
    let atMs = 0;
    let number = 0;
    for await (const line of linesOf(source)) {
      number += 1;
      if (line.trim() === '') continue;
      const event = jsonObject(line);
      if (event === undefined) throw damaged(source, `line ${number} is no event`);
      const ms = Number(event['ms'] ?? 0);
      if (ms >= 0) atMs = Math.max(atMs, ms);
      const size = sizeOf(event);
      if (size !== undefined) yield { atMs, type: 'resize', text: `${size.width}x${size.height}` };
      if (event['event'] !== 'print' || typeof event['data'] !== 'string') continue;
      const text = decode(Buffer.from(event['data'], 'base64'));
      if (text !== '') yield { atMs, type: 'output', text };
    }
  },
};

function startFacts(event: Record<string, unknown>): RecordingFacts {
  return known({
    ...sizeOf(event),
    user: textFact(event['user']),
    account: textFact(event['login']),
    target: textFact(event['server_hostname']) ?? textFact(event['server_addr']),
    origin: textFact(event['addr.remote'])?.replace(/:\d+$/, ''),
    protocol: textFact(event['proto']) ?? 'ssh',
    sessionId: textFact(event['sid']),
    startedAt: timeFact(event['session_start']) ?? timeFact(event['time']),
  });
}

function sizeOf(event: Record<string, unknown>): { width: number; height: number } | undefined {
  if (event['event'] !== 'session.start' && event['event'] !== 'resize') return undefined;
  const [columns, rows] = String(event['size'] ?? '').split(':');
  return terminalSize(columns, rows);
}
