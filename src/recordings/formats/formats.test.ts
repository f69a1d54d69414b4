import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { failure } from '../../../test/support/failures.ts';
import { eventsOf, fixtureBytes, fixtureSource, sourceOf } from '../../../test/support/recording-source.ts';
import { isFailure } from '../../base/failure.ts';
import { bytesOf } from './byte-reader.ts';
import { guacamoleInstructions, typedKeys } from './guacamole.ts';
import { openRecording, recordingFormats } from './kinds.ts';
import { type RecordingFacts, timeFact } from './facts.ts';
import type { RecordingSource } from './recording-format.ts';
import { withHead } from './with-head.ts';
import type { TerminalEvent } from './terminal-event.ts';

const shown = (events: TerminalEvent[]): string =>
  events
    .filter(({ type }) => type === 'output')
    .map(({ text }) => text)
    .join('');

async function read(
  source: RecordingSource,
): Promise<{ kind: string; facts: RecordingFacts; events: TerminalEvent[] }> {
  const { format, source: plain } = (await openRecording(source)) ?? assert.fail('not recognised');
  const events = format.events === undefined ? [] : await eventsOf(format.events(plain));
  return { kind: format.kind, facts: await format.readFacts(plain), events };
}

test('what script, asciinema, ttyrec and tlog recorded of one session reads the same, in any pieces', async () => {
  const session = shown((await read(fixtureSource('v2.cast'))).events);
  assert.match(session, /ana@db01.*cat \/etc\/hostname[^]*São Paulo — ação concluída ✓[^]*full screen/);
  for (const [name, kind] of [
    ['v2.cast', 'asciicast'],
    ['classic.typescript', 'typescript'],
    ['session.ttyrec', 'ttyrec'],
    ['session.tlog', 'tlog'],
  ] as const) {
    for (const piece of [1, 7, 65_536]) {
      const { kind: found, events } = await read(fixtureSource(name, piece));
      assert.equal(found, kind);
      assert.equal(shown(events), session, `${name} in pieces of ${piece}`);
      const times = events.map(({ atMs }) => atMs);
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.ok((times.at(-1) ?? 0) > 600 && (times.at(-1) ?? 0) < 1000, `${name} lasts ${times.at(-1)}`);
    }
  }
});

test('a recording tells who, where and when, as far as its program wrote it down', async () => {
  const cast = (await read(fixtureSource('v2.cast'))).facts;
  assert.equal(cast.title, 'db01 maintenance');
  assert.equal(cast.startedAt?.toISOString(), '2026-11-26T17:45:26.000Z');
  const log = (await read(fixtureSource('session.tlog'))).facts;
  assert.deepEqual([log.user, log.target, log.width], ['root', 'bastion01', 80]);
  const script = (await read(fixtureSource('classic.typescript'))).facts;
  assert.equal(script.startedAt?.toISOString(), '2026-11-26T17:45:24.000Z');
});

test('the advanced timing of script tells input apart from output', async () => {
  const { events } = await read(fixtureSource('advanced.typescript'));
  assert.deepEqual(
    events.map(({ type }) => type),
    ['output', 'input', 'output', 'input', 'output'],
  );
  assert.deepEqual([events[0]?.text, events[1]?.text, events[3]?.text], ['# ', 'hello\n', 'exit\n']);
  assert.match(events[2]?.text ?? '', /not found/);
});

test('a typescript without its timing shows everything at once', async () => {
  const bytes = fixtureBytes('classic.typescript');
  const { events } = await read(sourceOf(bytes, 'lonely.typescript'));
  assert.ok(events.every(({ atMs }) => atMs === 0));
  assert.match(shown(events), /systemctl restart/);
});

