// A consistent copy of an SQLite database while programs write to it: its pages inside one read transaction, no temporary file.
import { lstatSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../base/failure.ts';
import type { MadeFile } from '../../../engine/backup/source-plan.ts';
import { literalPattern } from '../../../engine/path-patterns.ts';
import { dumpName } from '../dump-name.ts';
import { type CopyFacts, orbitFolder } from '../recovery-facts.ts';

// The copy is made in memory, page by page, inside SQLite.
const copyBytesMax = 1024 * 1024 * 1024;

/** What copies of SQLite databases add to a snapshot. */
export interface SqliteCopies {
  files: MadeFile[];
  copies: CopyFacts[];
  /** The databases themselves, with what SQLite keeps beside them. */
  excludes: string[];
}

/** Plans a copy of each database below `/orbit/<name>/`. @throws Failure `profiles.no-file`, `profiles.sqlite-too-large` */
export function sqliteCopies(name: string, paths: readonly string[]): SqliteCopies {
  const planned = paths.map((path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) throw noFile(path);
    if (stat.size > copyBytesMax) throw tooLarge(path);
    const file = `${orbitFolder}/${name}/${dumpName(path.replace(/^\/+/, ''))}`;
    const { uid, gid, mode } = stat;
    return { path, file, facts: { file, path, uid, gid, mode: mode & 0o7777 } };
  });
  return {
    files: planned.map(({ path, file }) => ({ path: file, shownAs: orbitFolder, open: () => copyOf(path) })),
    copies: planned.map(({ facts }) => facts),
    excludes: planned.flatMap(({ path }) => ['', '-wal', '-shm', '-journal'].map((end) => literalPattern(path + end))),
  };
}

async function* copyOf(path: string): AsyncGenerator<Uint8Array> {
  let pages: Uint8Array;
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 30_000 });
    try {
      pages = database.serialize();
    } finally {
      database.close();
    }
  } catch (error) {
    throw new Failure('profiles.sqlite-unreadable', {
      message: `the SQLite database ${path} cannot be copied: ${error instanceof Error ? error.message : String(error)}`,
      hint: 'Check that it is an SQLite database and that this account may read it. No snapshot was made.',
      cause: error,
    });
  }
  yield pages;
}

function noFile(path: string): Failure {
  return new Failure('profiles.no-file', {
    message: `${path} is no file`,
    hint: 'Change the profile: orbit profile add replaces one of the same name.',
  });
}

function tooLarge(path: string): Failure {
  return new Failure('profiles.sqlite-too-large', {
    message: `${path} is larger than ${copyBytesMax / 1024 ** 3} GiB, too large to be copied in memory`,
    hint: 'Keep it as SQL instead: orbit job output add /databases/NAME.sql sqlite3 -readonly PATH .dump',
  });
}
