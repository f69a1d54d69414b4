// How the last days of a job went, for a glance in the morning.
import type { Store } from '../store/store.ts';
import type { RunOutcome } from './run.ts';

/** A day, and how its last run ended; without an outcome none ended that day. */
export interface DayOutcome {
  /** `2026-11-26`, in UTC. */
  day: string;
  outcome?: RunOutcome;
}

const dayMs = 24 * 60 * 60_000;
// A run after each change makes many in a day; older ones than these are not looked at.
const runsMax = 2000;

/** The last `count` days of a job, today at the end. */
export function readLastDays(store: Store, job: string, { now, count }: { now: Date; count: number }): DayOutcome[] {
  const days = Array.from({ length: count }, (_, index) =>
    new Date(now.getTime() - (count - 1 - index) * dayMs).toISOString().slice(0, 10),
  );
  const rows = store.database
    .prepare(
      // Of a group SQLite gives the columns of the row that has the maximum.
      `SELECT substr(started_at, 1, 10) AS day, outcome, max(id) FROM
         (SELECT id, started_at, outcome FROM run WHERE job = ? AND outcome IS NOT NULL ORDER BY id DESC LIMIT ?)
       WHERE started_at >= ? GROUP BY day`,
    )
    .all(job, runsMax, days[0] ?? '');
  const outcomes = new Map(rows.map((row) => [String(row['day']), String(row['outcome']) as RunOutcome]));
  return days.map((day) => {
    const outcome = outcomes.get(day);
    return outcome === undefined ? { day } : { day, outcome };
  });
}
