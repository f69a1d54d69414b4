// What the last good run read from each source: ids only.
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';

/** The ids that the last good run of this job read, or undefined before the first. */
export function lastCensus(store: Store, job: string, source: string): string[] | undefined {
  const row = store.database.prepare('SELECT ids FROM census WHERE job = ? AND source = ?').get(job, source);
  return row === undefined ? undefined : (JSON.parse(String(row['ids'])) as string[]);
}

/** Keeps the ids of a run whose kit was written and proved. */
export function rememberCensus(store: Store, job: string, source: string, ids: string[], clock: Clock): void {
  store.database
    .prepare(
      `INSERT INTO census (job, source, ids, read_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (job, source) DO UPDATE SET ids = excluded.ids, read_at = excluded.read_at`,
    )
    .run(job, source, JSON.stringify(ids), clock.now().toISOString());
}