test('asciicast 1 and 3 count time from the event before, 2 from the start', async () => {
  const one = {
    version: 1,
    width: 100,
    height: 30,
    duration: 1.5,
    stdout: [
      [0.5, 'a'],
      [1, 'b'],
    ],
  };
  const v1 = await read(sourceOf(JSON.stringify(one, undefined, 2)));
  assert.deepEqual(
    v1.events.map(({ atMs }) => atMs),
    [500, 1500],
  );
  assert.deepEqual([v1.facts.width, v1.facts.durationMs], [100, 1500]);
  const header3 = {
    version: 3,
    term: { cols: 90, rows: 20 },
    timestamp: 1700000000,
    tags: ['prod'],
    env: { USER: 'ana' },
  };
  const lines = [
    JSON.stringify(header3),
    '# note',
    '[0.5,"o","a"]',
    '[1,"r","132x43"]',
    '[0.25,"m","deploy"]',
    '[0,"x","0"]',
  ];
  const v3 = await read(sourceOf(lines.join('\n')));
  assert.deepEqual(v3.events, [
    { atMs: 500, type: 'output', text: 'a' },
    { atMs: 1500, type: 'resize', text: '132x43' },
    { atMs: 1750, type: 'marker', text: 'deploy' },
  ]);
  assert.deepEqual([v3.facts.user, v3.facts.tags, v3.facts.height], ['ana', ['prod'], 20]);
});

test('a recording that was cut off gives what is whole; one that is damaged in the middle says so after that', async () => {
  const cast = fixtureBytes('v2.cast').toString();
  assert.equal((await read(sourceOf(cast.slice(0, -9)))).events.length, 4);
  const lines = cast.split('\n');
  lines[3] = '[0.5, "o"';
  const { format, source } = (await openRecording(sourceOf(lines.join('\n')))) ?? assert.fail();
  const seen: TerminalEvent[] = [];
  const reading = async (): Promise<void> => {
    for await (const event of format.events?.(source) ?? []) seen.push(event);
  };
  await assert.rejects(reading(), failure('recordings.damaged', /line 4/));
  assert.equal(seen.length, 2);
});

test("Teleport's JSON tells user, login, host and origin", async () => {
  const start = {
    event: 'session.start',
    sid: 'a-b-c',
    user: 'ana@example.org',
    login: 'root',
    server_hostname: 'db01',
    'addr.remote': '10.0.0.7:58866',
    size: '120:40',
    time: '2024-05-01T10:00:00Z',
  };
  const print = (ms: number, text: string): string =>
    JSON.stringify({ event: 'print', ms, data: Buffer.from(text).toString('base64') });
  const all = [JSON.stringify(start), print(100, 'hé'), print(2500, 'llo')].join('\n');
  const { kind, facts, events } = await read(sourceOf(all));
  assert.equal(kind, 'teleport');
  assert.deepEqual(
    [facts.user, facts.account, facts.target, facts.origin, facts.width],
    ['ana@example.org', 'root', 'db01', '10.0.0.7', 120],
  );
  assert.deepEqual(
    events.map(({ atMs, type }) => [atMs, type]),
    [
      [0, 'resize'],
      [100, 'output'],
      [2500, 'output'],
    ],
  );
});

const dump =
  '4.size,1.0,4.1024,3.768;4.sync,13.1700000000000;3.key,3.115,1.1,13.1700000000500;3.key,3.115,1.0,13.1700000000510;' +
  '3.key,5.65293,1.1,13.1700000000600;4.name,7.São 🛰 x;4.sync,13.1700000060000;';

test('a dump of Guacamole tells size, start and length; lengths count characters, not bytes', async () => {
  for (const piece of [1, 65_536]) {
    const { kind, facts } = await read(sourceOf(dump, 'dump', { piece }));
    assert.equal(kind, 'guacamole');
    assert.deepEqual(facts, { width: 1024, height: 768, startedAt: new Date(1_700_000_000_000), durationMs: 60_000 });
    const all: string[][] = [];
    for await (const instruction of guacamoleInstructions(sourceOf(dump, 'dump', { piece }))) all.push(instruction);
    assert.deepEqual(all.at(-2), ['name', 'São 🛰 x']);
    assert.equal(all.length, 7);
  }
  const typed: string[] = [];
  for await (const { text } of typedKeys(sourceOf(dump))) typed.push(text);
  assert.deepEqual(typed, ['s', '\r']);
});

