// Which of the snapshots that a person chose may go, and why the others stay. Pure.
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { SnapshotId } from '../engine/ids.ts';
import { type DateEvidence, doubtfulDates } from '../engine/maintain/doubtful-dates.ts';
import type { Protection } from '../engine/maintain/plan-forget.ts';
import { groupSnapshots } from '../engine/maintain/snapshot-groups.ts';

/** Why a snapshot stays though it was chosen: the newest of its machine, the newest that is known to be good, or held. */
export type StayReason = { why: 'newest' } | { why: 'newest-good' } | { why: 'held'; reason: string };

/** What deleting would do. */
export interface DeletionPlan {
  /** The newest first. */
  remove: NamedSnapshot[];
  stay: { snapshot: NamedSnapshot; reasons: StayReason[] }[];
  /** What is left afterwards, what was not chosen with it. */
  left: number;
}

/** What a plan takes into account. */
export interface DeletionRules extends DateEvidence {
  protect: readonly Protection[];
  /** Snapshots that a run of this instance made without a fault. */
  isGood: (snapshot: NamedSnapshot) => boolean;
}

/** Decides about the chosen ones; ids that no snapshot has are left out. `snapshots`: all of them, oldest first. */
export function planDeletion(
  snapshots: readonly NamedSnapshot[],
  chosen: ReadonlySet<SnapshotId>,
  { protect, isGood, ...evidence }: DeletionRules,
): DeletionPlan {
  // One that is dated in the future must not take the place of the newest.
  const doubts = doubtfulDates(snapshots, evidence);
  const reasons = new Map<SnapshotId, StayReason[]>();
  const add = (id: SnapshotId, reason: StayReason): void => void reasons.set(id, [...(reasons.get(id) ?? []), reason]);
  for (const { snapshots: group } of groupSnapshots(snapshots, { host: true, paths: false, tags: false })) {
    const believed = group.filter(({ id }) => !doubts.has(id));
    const newest = believed.at(-1) ?? group.at(-1);
    if (newest !== undefined) add(newest.id, { why: 'newest' });
    const good = believed.findLast(isGood);
    if (good !== undefined && good !== newest) add(good.id, { why: 'newest-good' });
  }
  for (const { snapshot, reason } of protect) add(snapshot, { why: 'held', reason });
  const named = snapshots.filter(({ id }) => chosen.has(id)).toReversed();
  const remove = named.filter(({ id }) => !reasons.has(id));
  return {
    remove,
    stay: named.flatMap((snapshot) => {
      const why = reasons.get(snapshot.id);
      return why === undefined ? [] : [{ snapshot, reasons: why }];
    }),
    left: snapshots.length - remove.length,
  };
}
