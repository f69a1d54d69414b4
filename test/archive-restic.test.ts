// restic is the judge: the same folders, backed up and restored by both, must be the same to the byte.
import assert from 'node:assert/strict';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findFolder } from '../src/engine/browse/entries.ts';
import type { BlobId } from '../src/engine/ids.ts';
import { makeHostileTree } from '../scripts/hostile-tree.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type TestRepository, testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

const holeBytes = 24 * 1024 * 1024;
const isRoot = process.getuid?.() === 0;

test('a tree of hostile names and special files comes back equal in everything, from our restore', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  await makeHostileTree(source, { holeBytes });
  const made = await repository.backup([source]);
  assert.equal(made.outcome, 'succeeded');
  const target = join(repository.folder, 'target');
  const restored = await repository.restore('latest', target, { verify: true });
  assert.equal(restored.outcome, 'succeeded');
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
  assert.ok(statSync(join(target, source, 'sparse')).blocks * 512 < 4 * 1024 * 1024, 'the hole is a hole again');
});

test(
  'stock restic checks our snapshot of it, restores it equal, and finds nothing changed',
  needs('restic'),
  async (t) => {
    const repository = await testRepository(t);
    const source = join(repository.folder, 'source');
    mkdirSync(source);
    await makeHostileTree(source, { holeBytes, forOldRestic: true });
    await repository.backup([source], { host: 'same' });
    await repository.restic('check', '--read-data');

    const target = join(repository.folder, 'target');
    await repository.restic('restore', 'latest', '--target', target);
    assert.deepEqual(await compareTrees(source, join(target, source)), []);

    const summary = await resticBackup(repository, ['--host', 'same', source]);
    assert.equal(summary.files_new + summary.files_changed, 0);
    assert.equal(summary.data_blobs, 0);
  },
);

test(
  'restic gives the same folder the same tree id, and ours on top of restic adds no blob',
  needs('restic'),
  async (t) => {
    const repository = await testRepository(t);
    const source = join(repository.folder, 'source');
    mkdirSync(source);
    await makeHostileTree(source, { holeBytes, forOldRestic: true });
    await resticBackup(repository, ['--host', 'same', source]);
    const [theirs] = await repository.snapshots();
    // --force reads everything again, so that equal ids mean equal chunks, not borrowed ones.
    const ours = await repository.backup([source], { host: 'same', force: true });
    assert.equal(await treeAt(repository, ours.tree, source), await treeAt(repository, theirs?.tree, source));
    assert.equal(ours.summary.data_blobs, 0);
    const next = await repository.backup([source], { host: 'same' });
    assert.equal(next.parentId, ours.snapshotId);
    assert.equal(await treeAt(repository, next.tree, source), await treeAt(repository, theirs?.tree, source));
    assert.equal(next.summary.files_unmodified, ours.summary.total_files_processed);
    assert.equal(next.summary.data_blobs, 0);

    const target = join(repository.folder, 'target');
    await repository.restore(theirs?.id ?? '', target);
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
    await repository.restic('check', '--read-data');
  },
);

test('/etc comes back equal from restic and from us, and both give it the same tree', {
  ...needs('restic'),
  ...(isRoot ? {} : { skip: 'only root reads all of /etc' }),
}, async (t) => {
  const repository = await testRepository(t);
  const made = await repository.backup(['/etc'], { host: 'same', workers: 2 });
  assert.equal(made.outcome, 'succeeded');
  await resticBackup(repository, ['--host', 'same', '--force', '/etc']);
  const [, theirs] = await repository.snapshots();
  assert.equal(theirs?.tree, made.tree);
  const target = join(repository.folder, 'ours');
  await repository.restore('latest', target);
  assert.deepEqual(await compareTrees('/etc', join(target, 'etc')), []);
  await repository.restic('restore', made.snapshotId ?? '', '--target', join(repository.folder, 'theirs'));
  assert.deepEqual(await compareTrees('/etc', join(repository.folder, 'theirs', 'etc')), []);
});

test(
  'several paths, a path below another one and relative paths stand where restic puts them',
  needs('restic'),
  async (t) => {
    const repository = await testRepository(t);
    const at = (...names: string[]): string => join(repository.folder, 'source', ...names);
    mkdirSync(at('a', 'b'), { recursive: true });
    mkdirSync(at('c'));
    for (const name of ['a/one', 'a/b/two', 'c/three']) writeFileSync(at(name), name);
    for (const paths of [
      [at('a', 'b'), at('c', 'three')],
      [at('a'), at('a', 'b')],
      [at('c'), at('a', 'one')],
    ]) {
      const ours = await repository.backup(paths, { host: 'same' });
      await resticBackup(repository, ['--host', 'same', '--force', ...paths]);
      const theirs = (await repository.snapshots()).at(-1);
      const { folder } = repository;
      assert.equal(
        await treeAt(repository, ours.tree, folder),
        await treeAt(repository, theirs?.tree, folder),
        paths.join(' '),
      );
      assert.deepEqual(ours.snapshot.paths.toSorted(), theirs?.paths.toSorted());
    }
  },
);

// The temporary folder itself changes while other tests run, so trees are compared below it.
function treeAt(repository: TestRepository, tree: BlobId | undefined, path: string): Promise<BlobId> {
  return repository.open((indexed) => findFolder(indexed, { tree: tree ?? assert.fail('no snapshot') }, path));
}

interface ResticSummary {
  files_new: number;
  files_changed: number;
  data_blobs: number;
}

async function resticBackup(
  repository: { restic(...args: string[]): Promise<string> },
  args: string[],
): Promise<ResticSummary> {
  const lines = (await repository.restic('backup', '--json', ...args)).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as ResticSummary;
}