test('size and length of a video are read without its frames', async () => {
  for (const name of ['screen.mp4', 'screen.webm']) {
    const whole = fixtureSource(name);
    let bytes = 0;
    const counting: RecordingSource = {
      ...whole,
      async *read(range) {
        for await (const piece of whole.read(range)) {
          bytes += piece.length;
          yield piece;
        }
      },
    };
    const { facts } = await read(counting);
    assert.deepEqual([facts.width, facts.height, facts.durationMs], [160, 90, 6000], name);
    if (name === 'screen.mp4') assert.ok(bytes < whole.size, `${bytes} of ${whole.size}`);
  }
});

test('a kept beginning changes nothing of what is read, and is read once', async () => {
  const bytes = Buffer.alloc(200_000, 'abcdefg');
  let beginnings = 0;
  const plain = sourceOf(bytes, 'x', { piece: 999 });
  const source = withHead({
    ...plain,
    read(range) {
      if ((range?.offset ?? 0) === 0) beginnings += 1;
      return plain.read(range);
    },
  });
  for (const [offset, length] of [
    [0, 200_000],
    [10, 20],
    [65_000, 5000],
    [199_999, 50],
    [200_000, 5],
    [65_536, 1],
  ] as const)
    assert.ok((await bytesOf(source, { offset, length })).equals(bytes.subarray(offset, offset + length)), `${offset}`);
  assert.equal(beginnings, 1);
});

test('what lies gzipped is read as if it did not', async () => {
  const { kind, events } = await read(sourceOf(gzipSync(fixtureBytes('v2.cast')), 'a.cast.gz'));
  assert.equal(kind, 'asciicast');
  assert.equal(events.length, 5);
  assert.equal((await read(sourceOf(gzipSync(dump), 'a.replay.gz'))).facts.durationMs, 60_000);
});

test('files that are no recordings are not taken for one', async () => {
  for (const other of [
    '',
    'hello',
    '{"version": 2}',
    '{"a":1}',
    '\0\0\0\0\0\0\0\0\0\0\0\0',
    '<html>',
    'PK\u0003\u0004',
  ])
    assert.equal(await openRecording(sourceOf(other)), undefined, other);
  assert.equal(await openRecording(fixtureSource('classic.timing')), undefined);
});

test('times are understood as programs write them', () => {
  for (const text of [
    '2024-05-01T10:00:00Z',
    '2024/05/01 12:00:00 +0200',
    '2024-05-01 10:00:00+00:00',
    1714557600,
    '1714557600000',
  ])
    assert.equal(timeFact(text)?.toISOString(), '2024-05-01T10:00:00.000Z', String(text));
  for (const none of ['', undefined, null, 'soon', -5, 1e300, {}]) assert.equal(timeFact(none), undefined);
});

test('whatever bytes come, a reader ends, with events in order or a failure that has a name', async () => {
  const starts = [
    ...['v2.cast', 'session.tlog', 'classic.typescript', 'session.ttyrec', 'screen.mp4', 'screen.webm'].map(
      fixtureBytes,
    ),
    Buffer.from(dump),
  ];
  const bytes = fc.tuple(
    fc.constantFrom(...starts),
    fc.array(fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 12 })), { maxLength: 6 }),
    fc.nat(),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async ([start, changes, end]) => {
      const spoiled = Buffer.from(start.subarray(0, start.length - (end % 3 === 0 ? end % start.length : 0)));
      for (const [at, change] of changes)
        spoiled.set(change.subarray(0, spoiled.length - (at % spoiled.length)), at % spoiled.length);
      const source = sourceOf(spoiled, 'spoiled.ttyrec', { others: { 'spoiled.timing': '0.1 20\n0.2 30\n' } });
      for (const format of recordingFormats) {
        try {
          await format.readFacts(source);
          let last = 0;
          for await (const { atMs } of format.events?.(source) ?? []) {
            assert.ok(atMs >= last, `${format.kind}: ${atMs} after ${last}`);
            last = atMs;
          }
          if (format.kind === 'guacamole') for await (const _ of guacamoleInstructions(source));
        } catch (error) {
          if (!isFailure(error, 'recordings.damaged')) throw error;
        }
      }
    }),
    { numRuns: 300, seed: 7 },
  );
});
