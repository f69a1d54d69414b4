// A session of psql with one database.
import type { Account } from '../account.ts';
import { openSqlSession, type SqlSession } from './sql-session.ts';

/** How psql reaches the server, and as whom it runs. */
export interface PsqlTarget {
  env: Record<string, string>;
  account?: Account;
}

const args = ['-X', '-A', '-t', '-q', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-w', '-f', '-'];

/** Starts a session with one database. The first query shows whether it can be reached. */
export function openPsqlSession({ env, account }: PsqlTarget, database: string, signal?: AbortSignal): SqlSession {
  const client = {
    program: 'psql',
    args,
    env: { ...env, PGDATABASE: database, PGAPPNAME: 'orbit' },
    ...(account === undefined ? {} : { account }),
    echo: (word: string) => `\\echo ${word}`,
    title: `the database '${database}'`,
  };
  return openSqlSession(client, signal);
}
