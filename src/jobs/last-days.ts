// How the last days of a job went, for a glance in the morning.
import type { Store } from '../store/store.ts';
import type { RunOutcome } from './run.ts';

/** A day, and how its last run ended; without an outcome none ended that day. */
export interface DayOutcome {
  /** `2026-11-26`, where this machine is. */
  day: string;
  outcome?: RunOutcome;
}

// A run after each change makes many in a day; older ones than these are not looked at.
const runsMax = 2000;

/** The last `count` days of a job, today at the end. */
export function readLastDays(store: Store, job: string, { now, count }: { now: Date; count: number }): DayOutcome[] {
  // Days are not all of the same length: the calendar counts them.
  const starts = Array.from(
    { length: count },
    (_, index) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - (count - 1 - index)),
  );
  const rows = store.database
    .prepare(
      `SELECT started_at, outcome FROM run WHERE job = ? AND outcome IS NOT NULL AND started_at >= ?
       ORDER BY id DESC LIMIT ?`,
    )
    .all(job, starts[0]?.toISOString() ?? '', runsMax);
  const outcomes = new Map<string, RunOutcome>();
  // The last one of each day stays.
  for (const { started_at: at, outcome } of rows.toReversed())
    outcomes.set(dayOf(new Date(String(at))), String(outcome) as RunOutcome);
  return starts.map((start) => {
    const outcome = outcomes.get(dayOf(start));
    return outcome === undefined ? { day: dayOf(start) } : { day: dayOf(start), outcome };
  });
}

function dayOf(time: Date): string {
  const twoDigits = (number: number): string => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())}`;
}
