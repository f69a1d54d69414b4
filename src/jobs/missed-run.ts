// Which destination lacks which run: the queue of what is to be caught up. It is in the database, so a restart forgets nothing.
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';

/** A destination that lacks a run. */
export interface MissedRun {
  run: number;
  job: string;
  destination: string;
  /** When a catch-up was last begun. */
  attemptedAt?: string;
}

/** Every destination of a run that begins counts as lacking it until it has it. */
export function expectRun(store: Store, run: number, job: string, destinations: readonly string[]): void {
  const insert = store.database.prepare('INSERT OR IGNORE INTO missed_run (run, destination, job) VALUES (?, ?, ?)');
  for (const destination of destinations) insert.run(run, destination, job);
}

/** The destination has the run, or is never to get it. Without a destination: none of them waits any more. */
export function settleMissed(store: Store, run: number, destination?: string): void {
  store.database
    .prepare('DELETE FROM missed_run WHERE run = ?1 AND (?2 IS NULL OR destination = ?2)')
    .run(run, destination ?? null);
}

/** What is waiting, oldest first; runs that go on now are left out. */
export function listMissed(store: Store, filter: { job?: string; destination?: string } = {}): MissedRun[] {
  const rows = store.database
    .prepare(
      `SELECT missed_run.* FROM missed_run JOIN run ON run.id = missed_run.run
       WHERE run.outcome IS NOT NULL AND (?1 IS NULL OR missed_run.job = ?1) AND (?2 IS NULL OR missed_run.destination = ?2)
       ORDER BY missed_run.run`,
    )
    .all(filter.job ?? null, filter.destination ?? null);
  return rows.map((row) => ({
    run: Number(row['run']),
    job: String(row['job']),
    destination: String(row['destination']),
    ...(row['attempted_at'] === null ? {} : { attemptedAt: String(row['attempted_at']) }),
  }));
}

/** Notes that a catch-up begins; without a clock, that none was begun after all. */
export function noteAttempt(store: Store, job: string, destination: string, clock?: Clock): void {
  store.database
    .prepare('UPDATE missed_run SET attempted_at = ? WHERE job = ? AND destination = ?')
    .run(clock?.now().toISOString() ?? null, job, destination);
}
