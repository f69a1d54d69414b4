import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import { planForget, planForgetNamed, type ForgetPlan, type ForgetRules } from './plan-forget.ts';
import { parseSpan } from './calendar-span.ts';

const now = new Date('2026-11-23T12:00:00Z');
const hour = 3_600_000;

function snapshot(id: string, time: string, rest: Partial<NamedSnapshot> = {}): NamedSnapshot {
  const more = { hostname: 'web', paths: ['/etc'], ...rest };
  return { id: id as SnapshotId, time: time.includes('T') ? time : `${time}T05:00:00Z`, tree: '' as never, ...more };
}

const daily = Array.from({ length: 10 }, (_, day) => snapshot(`d${day}`, `2026-11-${String(day + 10)}`));
const kept = (plan: ForgetPlan): string[] =>
  plan.groups.flatMap(({ keep }) => keep.map(({ snapshot: { id } }) => String(id))).sort();
const why = (plan: ForgetPlan, id: string): string[] | undefined =>
  plan.groups.flatMap(({ keep }) => keep).find(({ snapshot: each }) => each.id === id)?.reasons;

test('a policy without rules is refused, and so is one that keeps nothing of a group', () => {
  assert.throws(() => planForget(daily, {}, { now }), failure('retention.empty-policy'));
  const other = snapshot('x', '2026-11-01', { hostname: 'db', tags: ['keep'] });
  const policy = { tags: [['keep']] };
  assert.throws(() => planForget([...daily, other], policy, { now }), failure('retention.keeps-nothing', /host web/));
  assert.deepEqual(
    kept(planForget([...daily, other], policy, { now, groupBy: { host: false, paths: false, tags: false } })),
    ['d9', 'x'],
  );
});

test('what is protected stays, and its reason is told', () => {
  const plan = planForget(
    daily,
    { last: 2 },
    { now, protect: [{ snapshot: 'd3' as SnapshotId, reason: 'case 4711' }] },
  );
  assert.deepEqual(kept(plan), ['d3', 'd8', 'd9']);
  assert.deepEqual(why(plan, 'd3'), ['protected: case 4711']);
  const named = new Set(['d3' as SnapshotId]);
  const protect = [{ snapshot: 'd3' as SnapshotId, reason: 'case 4711' }];
  assert.throws(() => planForgetNamed(daily, named, { protect }), failure('retention.protected', /case 4711/));
});

test('the newest good snapshot of a group stays when every newer one is bad, whatever the policy', () => {
  const isGood = ({ id }: NamedSnapshot): boolean => id < 'd5';
  const plan = planForget(daily, { last: 1 }, { now, isGood });
  assert.deepEqual(kept(plan), ['d4', 'd9']);
  assert.deepEqual(why(plan, 'd4'), ['last good snapshot']);
  assert.deepEqual(kept(planForget(daily, { last: 1 }, { now, isGood, policyOnly: true })), ['d9']);
});

test('snapshots dated in the future stay, and push nothing out', () => {
  const future = Array.from({ length: 5 }, (_, year) => snapshot(`f${year}`, `${2030 + year}-01-01`));
  const policy = { last: 2, daily: 3 };
  const plan = planForget([...daily, ...future], policy, { now });
  assert.deepEqual(kept(plan), [...kept(planForget(daily, policy, { now })), 'f0', 'f1', 'f2', 'f3', 'f4'].sort());
  assert.equal(plan.doubtful.length, 5);
  assert.match(String(why(plan, 'f0')), /in the future, not counted/);
  assert.deepEqual(kept(planForget([...daily, ...future], policy, { now, policyOnly: true })), ['f2', 'f3', 'f4']);
});

function storedHonestly(snapshots: NamedSnapshot[]): Map<SnapshotId, Date> {
  return new Map(snapshots.map(({ id, time }) => [id, new Date(Date.parse(time) + hour)]));
}

test('a flood of back-dated snapshots pushes no real one out, and is told', () => {
  // Later on the same days, so that each would take its day's place.
  const flood = daily.map(({ time }, day) => snapshot(`z${day}`, time.replace('05:00', '23:00')));
  const storedAt = storedHonestly(daily);
  for (const { id } of flood) storedAt.set(id, new Date('2026-11-22T03:00:00Z'));
  const policy = { daily: 10 };
  const real = daily.map(({ id }) => String(id));
  const believing = kept(planForget([...daily, ...flood], policy, { now }));
  assert.equal(believing.filter((id) => real.includes(id)).length, 0);
  const plan = planForget([...daily, ...flood], policy, { now, storedAt });
  assert.deepEqual(
    kept(plan).filter((id) => real.includes(id)),
    real,
  );
  assert.ok(plan.doubtful.length >= 8);
  assert.match(plan.doubtful[0]?.why ?? '', /before it was stored/);
});

test('a snapshot that was dated ahead when it was stored is not believed once its time has come', () => {
  const planted = snapshot('p', '2026-11-20');
  const storedAt = storedHonestly(daily).set(planted.id, new Date('2026-11-12T00:00:00Z'));
  const plan = planForget([...daily, planted], { last: 1 }, { now, storedAt });
  assert.deepEqual(kept(plan), ['d9', 'p']);
  assert.match(String(why(plan, 'p')), /after it was stored/);
});

test('a repository that was moved, so that all its files are new, still follows its policy', () => {
  const moved = new Date('2026-11-23T00:00:00Z').getTime();
  const storedAt = new Map(daily.map(({ id }, file) => [id, new Date(moved + file * 1000)]));
  const plan = planForget(daily, { last: 3 }, { now, storedAt });
  assert.deepEqual(kept(plan), ['d7', 'd8', 'd9']);
  assert.deepEqual(plan.doubtful, []);
});

test("Orbit's own snapshots are believed even where the place says otherwise", () => {
  const storedAt = storedHonestly(daily);
  const late = snapshot('l', '2026-11-01');
  storedAt.set(late.id, now);
  const rules: ForgetRules = { now, storedAt };
  const policy = { within: parseSpan('3d') };
  assert.ok(kept(planForget([...daily, late], policy, rules)).includes('l'));
  assert.ok(!kept(planForget([...daily, late], policy, { ...rules, known: new Set([late.id]) })).includes('l'));
});

test('named snapshots go, but not the last of a group unless that is said', () => {
  const other = snapshot('x', '2026-11-01', { hostname: 'db' });
  const plan = planForgetNamed([...daily, other], new Set(['d0', 'd9'] as SnapshotId[]), {});
  assert.deepEqual(
    plan.remove.map(({ id }) => id),
    ['d0', 'd9'],
  );
  const last = new Set([other.id]);
  assert.throws(() => planForgetNamed([...daily, other], last, {}), failure('retention.last-snapshot', /host db/));
  assert.equal(planForgetNamed([...daily, other], last, { allowLast: true }).remove.length, 1);
});
