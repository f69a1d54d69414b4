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
  const found = new Map<string, CopyMaker>();
  if (copies.length === 0) return found;
  const byMark = new Map<string, CopyMaker>();
  const rows = database
    .prepare(
      `SELECT json_extract(summary, '$.made') AS made, run.id, job, kind, run.started_at AS at, run_result.destination
         FROM run_result JOIN run ON run.id = run_result.run WHERE made IS NOT NULL
         ORDER BY run.id DESC, run_result.destination`,
    )
    .iterate();
  // The first run that names a copy made it; later ones found that nothing had changed.
  for (const { made, id, job, kind, at, destination } of rows) {
    const mark = markOf(String(made));
    const known = byMark.get(mark);
    const destinations =
      known?.run === Number(id) ? [...known.destinations, String(destination)] : [String(destination)];
    byMark.set(mark, { run: Number(id), job: String(job), kind: kind as BackupKind, at: String(at), destinations });
  }
  for (const copy of copies) {
    const maker = byMark.get(markOf(copy));
    if (maker !== undefined) found.set(copy, maker);
  }
  return found;
}

// Runs name a snapshot by the first digits of its id.
function markOf(copy: string): string {
  return copy.startsWith('secrets/') ? copy : copy.slice(0, idDigits);
}
