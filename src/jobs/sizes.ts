// Sizes over time, from the history: how much a backup protects, and how much each day added.
import type { Store } from '../store/store.ts';
import type { BackupKind } from './job.ts';

/** One day of a job's copy at a destination. Bytes. */
export interface DaySize {
  /** `2026-11-26`, in UTC. */
  day: string;
  /** All that the last good run of the day protected. */
  bytes: number;
  items: number;
  /** New data of all runs of the day. */
  newBytes: number;
  sentBytes: number;
}

/** The sizes of one job's copy at one destination. */
export interface SizeHistory {
  job: string;
  kind: BackupKind;
  destination: string;
  days: DaySize[];
}

/** Every copy that had a good run since then, oldest day first. */
export function readSizes(store: Store, since: Date): SizeHistory[] {
  const rows = store.database
    .prepare(
      `SELECT run.job, run.kind, run_result.destination, substr(run_result.ended_at, 1, 10) AS day, max(run.id) AS newest,
         json_extract(summary, '$.bytes') AS bytes, json_extract(summary, '$.items') AS items,
         sum(json_extract(summary, '$.newBytes')) AS new_bytes, sum(json_extract(summary, '$.sentBytes')) AS sent_bytes
       FROM run_result JOIN run ON run.id = run_result.run
       WHERE run_result.outcome IN ('succeeded', 'partial') AND summary IS NOT NULL AND run_result.ended_at >= ?
       GROUP BY run.job, run.kind, run_result.destination, day ORDER BY run.job, run_result.destination, day`,
    )
    .all(since.toISOString());
  const histories: SizeHistory[] = [];
  for (const row of rows) {
    const [job, destination] = [String(row['job']), String(row['destination'])];
    let history = histories.at(-1);
    if (history?.job !== job || history.destination !== destination) {
      history = { job, kind: String(row['kind']) as BackupKind, destination, days: [] };
      histories.push(history);
    }
    history.days.push({
      day: String(row['day']),
      bytes: Number(row['bytes']),
      items: Number(row['items']),
      newBytes: Number(row['new_bytes']),
      sentBytes: Number(row['sent_bytes']),
    });
  }
  return histories;
}
