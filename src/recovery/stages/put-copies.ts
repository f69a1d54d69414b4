// Puts files that were copied consistently back to their places, and proves those that are SQLite databases.
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../base/failure.ts';
import type { CopyFacts } from '../../sources/trees/recovery-facts.ts';
import type { TargetRoot } from '../root.ts';
import type { ReadDump } from './fill-postgresql.ts';

/** How the files end that SQLite keeps beside a database. */
export const journalEnds = ['-wal', '-shm', '-journal'];

/** Puts one back; what was there is replaced at once or not at all. @throws Failure `recovery.copy-damaged` */
export async function putCopy(root: TargetRoot, copy: CopyFacts, read: ReadDump): Promise<void> {
  const path = root.real(copy.path);
  const fresh = `${path}.orbit-recover`;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(fresh, { force: true });
  const file = openSync(fresh, 'wx', 0o600);
  let isDatabase: boolean | undefined;
  try {
    for await (const piece of read(copy.file)) {
      isDatabase ??= Buffer.from(piece.subarray(0, 15)).toString('latin1') === 'SQLite format 3';
      for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (isDatabase === true) prove(fresh, copy.path);
  if (process.getuid?.() === 0) chownSync(fresh, copy.uid, copy.gid);
  chmodSync(fresh, copy.mode);
  // A journal of the old file would be played into the new one.
  for (const end of journalEnds) rmSync(path + end, { force: true });
  renameSync(fresh, path);
}

function prove(path: string, shown: string): void {
  const database = new DatabaseSync(path);
  try {
    const result = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (result === 'ok') return;
    throw new Failure('recovery.copy-damaged', {
      message: `the copy of ${shown} is no whole SQLite database: ${String(result)}`,
      hint: 'It is left aside as NAME.orbit-recover. An earlier snapshot may hold it whole: --snapshot.',
    });
  } finally {
    database.close();
    for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
  }
}
