import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileNode } from '../../../test/support/repositories.ts';
import { encodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId, PackId } from '../ids.ts';
import type { ParentFolder, ParentReader } from './parent-trees.ts';
import { ParentTrees } from './parent-trees.ts';

const packId = 'p'.repeat(64) as PackId;
const idOf = (number: number): BlobId => number.toString(16).padStart(64, '0') as BlobId;

function nodeOf(name: string, more: Partial<TreeNode> = {}): TreeNode {
  return { ...fileNode(name, [], 0), ...more };
}

/** A parent of these subfolders, the trees of all of them, and a reader that notes what it is asked for. */
function world(trees: Map<BlobId, Buffer>, subtrees: BlobId[]) {
  const requests: BlobId[][] = [];
  const reader: ParentReader = {
    hasBlob: (_type, id) => trees.has(id),
    loadBlob: async (_type, id) => {
      requests.push([id]);
      return trees.get(id) ?? Buffer.alloc(0);
    },
    locateBlob: (_type, id) => ({ packId, offset: 0, length: 1, uncompressedLength: trees.get(id)?.length ?? 0 }),
    async *loadBlobs(_pack, wanted) {
      requests.push(wanted.map(({ id }) => id));
      for (const { id } of wanted) yield { id, plaintext: trees.get(id) ?? Buffer.alloc(0) };
    },
  };
  const nodes = subtrees.map((subtree, index) =>
    nodeOf(String(index).padStart(5, '0'), { type: 'dir', content: null, subtree }),
  );
  const parent: ParentFolder = { id: idOf(0xffff), nodes, subtrees };
  return { parents: new ParentTrees(reader, {}), parent, requests };
}

function treeOf(entries: number, mark: number): Buffer {
  return encodeTree(Array.from({ length: entries }, (_, index) => nodeOf(`${mark} ${String(index).padStart(6, '0')}`)));
}

test('folders are fetched some at a time, never more of them than fit, and none is held after it was asked for', async () => {
  const trees = new Map(Array.from({ length: 100 }, (_, number) => [idOf(number), treeOf(2000, number)] as const));
  const { parents, parent, requests } = world(trees, [...trees.keys()]);
  parents.announce(parent);
  for (const [number, id] of [...trees.keys()].entries()) {
    const folder = await parents.load(id);
    const names = [...(folder?.nodes ?? [])].map(({ name }) => String(name));
    assert.equal(names.length, 2000);
    assert.equal(names[7], `${number} 000007`);
  }
  const size = trees.get(idOf(1))?.length ?? 0;
  assert.ok(requests.length > 1 && requests.length <= 40, `${requests.length} requests`);
  for (const wanted of requests) assert.ok((wanted.length - 1) * size < 4 * 1024 * 1024, `${wanted.length} at once`);
  assert.deepEqual(requests.flat(), [...trees.keys()], 'each was asked for once');
  await parents.load(idOf(3));
  assert.equal(requests.at(-1)?.[0], idOf(3), 'it had been let go');
});

test('equal folders are fetched once and held until the last of them was asked for', async () => {
  const trees = new Map([[idOf(1), treeOf(3, 1)]]);
  const { parents, parent, requests } = world(
    trees,
    Array.from({ length: 200 }, () => idOf(1)),
  );
  parents.announce(parent);
  for (let round = 0; round < 200; round += 1)
    assert.equal([...((await parents.load(idOf(1)))?.nodes ?? [])].length, 3);
  assert.equal(requests.length, 1);
});

test('what lies below small folders is fetched with them', async () => {
  const below = idOf(500);
  const trees = new Map<BlobId, Buffer>([[below, treeOf(2, 500)]]);
  for (let number = 1; number <= 40; number += 1)
    trees.set(idOf(number), encodeTree([nodeOf('below', { type: 'dir', content: null, subtree: below })]));
  const subtrees = Array.from({ length: 40 }, (_, index) => idOf(index + 1));
  const { parents, parent, requests } = world(trees, subtrees);
  parents.announce(parent);
  for (const id of subtrees) {
    const folder = await parents.load(id);
    assert.ok(folder !== undefined);
    parents.announce(folder);
    assert.equal([...((await parents.load(below))?.nodes ?? [])].length, 2);
    parents.forget(folder);
  }
  assert.ok(requests.length < 45, `${requests.length} requests`);
});
