import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRepository } from '../../../test/support/repository.ts';
import { findEntry } from '../browse/entries.ts';
import { decodeTree, encodeTree } from '../format/tree.ts';
import type { BackupResult } from './backup.ts';

// So many, with names so long, that the parent's text is more than is held in memory.
const count = 9000;

test('a folder of very many entries: the tree is the same with and without a parent, whatever changed, and restic reads it', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'subfolder'), { recursive: true });
  const pathOf = (n: number): string => join(source, `${String(n).padStart(6, '0')} ${'x'.repeat(240)}`);
  for (let n = 0; n < count; n += 1) writeFileSync(pathOf(n), n % 3000 === 0 ? `content ${n}` : '');
  writeFileSync(join(source, 'subfolder', 'one'), 'one');

  const treeOf = async ({ snapshot }: BackupResult): Promise<{ id: string; names: number }> =>
    repository.open(async (indexed) => {
      const id = (await findEntry(indexed, snapshot, source))?.node.subtree ?? assert.fail('the source is missing');
      const nodes = decodeTree(await indexed.loadBlob('tree', id));
      assert.equal(hash('sha256', encodeTree(nodes)), id);
      return { id, names: nodes.length };
    });
  const changes: [string, () => void, number][] = [
    ['nothing', () => {}, count + 1],
    ['one is newer', () => utimesSync(pathOf(4500), 1, 1), count + 1],
    ['the first is gone', () => rmSync(pathOf(0)), count],
    ['one came in between, below it another', () => writeFileSync(`${pathOf(6000).slice(0, -1)}`, 'new'), count + 1],
    ['something in the subfolder', () => writeFileSync(join(source, 'subfolder', 'two'), 'two'), count + 1],
    ['the last is gone', () => rmSync(join(source, 'subfolder'), { recursive: true }), count],
  ];
  const first = await repository.backup([source], { workers: 2 });
  assert.equal(first.summary.files_new, count + 1);
  assert.equal((await treeOf(first)).names, count + 1);
  for (const [what, change, names] of changes) {
    change();
    const after = await repository.backup([source], { workers: 2 });
    const tree = await treeOf(after);
    const anew = await treeOf(await repository.backup([source], { force: true }));
    assert.equal(tree.id, anew.id, what);
    assert.equal(tree.names, names, what);
    assert.ok(after.summary.files_unmodified >= count - 2, what);
  }
  await repository.restic('check', '--read-data');
  const listed = await repository.restic('ls', 'latest');
  assert.equal(listed.split('\n').filter((line) => line.includes('xxxx')).length, count);
});
