import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { BlobId } from '../ids.ts';
import { BlobIndex } from './blob-index.ts';

const digest = (n: number): Buffer => createHash('sha256').update(String(n)).digest();

test('finds 100,000 blobs again, by type, in at most 64 bytes each', () => {
  const index = new BlobIndex();
  const count = 100_000;
  for (let n = 0; n < count; n += 1) {
    const type = n % 3 === 0 ? 'tree' : 'data';
    index.put(type, digest(n), { packNumber: n % 1000, offset: n, length: n + 1, uncompressedLength: 2 ** 32 - 1 - n });
  }
  assert.equal(index.count, count);
  assert.ok(index.bytes / count <= 64, `${index.bytes / count} bytes a blob`);
  for (let n = 0; n < count; n += 7) {
    const id = digest(n).toString('hex') as BlobId;
    const type = n % 3 === 0 ? 'tree' : 'data';
    const place = { packNumber: n % 1000, offset: n, length: n + 1, uncompressedLength: 2 ** 32 - 1 - n };
    assert.deepEqual(index.find(type, id), place);
    assert.equal(index.has(type === 'tree' ? 'data' : 'tree', id), false);
  }
  assert.equal(index.find('data', digest(-1)), undefined);
});

test('a blob is claimed once, has no place until its pack is saved, and keeps the first place it gets', () => {
  const index = new BlobIndex();
  const place = { packNumber: 1, offset: 2, length: 3, uncompressedLength: 0 };
  assert.equal(index.claim('data', digest(1)), true);
  assert.equal(index.claim('data', digest(1)), false);
  assert.equal(index.claim('tree', digest(1)), true);
  assert.equal(index.has('data', digest(1)), true);
  assert.equal(index.find('data', digest(1)), undefined);
  index.put('data', digest(1), place);
  index.put('data', digest(1), { ...place, packNumber: 9 });
  assert.deepEqual(index.find('data', digest(1)), place);
});

test('threads that claim the same blobs at the same time get each of them once, while the memory grows', async () => {
  const index = new BlobIndex();
  const count = 40_000;
  const code = `
    import { createHash } from 'node:crypto';
    import { parentPort, workerData } from 'node:worker_threads';
    const { BlobIndex } = await import(workerData.module);
    const index = new BlobIndex(workerData.shared);
    let claimed = 0;
    for (let n = 0; n < ${count}; n += 1)
      if (index.claim('data', createHash('sha256').update(String(n)).digest())) claimed += 1;
    parentPort.postMessage(claimed);`;
  const module = new URL('./blob-index.ts', import.meta.url).href;
  const workers = Array.from({ length: 3 }, () => {
    const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    return new Worker(url, { workerData: { module, shared: index.shared } });
  });
  const claimed = await Promise.all(
    workers.map(async (worker) => ((await once(worker, 'message')) as number[])[0] ?? 0),
  );
  assert.equal(
    claimed.reduce((sum, each) => sum + each, 0),
    count,
  );
  assert.equal(index.count, count);
  for (let n = 0; n < count; n += 11) assert.equal(index.has('data', digest(n)), true);
});
