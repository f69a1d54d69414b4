import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { SnapshotId } from '../engine/ids.ts';
import { planDeletion } from './deletion-plan.ts';

const now = new Date('2026-11-28T05:00:00Z');
const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T05:00:00Z`;

/** Snapshots by name, each of a day and a machine; oldest first. */
function snapshotsOf(...made: [name: string, time: string, host?: string][]): NamedSnapshot[] {
  return made.map(
    ([id, time, hostname = 'vault']) =>
      ({ id: id as SnapshotId, time, hostname, paths: [] }) as unknown as NamedSnapshot,
  );
}

function planned(
  snapshots: NamedSnapshot[],
  chosen: string[],
  { held = [], good = snapshots.map(({ id }) => String(id)) }: { held?: string[]; good?: string[] } = {},
) {
  const plan = planDeletion(snapshots, new Set(chosen as SnapshotId[]), {
    now,
    protect: held.map((id) => ({ snapshot: id as SnapshotId, reason: 'case 12' })),
    isGood: ({ id }) => good.includes(id),
  });
  return {
    remove: plan.remove.map(({ id }) => String(id)),
    stay: plan.stay.map(({ snapshot, reasons }) => `${snapshot.id}: ${reasons.map(({ why }) => why).join(' ')}`),
    left: plan.left,
  };
}

test('what was chosen goes, newest first, but the newest of its machine and what is held stay', () => {
  const all = snapshotsOf(['a', day(1)], ['b', day(2)], ['other', day(2), 'web'], ['c', day(3)], ['d', day(4)]);
  assert.deepEqual(planned(all, ['a', 'b', 'c', 'd', 'other'], { held: ['b'] }), {
    remove: ['c', 'a'],
    stay: ['d: newest', 'other: newest', 'b: held'],
    left: 3,
  });
});

test('the newest that a run made without a fault stays too, whatever came after it', () => {
  const all = snapshotsOf(['a', day(1)], ['b', day(2)], ['c', day(3)], ['d', day(4)]);
  assert.deepEqual(planned(all, ['a', 'b', 'c'], { good: ['a', 'b'] }), {
    remove: ['c', 'a'],
    stay: ['b: newest-good'],
    left: 2,
  });
});

test('one that is dated in the future can go and takes nobody’s place', () => {
  const all = snapshotsOf(['a', day(1)], ['b', day(2)], ['forged', '2031-01-01T00:00:00Z']);
  assert.deepEqual(planned(all, ['a', 'b', 'forged']), { remove: ['forged', 'a'], stay: ['b: newest'], left: 1 });
  assert.deepEqual(
    planned(snapshotsOf(['forged', '2031-01-01T00:00:00Z']), ['forged']).remove,
    [],
    'the only one stays',
  );
});
