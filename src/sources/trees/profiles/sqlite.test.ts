import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { preparedProfile } from '../../../../test/support/prepared-profile.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { bytesOf } from '../../../../test/support/virtual-files.ts';
import { sqlite } from './sqlite.ts';

test('a database is copied as it is committed, while its writer has half a transaction open', async (context) => {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'db.sqlite3');
  const writer = new DatabaseSync(path);
  writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('committed')");
  writer.exec("BEGIN; INSERT INTO t VALUES ('not yet')");
  const prepared = await preparedProfile(sqlite, { files: [path] });
  assert.deepEqual(prepared.excludes, [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]);
  const [file] = prepared.files;
  assert.ok(file !== undefined);
  const copy = join(folder, 'copy');
  writeFileSync(copy, await bytesOf(file));
  writer.close();
  const read = new DatabaseSync(copy, { readOnly: true });
  assert.deepEqual(
    read
      .prepare('SELECT a FROM t')
      .all()
      .map((row) => row['a']),
    ['committed'],
  );
  read.close();
});

test('what is no database refuses the snapshot by name', async (context) => {
  const path = join(await temporaryFolder(context), 'text');
  writeFileSync(path, 'this is no database, however long it may be. '.repeat(100));
  const [file] = (await preparedProfile(sqlite, { files: [path] })).files;
  assert.ok(file !== undefined);
  await assert.rejects(bytesOf(file), failure('profiles.sqlite-unreadable', /text/));
  await assert.rejects(preparedProfile(sqlite, { files: [`${path}-gone`] }), failure('profiles.no-file'));
});
