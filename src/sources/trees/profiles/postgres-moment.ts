// One moment for all databases of a PostgreSQL server. A snapshot can be exported to sessions of the same database only, so
// that each database has a session of its own; they show the same moment when all of them see the same transactions.
import { isFailure } from '../../../base/failure.ts';
import { note } from '../../../base/note.ts';
import type { MomentServer } from './shared-moment.ts';
import type { SqlSession } from './sql-session.ts';

/** A transaction that is open in each session, and the name by which pg_dump joins it. */
export interface OneMoment {
  exported: string[];
  /** True when every session sees the same finished transactions, or nothing could be written while they began. */
  isProven: boolean;
}

/** How it is tried. */
export interface OneMomentOptions {
  /** Opens one more session with each database, in the same order: to hold writers off for some milliseconds. */
  holdOff?: () => SqlSession[];
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
  sessions: readonly SqlSession[],
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

/** Settings that would end a session which waits for its dump. */
const patience = `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
  ('idle_in_transaction_session_timeout', 'idle_session_timeout', 'statement_timeout', 'transaction_timeout')`;

async function begin(session: SqlSession): Promise<{ seen: string; exported: string }> {
  const rows = await session.query(
    `${patience}; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT txid_current_snapshot()::text, pg_export_snapshot()`,
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

// Locks every table of every database until the holders are closed. False when a transaction goes on, or the role may only read.
async function holdWritersOff(holders: readonly SqlSession[]): Promise<boolean> {
  try {
    for (const holder of holders) {
      await holder.query(`BEGIN; SET LOCAL statement_timeout = ${lockMsMax}`);
      await holder.query(lockAll);
    }
    return holders.length > 0;
  } catch (error) {
    if (isFailure(error, 'profiles.database-refused')) return false;
    throw error;
  }
}

/** A server as part of the moment of a run: these sessions begin, and others, opened with the same databases, hold writers off. */
export function postgresMoment(
  sessions: readonly SqlSession[],
  openHolders: () => SqlSession[],
): MomentServer & { begun(): OneMoment } {
  let holders: SqlSession[] = [];
  let moment: OneMoment = { exported: [], isProven: false };
  return {
    heldBy: 'writes',
    async hold() {
      holders = openHolders();
      return (await holdWritersOff(holders)) ? undefined : note('profiles.postgresql-not-held');
    },
    async begin() {
      if (holders.length === 0) moment = await beginOneMoment(sessions, { holdOff: openHolders });
      else {
        const begun = await Promise.all(sessions.map(begin));
        // Nobody may have been let go meanwhile.
        moment = { exported: begun.map(({ exported }) => exported), isProven: holders.length > 0 };
      }
    },
    async release() {
      const closing = holders;
      holders = [];
      await Promise.allSettled(closing.map((holder) => holder.close()));
    },
    begun: () => moment,
  };
}
