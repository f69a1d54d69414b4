import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import type { SnapshotFolders } from '../../engine/browse/snapshot-folders.ts';
import { openStore } from '../../store/store.ts';
import type { SeenFile } from './keep-recording.ts';
import { recognise, whereRecordingsWere } from './recognise.ts';

// Recordings of one size are many: a query that visits all of them for each new one takes a million times a million steps.
test('a file is looked up by what few recordings share, never by going through all of them or all of its size', async (t) => {
  const store = openStore(await temporaryFolder(t));
  t.after(() => store.close());
  const asked = new Set<string>();
  const { prepared } = store;
  t.mock.method(store, 'prepared', (sql: string) => {
    asked.add(sql);
    return prepared.call(store, sql);
  });
  const seen: SeenFile = {
    host: 'here',
    path: '/recordings/a',
    rawPath: '/recordings/a',
    size: 1000,
    modifiedNs: 0n,
    inode: 7n,
    firstSeenAt: new Date(0),
    content: 'digest',
  };
  const folders: Pick<SnapshotFolders, 'entry'> = { entry: () => Promise.resolve(undefined) };
  assert.deepEqual(await recognise(store, folders as SnapshotFolders, 'nas', seen, new Set()), { mayBeChange: false });
  assert.equal(typeof whereRecordingsWere(store), 'function');
  assert.ok(asked.size >= 4, `${asked.size}`);
  for (const sql of asked) {
    const plan = store.database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row['detail']));
    assert.ok(
      plan.every((step) => !/\bSCAN\b|recording_sizes/.test(step)),
      `${sql}\n${plan.join('\n')}`,
    );
  }
});
