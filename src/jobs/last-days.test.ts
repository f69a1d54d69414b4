// The last days of a job: its own runs, the last of each day, today at the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../store/store.ts';
import { readLastDays } from './last-days.ts';

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
