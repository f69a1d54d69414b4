import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test } from 'node:test';
import { localTime } from '../format/node-time.ts';
import { type EncodedNode, encodeNode, encodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { SavedBlob } from '../repository/blob-store.ts';
import { bareNode } from './entry-node.ts';
import { GrowingTree, type TreeSink } from './growing-tree.ts';
import { ParentCursor, type ParentFolder } from './parent-trees.ts';

const time = localTime(1_700_000_000_000_000_000n);
// With some that are larger than a piece of text.
const nodes = Array.from(
  { length: 3000 },
  (_, n): TreeNode => ({
    ...bareNode(Buffer.from(`${String(n).padStart(5, '0')} ü "`), time),
    type: n % 7 === 0 ? 'dir' : 'file',
    mode: 0o644,
    content: n === 1500 ? Array.from({ length: 20_000 }, () => 'a'.repeat(64) as BlobId) : null,
    ...(n % 7 === 0 && { subtree: hash('sha256', String(n)) as BlobId }),
  }),
);

interface Stored {
  sink: TreeSink;
  texts: Buffer[];
}

function sink(streams: boolean): Stored {
  const texts: Buffer[] = [];
  const keep = (text: Buffer): SavedBlob => {
    texts.push(text);
    return { id: hash('sha256', text) as BlobId, isNew: true, storedBytes: 1 };
  };
  return {
    texts,
    sink: {
      saveBlob: async (_type, text) => keep(Buffer.from(text)),
      async streamBlob() {
        const pieces: Buffer[] = [];
        return streams
          ? {
              write: (piece) => void pieces.push(Buffer.from(piece)),
              finish: async () => keep(Buffer.concat(pieces)),
              discard: () => {},
            }
          : undefined;
      },
    },
  };
}

const parent: ParentFolder = {
  id: 'b'.repeat(64) as BlobId,
  nodes: { [Symbol.iterator]: () => nodes[Symbol.iterator]() },
  subtrees: [],
};

/** Grows a tree of these, each asked for as a walk does, a few at a time. Gives what was stored, if anything. */
async function grown(entries: (TreeNode | EncodedNode)[], folder?: ParentFolder, streams = true) {
  const { sink: to, texts } = sink(streams);
  const cursor = new ParentCursor(folder, true);
  const tree = new GrowingTree(to, cursor, {});
  for (let at = 0; at < entries.length; at += 700) {
    const some = entries.slice(at, at + 700);
    for (const node of some) if ('name' in node) for (let time = 0; time < 2; time += 1) cursor.find(node.name);
    await tree.add(some);
  }
  const { id, saved } = await tree.finish();
  assert.ok(texts.length <= 1);
  assert.equal(tree.count, entries.length);
  if (saved !== undefined) assert.deepEqual([saved.bytes, id], [texts[0]?.length, hash('sha256', texts[0] ?? '')]);
  return { id, text: texts[0], subtrees: tree.subtrees };
}

suite('a tree that grows', () => {
  test('is in the very bytes of one that is encoded at once, however it is stored', async () => {
    const text = Buffer.from(nodes.map((node) => `${encodeNode(node)},`).join(''));
    let at = 0;
    const encoded = nodes.map((node): TreeNode | EncodedNode => {
      const from = at;
      at += Buffer.byteLength(encodeNode(node)) + 1;
      return node.subtree === undefined && node.name.length % 2 === 0 ? { encoded: text, from, to: at } : node;
    });
    for (const streams of [true, false]) {
      for (const list of [nodes, encoded, nodes.slice(0, 1), []]) {
        const { text: stored, subtrees } = await grown(list, undefined, streams);
        assert.ok(stored?.equals(encodeTree(list)));
        const folders = list.flatMap((node) => ('subtree' in node && node.subtree !== undefined ? [node.subtree] : []));
        assert.deepEqual(subtrees, folders);
      }
    }
  });

  test("is the parent's, and nothing is written, when all entries are the parent's and none is missing", async () => {
    assert.deepEqual(await grown(nodes, parent).then(({ id, text }) => [id, text]), [parent.id, undefined]);
    for (const without of [0, 1, 699, 700, 2999]) {
      const list = nodes.filter((_, at) => at !== without);
      assert.ok((await grown(list, parent)).text?.equals(encodeTree(list)), `without ${without}`);
    }
  });

  test('is whole when an entry differs, wherever it stands', async () => {
    for (const at of [0, 1, 699, 700, 1500, 2999]) {
      const changed = nodes.with(at, { ...(nodes[at] as TreeNode), uid: 77 });
      assert.ok((await grown(changed, parent)).text?.equals(encodeTree(changed)), `changed ${at}`);
      const name = Buffer.concat([nodes[at]?.name ?? Buffer.alloc(0), Buffer.from('a')]);
      const more = nodes.toSpliced(at + 1, 0, { ...bareNode(name, time), type: 'file', mode: 0o644 });
      assert.ok((await grown(more, parent)).text?.equals(encodeTree(more)), `more behind ${at}`);
    }
  });
});
