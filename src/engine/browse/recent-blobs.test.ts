import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobId } from '../ids.ts';
import { RecentBlobs } from './recent-blobs.ts';

const idOf = (name: string): BlobId => name as BlobId;

function recentOf(bytesMax: number): { recent: RecentBlobs; asked: string[] } {
  const asked: string[] = [];
  const reader = {
    blobSize: () => 10,
    async loadBlob(type: string, id: BlobId) {
      asked.push(`${type} ${id}`);
      return Buffer.alloc(10, `${type}${id}`);
    },
  };
  return { recent: new RecentBlobs(reader, bytesMax), asked };
}

test('a blob that was read is not read again while there is room for it; the one longest unasked goes first', async () => {
  const { recent, asked } = recentOf(30);
  for (const name of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) {
    const bytes = await recent.loadBlob('data', idOf(name));
    assert.equal(bytes.toString(), Buffer.alloc(10, `data${name}`).toString());
  }
  // `d` took the place of `b`, which was asked for before `c` and `a`; then `b` that of `c`.
  assert.deepEqual(asked, ['data a', 'data b', 'data c', 'data d', 'data b']);
  await recent.loadBlob('tree', idOf('a'));
  assert.equal(asked.at(-1), 'tree a', 'a tree is no data of that name');
});

test('what is larger than the room is given and not kept, and two who ask at once get the same', async () => {
  const { recent, asked } = recentOf(9);
  await recent.loadBlob('data', idOf('a'));
  await recent.loadBlob('data', idOf('a'));
  assert.equal(asked.length, 2);
  const wide = recentOf(10);
  await Promise.all([wide.recent.loadBlob('data', idOf('a')), wide.recent.loadBlob('data', idOf('a'))]);
  await wide.recent.loadBlob('data', idOf('a'));
  assert.equal(wide.asked.length, 2, 'counted once, or the room would seem full');
});

test('a failure is not kept', async () => {
  let times = 0;
  const reader = {
    blobSize: () => undefined,
    async loadBlob() {
      times += 1;
      if (times === 1) throw new Error('gone');
      return Buffer.from('there');
    },
  };
  const recent = new RecentBlobs(reader, 100);
  await assert.rejects(recent.loadBlob('data', idOf('a')), /gone/);
  assert.equal((await recent.loadBlob('data', idOf('a'))).toString(), 'there');
});
