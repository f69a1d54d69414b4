import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planKits } from './retention.ts';

const kit = (day: number, hour = 3): string => `2026-11-${String(day).padStart(2, '0')}T0${hour}-00-00.000Z`;
const now = new Date('2026-11-20T04:00:00Z');

test('kits that this Orbit did not make stay and push no real one out, whatever they are named after', () => {
  const real = [kit(20), kit(19), kit(18), kit(17)];
  const planted = ['zz-no-time', '9999-01-01T00-00-00.000Z', kit(20, 6), kit(19, 5), kit(1)];
  const all = [...planted, ...real].toSorted().toReversed();
  const plan = (known: string[]) => planKits(all, { last: 2 }, { now, held: new Map(), known: new Set(known) });
  const { keep, remove } = plan(real);
  assert.deepEqual(remove, [kit(18), kit(17)]);
  assert.deepEqual(new Set(keep.map(({ name }) => name)), new Set([...planted, kit(20), kit(19)]));
  assert.match(keep.find(({ name }) => name === kit(1))?.reasons.join() ?? '', /not made by this Orbit/);
  // One that was made while the clock was ahead counts as it did.
  assert.deepEqual(plan([kit(20, 6), ...real]).remove, [kit(19), kit(18), kit(17)]);
  assert.deepEqual(plan([]).remove, []);
});
