import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fc } from '../../../test/support/seeded.ts';
import { failure } from '../../../test/support/failures.ts';
import { formatSpan, momentBefore, parseSpan, periodsOf } from './calendar-span.ts';
import { applyPolicy, isEmptyPolicy, type KeepCount, type RetentionPolicy } from './retention-policy.ts';
import { groupSnapshots, parseGroupBy } from './snapshot-groups.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';

interface Dated {
  time: string;
  tags?: string[];
  paths?: string[];
}

interface Golden {
  snapshots: Dated[];
  cases: { policy: Record<string, unknown>; keep: [Dated, string[], Record<string, number>][] }[];
}

const fixture = new URL('../../../test/fixtures/restic-policy/expectations.json', import.meta.url);
const golden = JSON.parse(readFileSync(fixture, 'utf8')) as Golden;
const now = new Date('2026-11-23T00:00:00Z');

function policyOf(json: Record<string, unknown>): RetentionPolicy {
  const entries = Object.entries(json).map(([rule, value]) => [
    rule,
    rule.startsWith('within') ? parseSpan(String(value)) : value,
  ]);
  return Object.fromEntries(entries) as RetentionPolicy;
}

test("every one of restic's forty published expectations is met: what stays, why, and the counters", () => {
  assert.equal(golden.cases.length, 40);
  // restic's test sorts one list in place again and again; the sort is stable, so the order of equal times stays.
  for (const [number, { policy, keep }] of golden.cases.entries()) {
    const result = applyPolicy(golden.snapshots, policyOf(policy), now);
    const got = result.keep.map(({ snapshot, reasons, counters }) => [
      snapshot,
      reasons,
      Object.fromEntries(Object.entries(counters).filter(([, left]) => left !== 0)),
    ]);
    assert.deepEqual(got, keep, `case ${number}: ${JSON.stringify(policy)}`);
    assert.equal(result.keep.length + result.remove.length, golden.snapshots.length);
  }
});

const counts = fc.option(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant<KeepCount>('unlimited')), { nil: 0 });
const spans = fc.option(fc.record({ years: fc.nat(2), months: fc.nat(14), days: fc.nat(40), hours: fc.nat(50) }), {
  nil: { years: 0, months: 0, days: 0, hours: 0 },
});
const policies = fc.record({
  last: counts,
  hourly: counts,
  daily: counts,
  weekly: counts,
  monthly: counts,
  yearly: counts,
  within: spans,
  withinHourly: spans,
  withinDaily: spans,
  withinWeekly: spans,
  withinMonthly: spans,
  withinYearly: spans,
});
const snapshotsOf = fc.array(
  fc.integer({ min: Date.UTC(2019, 0), max: Date.UTC(2026, 0) }).map((ms) => ({ time: new Date(ms).toISOString() })),
  { minLength: 1, maxLength: 60 },
);

test('a rule more never keeps a snapshot less', () => {
  const rules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'within', 'withinDaily', 'withinYearly'];
  fc.assert(
    fc.property(snapshotsOf, policies, fc.constantFrom(...rules), (snapshots, policy, rule) => {
      const { [rule as 'last']: _, ...less } = policy;
      const kept = new Set(applyPolicy(snapshots, policy, now).keep.map(({ snapshot }) => snapshot));
      for (const { snapshot } of applyPolicy(snapshots, less, now).keep) assert.ok(kept.has(snapshot));
    }),
    { numRuns: 200 },
  );
});

test('a rule that counts and is not empty always keeps the newest snapshot', () => {
  fc.assert(
    fc.property(snapshotsOf, policies, (snapshots, policy) => {
      const { last, hourly, daily, weekly, monthly, yearly } = policy;
      fc.pre([last, hourly, daily, weekly, monthly, yearly].some((count) => count !== 0));
      const newest = snapshots
        .map(({ time }) => time)
        .sort()
        .at(-1);
      assert.equal(applyPolicy(snapshots, policy, now).keep[0]?.snapshot.time, newest);
    }),
  );
});

test('a policy without rules, or with rules of nothing, is known as empty', () => {
  assert.ok(isEmptyPolicy({}));
  assert.ok(isEmptyPolicy({ last: 0, tags: [], within: { years: 0, months: 0, days: 0, hours: 0 } }));
  assert.ok(!isEmptyPolicy({ daily: 'unlimited' }));
  assert.ok(!isEmptyPolicy({ tags: [['']] }));
  assert.ok(!isEmptyPolicy({ withinDaily: parseSpan('1h') }));
});

test('days and weeks are those of the place where the snapshot was made', () => {
  const evening = periodsOf({ ns: BigInt(Date.UTC(2026, 0, 1, 2, 30)) * 1_000_000n, offsetMinutes: -180 });
  assert.deepEqual(evening, { hour: 2025123123, day: 20251231, week: 202601, month: 202512, year: 2025 });
  const sunday = periodsOf({ ns: BigInt(Date.UTC(2027, 0, 3)) * 1_000_000n, offsetMinutes: 0 });
  assert.equal(sunday.week, 202653);
});

test('spans are read in any order, written as restic writes them, and refused when they make no sense', () => {
  assert.equal(formatSpan(parseSpan('1y1d1m')), '1y1m1d');
  assert.equal(formatSpan(parseSpan(' 2h ')), '2h');
  for (const text of ['', '5', '1w', '1d1d', '-1d', '1d 2h', '1.5d', 'd'])
    assert.throws(() => parseSpan(text), failure('retention.bad-span'), text);
});

test('a month before the 31st of March is the 3rd of March, as Go counts', () => {
  const march = { ns: BigInt(Date.UTC(2026, 2, 31, 12)) * 1_000_000n + 7n, offsetMinutes: 120 };
  const before = momentBefore(march, parseSpan('1m'));
  assert.equal(before, BigInt(Date.UTC(2026, 2, 3, 12)) * 1_000_000n + 7n);
});

test('tags are kept by any list of which a snapshot has all, and by the empty one when it has none', () => {
  const make = (...tags: string[]): Dated => ({ time: '2026-01-01T00:00:00Z', ...(tags.length > 0 ? { tags } : {}) });
  const snapshots = [make('a'), make('a', 'b'), make('c'), make()];
  const kept = (tags: string[][]): number[] =>
    applyPolicy(snapshots, { tags }, now).keep.map(({ snapshot }) => snapshots.indexOf(snapshot));
  assert.deepEqual(kept([['a']]), [0, 1]);
  assert.deepEqual(kept([['a', 'b'], ['c']]), [1, 2]);
  assert.deepEqual(kept([['']]), [3]);
});

test('snapshots are grouped by host, paths and tags, whatever their order', () => {
  const make = (id: string, hostname: string, paths: string[], tags: string[]): NamedSnapshot =>
    ({ id, hostname, paths, tags, time: '2026-01-01T00:00:00Z', tree: '' }) as unknown as NamedSnapshot;
  const snapshots = [make('1', 'a', ['/x', '/y'], ['t']), make('2', 'a', ['/y', '/x'], []), make('3', 'b', ['/x'], [])];
  const ids = (by: string): string[] =>
    groupSnapshots(snapshots, parseGroupBy(by)).map((group) => group.snapshots.map(({ id }) => id).join(''));
  assert.deepEqual(ids('host,paths'), ['12', '3']);
  assert.deepEqual(ids('tags'), ['1', '23']);
  assert.deepEqual(ids(''), ['123']);
  assert.throws(() => parseGroupBy('user'), failure('retention.bad-grouping'));
});
