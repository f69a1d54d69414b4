import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextStart, nextStarts } from './timing.ts';

const job = { name: 'system', schedule: '0 */4 * * *', timeZone: 'America/Sao_Paulo' };
const at = (text: string): Date => new Date(`2026-11-26T${text}:00-03:00`);

test('what is due in hours that are kept free starts when they end, also past midnight', () => {
  const timing = {
    notBetween: [
      { from: '07:30', until: '18:00' },
      { from: '23:00', until: '01:15' },
    ],
  };
  const starts = nextStarts({ ...job, timing }, at('03:00'), 4);
  assert.deepEqual(
    starts.map((start) => start.toISOString()),
    [at('04:00'), at('18:00'), at('20:00'), new Date('2026-11-27T01:15:00-03:00')].map((time) => time.toISOString()),
  );
});

test('jitter moves a start by up to so many minutes, the same each time one asks, and differs from job to job', () => {
  const starts = ['a', 'b', 'c', 'd'].map((name) => {
    const timed = { ...job, name, timing: { jitterMinutes: 60 } };
    const start = nextStart(timed, at('04:59'));
    assert.deepEqual(nextStart(timed, at('04:59')), start);
    return start.getTime();
  });
  for (const start of starts) {
    const late = (start - at('08:00').getTime()) / 60_000;
    assert.ok(late >= -240 && late <= 60, String(late));
  }
  assert.ok(new Set(starts).size > 1);
});

test('windows that leave no hour free change nothing', () => {
  const timing = {
    notBetween: [
      { from: '00:00', until: '12:00' },
      { from: '12:00', until: '00:00' },
    ],
  };
  assert.deepEqual(nextStart({ ...job, timing }, at('03:00')), at('04:00'));
});

test('the next start is always later, never inside free hours, and none is passed over', () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const clock = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  fc.assert(
    fc.property(
      minute,
      fc.integer({ min: 1, max: 1200 }),
      fc.integer({ min: 0, max: 90 }),
      minute,
      (from, length, jitterMinutes, after) => {
        const timing = { notBetween: [{ from: clock(from), until: clock((from + length) % 1440) }], jitterMinutes };
        const timed = { name: 'x', schedule: '30 * * * *', timeZone: 'UTC', timing };
        const now = new Date(Date.UTC(2026, 10, 26, 0, after));
        const start = nextStart(timed, now);
        assert.ok(start > now);
        const minutes = start.getUTCHours() * 60 + start.getUTCMinutes();
        assert.ok(
          (minutes - from + 1440) % 1440 >= length,
          `${start.toISOString()} lies between ${clock(from)} and +${length}`,
        );
        const free = 1440 - length;
        assert.ok(start.getTime() - now.getTime() <= (length + jitterMinutes + 61 + (free < 61 ? 1440 : 0)) * 60_000);
      },
    ),
    { numRuns: 60 },
  );
});
