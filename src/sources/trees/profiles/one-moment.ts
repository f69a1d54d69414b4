// One moment for all databases of a PostgreSQL server. A snapshot can be exported to sessions of the same database only, so
// that each database has a session of its own; they show the same moment when all of them see the same transactions.
import type { PsqlSession } from './psql-session.ts';

/** A transaction that is open in each session, and the name by which pg_dump joins it. */
export interface OneMoment {
  exported: string[];
  /** True when every session sees the same finished transactions, of the whole server. */
  isProven: boolean;
}

const triesMax = 50;

/**
 * Begins a read-only transaction in every session at once, and again until all see the same transactions: numbers of
 * transactions are counted over all databases, so that equal snapshots are one moment. On a server that is never quiet for
 * some milliseconds the last try is taken, and said to be unproven.
 */
export async function beginOneMoment(sessions: readonly PsqlSession[]): Promise<OneMoment> {
  for (let tries = 1; ; tries += 1) {
    const begun = await Promise.all(sessions.map(begin));
    const isProven = new Set(begun.map(({ seen }) => seen)).size <= 1;
    if (isProven || tries === triesMax) return { exported: begun.map(({ exported }) => exported), isProven };
    await Promise.all(sessions.map((session) => session.query('ROLLBACK')));
  }
}

async function begin(session: PsqlSession): Promise<{ seen: string; exported: string }> {
  const rows = await session.query(
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT txid_current_snapshot()::text, pg_export_snapshot()',
  );
  const [seen = '', exported = ''] = rows.at(-1)?.split('\t') ?? [];
  return { seen, exported };
}
