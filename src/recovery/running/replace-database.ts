// Replaces one database of a server that runs, data and schema, and keeps what was there before. Killed at any moment, the next call
// finds by names alone (of databases, of files) how far it came, and never takes half of a replacement for what was there before.
import type { TargetRoot } from '../root.ts';
import { replaceInMariadb } from './replace-in-mariadb.ts';
import { replaceInPostgresql } from './replace-in-postgresql.ts';
import type { RunningServer } from './running-server.ts';

/** A dump as it streams, and what it is. */
export interface Dump {
  /** `archive`: of pg_dump, custom format. `server`: SQL of a whole MariaDB server. `database`: SQL of one database. */
  form: 'archive' | 'server' | 'database';
  read(): AsyncIterable<Uint8Array>;
}

/** What came back, and where things have gone: databases (PostgreSQL) or files (MariaDB). */
export interface ReplacedDatabase {
  /** How many tables it has now. */
  tables: number;
  /** The database as it was before; undefined when there was none. */
  before?: string;
  /** What stood there when a replacement that was cut off was begun anew: half of it, or what somebody did since. */
  since?: string;
}

/** How one is replaced. */
export interface ReplaceOptions {
  /** Where files of MariaDB are kept; made when it is not there. */
  safetyFolder: string;
  /** When this was first begun: it names what is kept. */
  startedAt: Date;
  /** True when the same was begun before with the same `startedAt`: what is finished is not done again. */
  isResumed: boolean;
}

/** Replaces it. When that fails, the database is as it was. @throws Failure `recovery.database-not-restored` */
export async function replaceDatabase(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  options: ReplaceOptions,
): Promise<ReplacedDatabase> {
  const replace = server.engine === 'postgresql' ? replaceInPostgresql : replaceInMariadb;
  return await replace(root, server, name, dump, options);
}
