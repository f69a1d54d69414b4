import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees } from '../../../test/support/compare-trees.ts';
import { testRepository } from '../../../test/support/repository.ts';
import { restore } from './restore.ts';

test('all folders stand before the first file is read, and their trees come together, not one by one', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  const target = join(repository.folder, 'target');
  for (let number = 0; number < 300; number += 1) {
    const folder = join(source, `${number % 10}`, `${number}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'file'), `content of ${number}`);
    // Folders whose trees are one and the same.
    if (number % 3 === 0) mkdirSync(join(folder, 'empty'));
  }
  await repository.backup([source]);
  const [snapshot] = await repository.snapshots();
  assert.ok(snapshot !== undefined);
  await repository.open(async (indexed) => {
    let folders: number | undefined;
    let requests = 0;
    const { loadBlobs, loadSealed, readBlob } = indexed;
    t.mock.method(indexed, 'loadBlobs', (...args: Parameters<typeof loadBlobs>) => {
      requests += 1;
      return loadBlobs.apply(indexed, args);
    });
    t.mock.method(indexed, 'readBlob', (...args: Parameters<typeof readBlob>) => {
      requests += 1;
      return readBlob.apply(indexed, args);
    });
    t.mock.method(indexed, 'loadSealed', (...args: Parameters<typeof loadSealed>) => {
      const standing = readdirSync(target, { recursive: true, withFileTypes: true });
      folders ??= standing.filter((entry) => entry.isDirectory()).length;
      return loadSealed.apply(indexed, args);
    });
    const result = await restore(indexed, snapshot, target);
    assert.equal(result.outcome, 'succeeded');
    assert.equal(folders, result.folders);
    assert.ok(result.folders >= 410, `${result.folders}`);
    assert.ok(requests < 60, `${requests} requests for the trees of ${result.folders} folders`);
  });
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
});
