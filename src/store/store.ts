// The SQLite file of an instance: opened, brought up to date, and nothing more. Each room has its own queries.
import { closeSync, openSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Failure } from '../base/failure.ts';
import { copyBeforeChange } from './database-copy.ts';

/** The open database. Synchronous on purpose: every query is short, and a transaction cannot be interleaved. */
export interface Store {
  readonly database: DatabaseSync;
  /** Runs `work` in one IMMEDIATE transaction: all of it happens, or nothing. Not to be nested, not for async work. */
  transaction<Result>(work: () => Result): Result;
  /** The statement of this text, made once: for what is asked row by row. Not for texts that are put together as they are needed. */
  prepared(sql: string): StatementSync;
  close(): void;
}

const migrationsFolder = new URL('./migrations/', import.meta.url);

/**
 * Opens `orbit.db` in the data folder, made with mode 0700 when it is missing, and applies the migrations it lacks.
 * Several processes may have it open at once (WAL, writers wait up to 10 s for each other).
 * @throws Failure `store.newer` when a newer Orbit wrote the file, `store.unreadable` when it is not a database.
 */
export function openStore(home: string): Store {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  return storeOver(join(home, 'orbit.db'), home);
}

/** The database of a store once more, to be read only, in another thread. The caller closes it. */
export function openToRead(file: string): DatabaseSync {
  return new DatabaseSync(file, { timeout: 10_000, readOnly: true });
}

/** A store that lives in memory only. For tests. */
export function memoryStore(): Store {
  return storeOver(':memory:');
}

function storeOver(file: string, home?: string): Store {
  let database: DatabaseSync;
  try {
    // SQLite gives its helper files the rights of the main one, which nobody else may read even before the folder is shut.
    if (home !== undefined) closeSync(openSync(file, 'a', 0o600));
    database = new DatabaseSync(file, { timeout: 10_000 });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  } catch (error) {
    throw new Failure('store.unreadable', {
      message: `the database ${file} cannot be opened`,
      hint: 'Check that the disk has room, that you own the folder, and that the file was not overwritten.',
      cause: error,
    });
  }
  const statements = new Map<string, StatementSync>();
  const store: Store = {
    database,
    prepared(sql) {
      let statement = statements.get(sql);
      if (statement === undefined) statements.set(sql, (statement = database.prepare(sql)));
      return statement;
    },
    transaction(work) {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close() {
      if (database.isOpen) database.close();
    },
  };
  migrate(store, file, home);
  return store;
}

// Migrations are SQL files named NNN-what.sql; each runs once, in the order of their names.
function migrate(store: Store, file: string, home: string | undefined): void {
  const { database } = store;
  const names = readdirSync(migrationsFolder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const before = home === undefined ? [] : appliedMigrations(database);
  const last = before.at(-1);
  if (home !== undefined && last !== undefined && names.some((name) => !before.includes(name)))
    copyBeforeChange(database, home, last);
  store.transaction(() => {
    database.exec('CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) STRICT');
    const applied = new Set(
      database
        .prepare('SELECT name FROM migration')
        .all()
        .map((row) => String(row['name'])),
    );
    const unknown = [...applied].filter((name) => !names.includes(name));
    if (unknown.length > 0) {
      throw new Failure('store.newer', {
        message: `the database ${file} was written by a newer Orbit (${unknown.join(', ')})`,
        hint: 'Use the Orbit version that wrote it, or a newer one.',
      });
    }
    const remember = database.prepare('INSERT INTO migration (name, applied_at) VALUES (?, ?)');
    for (const name of names.filter((name) => !applied.has(name))) {
      database.exec(readFileSync(new URL(name, migrationsFolder), 'utf8'));
      remember.run(name, new Date().toISOString());
    }
  });
}

// None for a database that is being made.
function appliedMigrations(database: DatabaseSync): string[] {
  const table = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'migration'`).get();
  if (table === undefined) return [];
  const rows = database.prepare('SELECT name FROM migration ORDER BY name').all();
  return rows.map((row) => String(row['name']));
}
