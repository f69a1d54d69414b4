import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { fileNode, newRepository } from '../../../test/support/repositories.ts';
import { resticFor } from '../../../test/support/restic.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { packKey } from '../format/layout.ts';
import { encodeTree } from '../format/tree.ts';
import type { BlobId, BlobType } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { check } from './check.ts';
import { copySnapshots, type CopyOptions } from './copy.ts';

const MiB = 1024 * 1024;
const inThreads: CopyOptions = { resealing: { threads: 2, afterBytes: 0 } };

// Blobs of all sorts in several packs: some that zstd shrinks, some that it does not, one above the memory that packs are read into.
async function story(context: TestContext, version: 1 | 2 = 2) {
  const backend = memoryBackend();
  const source = await newRepository(context, { backend, version });
  const target = await newRepository(context);
  const indexed = await source.loadIndex();
  const parts = [
    ...Array.from({ length: 40 }, (_, at) => randomBytesOf(at, at * 30_000 + 1)),
    ...Array.from({ length: 40 }, (_, at) => Buffer.from(`${at} and again `.repeat(at * 500 + 1))),
    randomBytesOf('large', 9 * MiB),
  ];
  const content: BlobId[] = [];
  for (const part of parts) content.push((await indexed.saveBlob('data', part)).id);
  const tree = (await indexed.saveBlob('tree', encodeTree([fileNode('file', content, 1)]))).id;
  await indexed.flush();
  await source.saveSnapshot({ time: '2026-01-01T00:00:00Z', tree, paths: ['/'], hostname: 'h' });
  const placeOf = (id: BlobId) => {
    const place = indexed.locateBlob('data', id);
    assert.ok(place !== undefined);
    return place;
  };
  return { backend, source, target, content, tree, placeOf };
}

const copy = async (source: Repository, target: Repository, options: CopyOptions = inThreads) =>
  copySnapshots(source, target, await source.listSnapshots(), options);

for (const version of [1, 2] as const)
  test(`threads bring every byte from version ${version}, and leave the source as it is`, async (context) => {
    const { backend, source, target, content, tree } = await story(context, version);
    const before = new Map([...backend.objects].map(([key, bytes]) => [key, Buffer.from(bytes)]));
    const result = await copy(source, target);
    assert.deepEqual([result.copied.length, result.blobs, result.incomplete], [1, content.length + 1, []]);
    assert.deepEqual(backend.objects, before);
    const [from, to] = [await source.loadIndex(), await target.loadIndex()];
    const blobs: [BlobType, BlobId][] = [['tree', tree], ...content.map((id): [BlobType, BlobId] => ['data', id])];
    for (const [type, id] of blobs) assert.deepEqual(await to.loadBlob(type, id), await from.loadBlob(type, id));
    assert.deepEqual((await check(target, { readData: true })).problems, []);
  });

test('threads bring the same as none', async (context) => {
  const { source, target, content } = await story(context);
  const alone = await newRepository(context);
  const [threads, none] = [await copy(source, target), await copy(source, alone, { resealing: { threads: 1 } })];
  assert.deepEqual([threads.blobs, threads.bytes], [none.blobs, none.bytes]);
  const indexes = [await target.loadIndex(), await alone.loadIndex()];
  for (const id of content) {
    const [one, other] = indexes.map((indexed) => indexed.locateBlob('data', id));
    assert.deepEqual(
      [one?.length, one?.uncompressedLength],
      [other?.length, other?.uncompressedLength],
      'compressed once, not anew',
    );
  }
});

test('a damaged blob takes nothing along but its snapshot, and is named', async (context) => {
  const { backend, source, target, content, placeOf } = await story(context);
  const hit = content[20];
  assert.ok(hit !== undefined);
  const { packId, offset } = placeOf(hit);
  const pack = backend.objects.get(packKey(packId));
  assert.ok(pack !== undefined);
  pack[offset + 40] = (pack[offset + 40] ?? 0) ^ 1;
  const result = await copy(source, target);
  assert.deepEqual([result.copied.length, result.blobs], [0, content.length]);
  assert.equal(result.incomplete[0]?.failure.code, 'copy.incomplete');
  const to = await target.loadIndex();
  assert.deepEqual(
    content.filter((id) => !to.hasBlob('data', id)),
    [hit],
  );
});

test('a pack that is cut short gives what is left of it', async (context) => {
  const { backend, source, target, content, placeOf } = await story(context);
  const hit = content[20];
  assert.ok(hit !== undefined);
  const { packId, offset } = placeOf(hit);
  const key = packKey(packId);
  backend.objects.set(key, Buffer.from(backend.objects.get(key)?.subarray(0, offset + 50) ?? []));
  await copy(source, target);
  const to = await target.loadIndex();
  for (const id of content) {
    const place = placeOf(id);
    assert.equal(to.hasBlob('data', id), place.packId !== packId || place.offset < offset);
  }
});

test('a copy that is cancelled midway ends with its threads', async (context) => {
  const { source, target } = await story(context);
  const cancelling = new AbortController();
  const cancelled = copy(source, target, {
    ...inThreads,
    signal: cancelling.signal,
    report: ({ type }) => type === 'pack-carried' && cancelling.abort(),
  });
  await assert.rejects(cancelled, { name: 'AbortError' });
  assert.deepEqual(await target.listSnapshots(), []);
});

test('a thread that dies ends the copy with a failure; nothing is announced, and the next copy completes it', async (context) => {
  const { backend, source } = await story(context);
  const folder = await temporaryFolder(context);
  const place = join(folder, 'target');
  await mkdir(place);
  const target = await newRepository(context, { backend: await openFolderBackend(place) });
  const threads: Worker[] = [];
  const meet = (worker: Worker): unknown => threads.push(worker);
  process.on('worker', meet);
  context.after(() => process.off('worker', meet));
  const { load } = backend;
  let loads = 0;
  backend.load = async (key, range, options) => {
    loads += key.startsWith('data/') ? 1 : 0;
    const bytes = await load(key, range, options);
    // They die with something stored and something in their hands.
    if (loads > 2) await Promise.all(threads.map((thread) => thread.terminate()));
    return bytes;
  };
  await assert.rejects(copy(source, target), failure('copy.worker-crashed', /Run it again/));
  assert.equal(threads.length, 2);
  backend.load = load;
  assert.deepEqual(await target.listSnapshots(), []);
  const restic = await resticFor(place, folder);
  await restic.ok('check', '--read-data');
  assert.equal((await copy(source, target)).copied.length, 1);
  await restic.ok('check', '--read-data');
  assert.match(await restic.ok('snapshots'), /1 snapshots/);
});
