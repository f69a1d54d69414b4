// The last days of a job: its own runs, the last of each day, today at the end.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { memoryStore } from '../store/store.ts';
import { readLastDays } from './last-days.ts';

const zoneBefore = process.env['TZ'];
beforeEach(() => void (process.env['TZ'] = 'UTC'));
afterEach(() => {
  if (zoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneBefore;
});

test('each day tells how its last run ended, a day without one tells nothing, other jobs and older days do not count', () => {
  const store = memoryStore();
  const add = store.database.prepare(
    "INSERT INTO run (job, kind, started_by, started_at, ended_at, process, outcome) VALUES (?, ?, 'schedule', ?, ?, '', ?)",
  );
  const ran = (job: string, at: string, outcome: string | null): unknown => add.run(job, job, at, at, outcome);
  ran('system', '2026-11-20T05:00:00.000Z', 'failed');
  ran('system', '2026-11-24T05:00:00.000Z', 'failed');
  ran('system', '2026-11-24T06:00:00.000Z', 'succeeded');
  ran('system', '2026-11-26T05:00:00.000Z', 'succeeded');
  ran('system', '2026-11-26T23:59:59.999Z', 'failed');
  ran('secrets', '2026-11-25T05:00:00.000Z', 'succeeded');
  ran('system', '2026-11-27T05:00:00.000Z', 'partial');
  // It goes on.
  ran('system', '2026-11-27T06:00:00.000Z', null);
  assert.deepEqual(readLastDays(store, 'system', { now: new Date('2026-11-27T08:00:00Z'), count: 4 }), [
    { day: '2026-11-24', outcome: 'succeeded' },
    { day: '2026-11-25' },
    { day: '2026-11-26', outcome: 'failed' },
    { day: '2026-11-27', outcome: 'partial' },
  ]);
});

test('a day is one of this machine: a run late in the evening is that evening’s, and no day is lost when clocks change', () => {
  const store = memoryStore();
  const add = store.database.prepare(
    "INSERT INTO run (job, kind, started_by, started_at, ended_at, process, outcome) VALUES ('system', 'system', 'schedule', ?, ?, '', ?)",
  );
  // Ten in the evening of the 26th in São Paulo.
  add.run('2026-11-27T01:00:00.000Z', '2026-11-27T01:00:00.000Z', 'succeeded');
  process.env['TZ'] = 'America/Sao_Paulo';
  const at = (time: string, count: number) => readLastDays(store, 'system', { now: new Date(time), count });
  assert.deepEqual(at('2026-11-28T02:00:00Z', 2), [{ day: '2026-11-26', outcome: 'succeeded' }, { day: '2026-11-27' }]);
  process.env['TZ'] = 'Europe/Berlin';
  assert.deepEqual(
    at('2026-10-26T22:30:00Z', 4).map(({ day }) => day),
    ['2026-10-23', '2026-10-24', '2026-10-25', '2026-10-26'],
  );
});
