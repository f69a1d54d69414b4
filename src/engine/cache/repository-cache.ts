// What was fetched of a repository before, kept on this machine as it lies there: sealed. Only snapshot files and trees are kept, for those
// who look around. It saves requests and time and decides nothing: names say what content must be, and whoever reads proves it.
import { closeSync, mkdirSync, openSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SealedBytes } from '../repository/blob-store.ts';
import type { BlobId, SnapshotId } from '../ids.ts';
import { removeCacheFile, repositoryCaches } from './cache-folder.ts';

// Beyond this the older half of the trees goes when the cache is closed. Bytes.
const treesBytesMax = 512 * 1024 * 1024;
// What is added waits in memory until it is this much, and is written at once. Bytes.
const pendingBytesMax = 4 * 1024 * 1024;
const busyMs = 2000;
const format = 1;
const schema = `
  CREATE TABLE IF NOT EXISTS snapshot (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS tree (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, uncompressed INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  PRAGMA user_version = ${format}`;

/** How much a cache may hold. */
export interface RepositoryCacheLimits {
  treesBytes?: number;
}

/** The cache of one repository. It never fails anybody: what cannot be kept is not kept, and a broken file is made anew. */
export class RepositoryCache {
  readonly #path: string;
  readonly #treesBytesMax: number;
  #database: DatabaseSync | undefined;
  #findSnapshot: StatementSync | undefined;
  #findTree: StatementSync | undefined;
  #pending: { sql: string; values: (string | number | Uint8Array)[] }[] = [];
  #pendingBytes = 0;

  /** `folder`: this account's own, for all caches. `repository`: the id in its config. */
  constructor(folder: string, repository: string, limits: RepositoryCacheLimits = {}) {
    this.#path = join(folder, repositoryCaches, repository);
    this.#treesBytesMax = limits.treesBytes ?? treesBytesMax;
    this.#attempt(() => {
      mkdirSync(join(folder, repositoryCaches), { recursive: true, mode: 0o700 });
      try {
        this.#open();
      } catch {
        this.#database?.close();
        removeCacheFile(this.#path);
        this.#open();
      }
    });
  }

  /** A snapshot file as it was stored. */
  findSnapshot(id: SnapshotId): Buffer | undefined {
    return this.#attempt(() => {
      const row = this.#findSnapshot?.get(bytesOf(id));
      return row === undefined ? undefined : bufferOf(row['sealed']);
    });
  }

  /** A tree as it lies in a pack. */
  findTree(id: BlobId): SealedBytes | undefined {
    return this.#attempt(() => {
      const row = this.#findTree?.get(bytesOf(id));
      if (row === undefined) return undefined;
      return { sealed: bufferOf(row['sealed']), uncompressedLength: Number(row['uncompressed']) };
    });
  }

  addSnapshot(id: SnapshotId, sealed: Uint8Array): void {
    this.#add('INSERT OR REPLACE INTO snapshot (id, sealed) VALUES (?, ?)', [bytesOf(id), sealed], sealed.length);
  }

  addTree(id: BlobId, { sealed, uncompressedLength }: SealedBytes): void {
    const sql = 'INSERT OR REPLACE INTO tree (id, uncompressed, sealed) VALUES (?, ?, ?)';
    this.#add(sql, [bytesOf(id), uncompressedLength, sealed], sealed.length);
  }

  /** When all were read: keeps what was added, and forgets snapshots that the repository does not list any more. */
  keepSnapshots(listed: ReadonlySet<string>): void {
    this.#flush();
    this.#keep('snapshot', (id) => listed.has(id));
  }

  /** Forgets trees that the repository has no more. */
  keepTrees(isThere: (id: BlobId) => boolean): void {
    this.#keep('tree', (id) => isThere(id as BlobId));
  }

  /** Keeps what was added. May be called twice. */
  close(): void {
    this.#flush();
    this.#attempt(() => this.#dropOldTrees());
    this.#attempt(() => this.#database?.close());
    this.#database = undefined;
  }

  #open(): void {
    // Nobody else may read it even before the folder is shut.
    closeSync(openSync(this.#path, 'a', 0o600));
    this.#database = new DatabaseSync(this.#path, { timeout: busyMs });
    const version = this.#database.prepare('PRAGMA user_version').get()?.['user_version'];
    if (version !== 0 && version !== format) throw new Error('the cache of another version');
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${version === 0 ? schema : ''}`);
    this.#findSnapshot = this.#database.prepare('SELECT sealed FROM snapshot WHERE id = ?');
    this.#findTree = this.#database.prepare('SELECT uncompressed, sealed FROM tree WHERE id = ?');
    utimesSync(this.#path, new Date(), new Date());
  }

  #add(sql: string, values: (string | number | Uint8Array)[], bytes: number): void {
    if (this.#database === undefined) return;
    this.#pending.push({ sql, values });
    this.#pendingBytes += bytes;
    if (this.#pendingBytes >= pendingBytesMax) this.#flush();
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#inTransaction(pending.length > 0, (database) => {
      const statements = new Map<string, StatementSync>();
      for (const { sql, values } of pending) {
        const statement = statements.get(sql) ?? database.prepare(sql);
        statements.set(sql, statement);
        statement.run(...values);
      }
    });
  }

  #keep(table: 'snapshot' | 'tree', isWanted: (id: string) => boolean): void {
    const gone: Uint8Array[] = [];
    this.#attempt(() => {
      for (const { id } of this.#database?.prepare(`SELECT id FROM ${table}`).iterate() ?? [])
        if (!isWanted(bufferOf(id).toString('hex'))) gone.push(bufferOf(id));
    });
    this.#inTransaction(gone.length > 0, (database) => {
      const statement = database.prepare(`DELETE FROM ${table} WHERE id = ?`);
      for (const id of gone) statement.run(id);
    });
  }

  #dropOldTrees(): void {
    const sizes = this.#database?.prepare('SELECT sum(length(sealed)) AS bytes FROM tree');
    const pages = this.#database?.prepare(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    );
    // The pages are known at once; the sum reads all of the table.
    if (Number(pages?.get()?.['bytes'] ?? 0) <= this.#treesBytesMax) return;
    if (Number(sizes?.get()?.['bytes'] ?? 0) <= this.#treesBytesMax) return;
    this.#inTransaction(true, (database) => {
      database.exec('DELETE FROM tree WHERE number <= (SELECT (min(number) + max(number)) / 2 FROM tree)');
    });
  }

  #inTransaction(isNeeded: boolean, work: (database: DatabaseSync) => void): void {
    const database = this.#database;
    if (!isNeeded || database === undefined) return;
    this.#attempt(() => {
      database.exec('BEGIN IMMEDIATE');
      try {
        work(database);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  // A full disk, a file that somebody broke, a place where none can be made: then nothing is kept any more.
  #attempt<Result>(work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      const isBusy = (error as { errcode?: number }).errcode === 5;
      if (isBusy) return undefined;
      const broken = this.#database;
      this.#database = undefined;
      this.#findSnapshot = undefined;
      this.#findTree = undefined;
      try {
        broken?.close();
        removeCacheFile(this.#path);
      } catch {
        // Nothing more can be done for it.
      }
      return undefined;
    }
  }
}

const bytesOf = (id: string): Buffer => Buffer.from(id, 'hex');

function bufferOf(value: unknown): Buffer {
  if (!(value instanceof Uint8Array)) throw new Error('the cache holds something else than bytes');
  return Buffer.from(value.buffer, value.byteOffset, value.length);
}
