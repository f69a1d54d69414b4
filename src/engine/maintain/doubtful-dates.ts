// Which snapshots' dates are not believed. A snapshot says itself when it was made, so whoever can add snapshots can date
// them: in the future, so that they count as the newest for ever, or in the past, so that they take the places of real ones.
// Such snapshots stay and push nothing out. Pure.
import { formatDuration } from '../../base/quantities.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';

/** What is known about time besides the snapshots' own dates. */
export interface DateEvidence {
  now: Date;
  /** When each snapshot file was stored, by the clock of the place, where it tells. */
  storedAt?: ReadonlyMap<SnapshotId, Date>;
  /** Snapshots known to be Orbit's own: their dates are believed. */
  known?: ReadonlySet<SnapshotId>;
}

// Clocks of two machines differ a little.
const futureToleranceMs = 3_600_000;
// A snapshot is dated when its backup began and stored when it ended; the first of a large machine takes long.
const storedToleranceMs = 48 * 3_600_000;

interface Dates {
  id: SnapshotId;
  datedMs: number;
  storedMs: number | undefined;
}

/** The snapshots not believed, each with the reason in words. */
export function doubtfulDates(
  snapshots: readonly NamedSnapshot[],
  { now, storedAt, known }: DateEvidence,
): Map<SnapshotId, string> {
  const dates = snapshots.map(({ id, time }): Dates => {
    return { id, datedMs: Date.parse(time), storedMs: storedAt?.get(id)?.getTime() };
  });
  const inUseSinceMs = firstHonestStoring(dates);
  const doubts = new Map<SnapshotId, string>();
  for (const each of dates) {
    const why = known?.has(each.id) === true ? undefined : doubtAbout(each, now, inUseSinceMs);
    if (why !== undefined) doubts.set(each.id, why);
  }
  return doubts;
}

function doubtAbout({ datedMs, storedMs }: Dates, now: Date, inUseSinceMs: number): string | undefined {
  const aheadMs = datedMs - now.getTime();
  if (aheadMs > futureToleranceMs) return `dated ${formatDuration(aheadMs)} in the future, not counted`;
  if (storedMs === undefined) return undefined;
  const early = datedMs - storedMs;
  if (early > storedToleranceMs) return `dated ${formatDuration(early)} after it was stored, not counted`;
  const late = storedMs - datedMs;
  const wasInUse = storedMs - inUseSinceMs > storedToleranceMs;
  return wasInUse && late > storedToleranceMs
    ? `dated ${formatDuration(late)} before it was stored, not counted`
    : undefined;
}

// A repository that was moved to another place has old snapshots under new dates of storing. Only from the first snapshot
// on that was stored when it says it was made does the place tell anything about back-dating.
function firstHonestStoring(dates: Dates[]): number {
  let first = Infinity;
  for (const { datedMs, storedMs } of dates)
    if (storedMs !== undefined && Math.abs(storedMs - datedMs) <= storedToleranceMs) first = Math.min(first, storedMs);
  return first;
}
