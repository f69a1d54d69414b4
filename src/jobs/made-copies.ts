// Which run made a copy: people know backups by their day, not by the ids of snapshots.
import type { Store } from '../store/store.ts';
import type { BackupKind } from './job.ts';

/** The run that made a copy. */
export interface CopyMaker {
  run: number;
  job: string;
  kind: BackupKind;
  /** When it began. */
  at: string;
  /** Where this run put it. */
  destinations: string[];
}

const idDigits = 8;

/** The runs that made these copies (ids of snapshots, `secrets/` and a kit's name); what no run here made is left out. */
export function makersOf({ database }: Store, copies: readonly string[]): Map<string, CopyMaker> {
  // The first run that names a copy made it; later ones found that nothing had changed.
  const find = database.prepare(
    `SELECT run.id, job, kind, run.started_at AS at, run_result.destination
       FROM run_result JOIN run ON run.id = run_result.run
       WHERE made_mark = :mark AND run = (SELECT min(run) FROM run_result WHERE made_mark = :mark)
       ORDER BY run_result.destination`,
  );
  const found = new Map<string, CopyMaker>();
  for (const copy of copies) {
    const rows = find.all({ mark: markOf(copy) });
    const [first] = rows;
    if (first === undefined) continue;
    found.set(copy, {
      run: Number(first['id']),
      job: String(first['job']),
      kind: first['kind'] as BackupKind,
      at: String(first['at']),
      destinations: rows.map(({ destination }) => String(destination)),
    });
  }
  return found;
}

/** What runs made by these names, as they named it: whole, or by the first digits of a snapshot's id. */
export function madeAs({ database }: Store, names: readonly string[]): string[] {
  const find = database.prepare(
    `SELECT DISTINCT json_extract(summary, '$.made') AS made FROM run_result WHERE made_mark = ?`,
  );
  return [...new Set(names.map(markOf))].flatMap((mark) => find.all(mark).map(({ made }) => String(made)));
}

/** Tells of the copies at a destination (ids of snapshots, `secrets/` and a kit's name) whether a run made them there without a fault. */
export function goodCopiesAt({ database }: Store, destination: string): (copy: string) => boolean {
  const rows = database
    .prepare(
      `SELECT DISTINCT made_mark AS mark FROM run_result
       WHERE destination = ? AND outcome = 'succeeded' AND made_mark IS NOT NULL`,
    )
    .all(destination);
  const good = new Set(rows.map(({ mark }) => String(mark)));
  return (copy) => good.has(markOf(copy));
}

// As the database has it in `made_mark`.
function markOf(copy: string): string {
  return copy.startsWith('secrets/') ? copy : copy.slice(0, idDigits);
}
