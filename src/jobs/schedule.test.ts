import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { checkSchedule, dailyAt, isDue, nextRun } from './schedule.ts';

const zone = 'America/Sao_Paulo';

test('a daily schedule runs at its hour in its time zone', () => {
  const next = nextRun('0 5 * * *', new Date('2026-11-23T12:00:00Z'), zone);
  assert.equal(next.toISOString(), '2026-11-24T08:00:00.000Z');
});

test('a run missed while the machine slept is due, once', () => {
  const lastStart = new Date('2026-11-20T08:00:00Z');
  assert.ok(isDue('0 5 * * *', lastStart, new Date('2026-11-23T12:00:00Z'), zone));
  assert.ok(!isDue('0 5 * * *', new Date('2026-11-23T12:00:01Z'), new Date('2026-11-23T12:05:00Z'), zone));
});

test('the night the clocks change has its backup', () => {
  // 02:30 does not exist on 2026-03-29 in Berlin: the run comes at the next moment that does.
  const next = nextRun('30 2 * * *', new Date('2026-03-28T12:00:00Z'), 'Europe/Berlin');
  assert.ok(next > new Date('2026-03-29T00:00:00Z') && next < new Date('2026-03-29T02:00:00Z'), next.toISOString());
});

test('hour 24 is midnight, and nonsense is refused with an example', () => {
  assert.equal(dailyAt(24), '0 0 * * *');
  assert.throws(() => checkSchedule('at five'), failure('jobs.bad-schedule', /0 5 \* \* \*/));
  assert.throws(() => checkSchedule('61 5 * * *'), failure('jobs.bad-schedule'));
  assert.throws(() => checkSchedule('0 0 30 2 *'), failure('jobs.bad-schedule'));
  assert.throws(() => checkSchedule('0 5 * * *', 'Mars/Olympus'), failure('jobs.bad-time-zone', /Mars/));
});
