import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { newRepository } from '../../../test/support/repositories.ts';
import type { Backend } from '../../backends/backend.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { encodePackHeader } from '../format/pack-header.ts';
import type { BlobId } from '../ids.ts';
import { BlobIndex } from './blob-index.ts';
import { IndexedRepository } from './indexed-repository.ts';
import { PackNames } from './pack-names.ts';
import { PackSaver } from './pack-saver.ts';

test('what a killed run stored is found again: an index follows soon at first, and every ten minutes at the latest', async (context) => {
  const backend = memoryBackend();
  const saver = new PackSaver(await newRepository(context, { backend }), new BlobIndex(), new PackNames());
  let seconds = 0;
  mock.method(performance, 'now', () => seconds * 1000);
  context.after(() => mock.restoreAll());
  const at: number[] = [];
  for (; seconds < 3600; seconds += 5) {
    const id = seconds.toString(16).padStart(64, '0') as BlobId;
    const blob = { type: 'data' as const, id, offset: 0, length: 100, uncompressedLength: 0 };
    const before = saver.indexIds.length;
    await saver.savePack(Buffer.from(`pack ${seconds}`), encodePackHeader([blob]));
    await Promise.resolve();
    if (saver.indexIds.length > before) at.push(seconds);
  }
  assert.equal(at[0], 15);
  const pauses = at.map((second, number) => second - (at[number - 1] ?? 0));
  assert.ok(
    pauses.every((pause, number) => pause >= (pauses[number - 1] ?? 0) || pause >= 600),
    pauses.join(),
  );
  assert.ok(Math.max(...pauses) <= 610 && at.length < 14, pauses.join());
});

test('after a failure no index follows, and closing waits for packs that are still on their way', async (context) => {
  const inner = memoryBackend();
  let arrive = (): void => {};
  const arriving = new Promise<void>((resolve) => (arrive = resolve));
  const saved: string[] = [];
  const backend: Backend = {
    ...inner,
    async save(key, bytes, options) {
      if (key.startsWith('data/') && bytes.toString() === 'slow') await arriving;
      if (key.startsWith('data/') && bytes.toString() === 'fails') throw new Error('the place said no');
      await inner.save(key, bytes, options);
      saved.push(key.split('/')[0] ?? '');
    },
  };
  const indexed = IndexedRepository.empty(await newRepository(context, { backend }));
  saved.length = 0;
  let seconds = 0;
  mock.method(performance, 'now', () => seconds * 1000);
  context.after(() => mock.restoreAll());
  const header = encodePackHeader([
    { type: 'data', id: '1'.padStart(64, '0') as BlobId, offset: 0, length: 100, uncompressedLength: 0 },
  ]);
  await indexed.packSaver.savePack(Buffer.from('first'), header);
  const slow = indexed.packSaver.savePack(Buffer.from('slow'), header);
  slow.catch(() => {});
  await assert.rejects(indexed.packSaver.savePack(Buffer.from('fails'), header), /said no/);
  // An index would be due by now.
  seconds = 3600;
  let isClosed = false;
  const closing = indexed.close().then(() => (isClosed = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isClosed, false);
  arrive();
  await closing;
  await assert.rejects(slow, /said no/);
  assert.deepEqual(saved, ['data', 'data']);
});
