// One moment for all databases of a PostgreSQL server. A snapshot can be exported to sessions of the same database only, so
// that each database has a session of its own; they show the same moment when all of them see the same transactions.
import { isFailure } from '../../../base/failure.ts';
import type { PsqlSession } from './psql-session.ts';

/** A transaction that is open in each session, and the name by which pg_dump joins it. */
export interface OneMoment {
  exported: string[];
  /** True when every session sees the same finished transactions, or nothing could be written while they began. */
  isProven: boolean;
}

/** How it is tried. */
export interface OneMomentOptions {
  /** Opens one more session with each database, in the same order: to hold writers off for some milliseconds. */
  holdOff?: () => PsqlSession[];
  triesMax?: number;
}

const usualTries = 50;
// Whoever waits for us waits no longer, and neither do we for a transaction that goes on.
const lockMsMax = 1000;

/**
 * Begins a read-only transaction in every session at once, and again until all see the same transactions: numbers of
 * transactions are counted over all databases, so that equal snapshots are one moment. On a server that is never quiet for
 * some milliseconds writers are held off once while the sessions begin; where that cannot be, it is said to be unproven.
 */
export async function beginOneMoment(
  sessions: readonly PsqlSession[],
  { holdOff, triesMax = usualTries }: OneMomentOptions = {},
): Promise<OneMoment> {
  for (let tries = 1; ; tries += 1) {
    const begun = await Promise.all(sessions.map(begin));
    const isProven = new Set(begun.map(({ seen }) => seen)).size <= 1;
    if (isProven || (tries === triesMax && holdOff === undefined))
      return { exported: begun.map(({ exported }) => exported), isProven };
    await Promise.all(sessions.map((session) => session.query('ROLLBACK')));
    if (tries === triesMax) break;
  }
  const holders = holdOff?.() ?? [];
  try {
    const isHeld = await holdWritersOff(holders);
    const begun = await Promise.all(sessions.map(begin));
    return { exported: begun.map(({ exported }) => exported), isProven: isHeld };
  } finally {
    // With the sessions their locks go.
    await Promise.allSettled(holders.map((holder) => holder.close()));
  }
}

async function begin(session: PsqlSession): Promise<{ seen: string; exported: string }> {
  const rows = await session.query(
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT txid_current_snapshot()::text, pg_export_snapshot()',
  );
  const [seen = '', exported = ''] = rows.at(-1)?.split('\t') ?? [];
  return { seen, exported };
}

// Every table people made, in a mode that lets everybody read and nobody write.
const lockAll = `DO $$ DECLARE one regclass; BEGIN
  FOR one IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg_toast%' ORDER BY c.oid
  LOOP EXECUTE format('LOCK TABLE ONLY %s IN SHARE MODE', one); END LOOP; END $$`;

async function holdWritersOff(holders: readonly PsqlSession[]): Promise<boolean> {
  try {
    for (const holder of holders) {
      await holder.query(`BEGIN; SET LOCAL statement_timeout = ${lockMsMax}`);
      await holder.query(lockAll);
    }
    return holders.length > 0;
  } catch (error) {
    // A transaction that goes on, or a role that may only read.
    if (isFailure(error, 'profiles.database-refused')) return false;
    throw error;
  }
}
