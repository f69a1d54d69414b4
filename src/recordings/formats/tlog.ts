// tlog: lines of JSON, each with a stretch of input and output and how it is spread over time
// (github.com/Scribery/tlog, doc/log_format.md).
import { firstObject, jsonObject, linesOf } from './byte-reader.ts';
import { defaultTerminal, known, terminalSize, textFact, timeFact } from './facts.ts';
import { damaged, type RecordingFormat, type RecordingSource } from './recording-format.ts';
import type { TerminalEvent } from './terminal-event.ts';

/** tlog's own JSON, as its file writer makes it. */
export const tlog: RecordingFormat = {
  kind: 'tlog',
  title: 'tlog',
  family: 'terminal',
  mediaType: 'application/x-ndjson',
  recognises: (head) => /^\s*\{"ver"\s*:\s*"?[\d.]+"?\s*,\s*"host"\s*:/.test(head.toString('latin1')),
  async readFacts(source) {
    const first = (await firstObject(source)) ?? {};
    const size = /=(\d+)x(\d+)/.exec(String(first['timing'] ?? ''));
    return known({
      ...(terminalSize(size?.[1], size?.[2]) ?? defaultTerminal),
      user: textFact(first['user']),
      account: textFact(first['user']),
      target: textFact(first['host']),
      sessionId: textFact(first['rec']),
      startedAt: timeFact(first['time']),
    });
  },
  async *events(source) {
    let number = 0;
    for await (const line of linesOf(source)) {
      number += 1;
      if (line.trim() === '') continue;
      const message = jsonObject(line);
      const pos = Number(message?.['pos']);
      if (message === undefined || !(pos >= 0)) throw damaged(source, `line ${number} is no message of tlog`);
      yield* stretch(source, message, pos, number);
    }
  },
};

// `=80x24` size, `+5` milliseconds, `<3` and `>3` characters of text, `[2/3` and `]2/3` bytes that were no text.
const token = /([=+<>[\]])(\d+)(?:[x/](\d+))?/y;

function* stretch(
  source: RecordingSource,
  message: Record<string, unknown>,
  startMs: number,
  number: number,
): Generator<TerminalEvent> {
  const timing = String(message['timing'] ?? '');
  const texts = { '<': [...String(message['in_txt'] ?? '')], '>': [...String(message['out_txt'] ?? '')] };
  const taken = { '<': 0, '>': 0 };
  const take = (side: '<' | '>', characters: number): string => {
    const from = taken[side];
    taken[side] += characters;
    return texts[side].slice(from, from + characters).join('');
  };
  let atMs = startMs;
  token.lastIndex = 0;
  while (token.lastIndex < timing.length) {
    const [, sign, first, second] = token.exec(timing) ?? [];
    if (sign === undefined) throw damaged(source, `line ${number} has a timing that cannot be read`);
    const count = Number(first);
    if (sign === '+') atMs += count;
    else if (sign === '=') {
      // A program without a terminal is recorded as 0x0.
      if (terminalSize(first, second) !== undefined) yield { atMs, type: 'resize', text: `${first}x${second}` };
    } else if (sign === '<' || sign === '[') yield { atMs, type: 'input', text: take('<', count) };
    else yield { atMs, type: 'output', text: take('>', count) };
  }
}
