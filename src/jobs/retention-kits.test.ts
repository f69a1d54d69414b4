import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planKits } from './retention.ts';

const kit = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T03-00-00.000Z`;
const now = new Date('2026-11-20T04:00:00Z');

test('kits that somebody named after a time to come, or after none, push no real one out', () => {
  const real = [kit(20), kit(19), kit(18), kit(17)];
  const planted = ['zz-no-time', '9999-01-01T00-00-00.000Z', '2026-11-20T06-00-00.000Z'];
  const all = [...planted, ...real];
  const plan = (known: string[]) => planKits(all, { last: 2 }, { now, held: new Map(), known: new Set(known) });
  const { keep, remove } = plan([]);
  assert.deepEqual(remove, [kit(18), kit(17)]);
  assert.deepEqual(
    keep.map(({ name }) => name),
    [...planted, kit(20), kit(19)],
  );
  assert.match(keep[0]?.reasons.join() ?? '', /not believed/);
  // One that this Orbit made while its clock was ahead counts as it did.
  assert.deepEqual(plan(['2026-11-20T06-00-00.000Z']).remove, [kit(19), kit(18), kit(17)]);
});
