// Index files are fetched ahead where many are read: seen by how many are asked for at once.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { newRepository } from '../../../test/support/repositories.ts';
import type { Backend } from '../../backends/backend.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { decodeIndex } from '../format/index-file.ts';
import { fileKey, packKey } from '../format/layout.ts';
import type { IndexId, PackId } from '../ids.ts';
import { listFiles, loadSealedFile } from '../repository/sealed-files.ts';
import { carryBlobs } from './carry-blobs.ts';
import { confirmStored } from './confirm-stored.ts';
import { repairIndex } from './repair-index.ts';
import { repairPacks } from './repair-packs.ts';
import { rewriteIndex } from './rewrite-index.ts';

const filesOfStory = 8;

// Each index file names one pack, which has one blob.
async function story(context: TestContext) {
  const memory = memoryBackend();
  const asked = { now: 0, most: 0 };
  const backend: Backend = {
    ...memory,
    async load(key, range, options) {
      if (!key.startsWith('index/')) return await memory.load(key, range, options);
      asked.now += 1;
      asked.most = Math.max(asked.most, asked.now);
      await new Promise(setImmediate);
      asked.now -= 1;
      return await memory.load(key, range, options);
    },
  };
  const repository = await newRepository(context, { backend });
  const indexed = await repository.loadIndex();
  for (let at = 0; at < filesOfStory; at += 1) {
    await indexed.saveBlob('data', randomBytesOf(String(at), 500));
    await indexed.flush();
  }
  const files = (await listFiles<IndexId>(backend, 'index')).map(({ id }) => id);
  assert.equal(files.length, filesOfStory);
  const packsOf = async (id: IndexId): Promise<PackId[]> =>
    decodeIndex(fileKey('index', id), await loadSealedFile(repository, 'index', id)).map((pack) => pack.id);
  return { repository, indexed, memory, files, packsOf, asked };
}

test('an index is rewritten from files that are fetched ahead, and holds all packs that stay', async (context) => {
  const { repository, files, packsOf, memory, asked } = await story(context);
  const packs = (await Promise.all(files.map(packsOf))).flat();
  asked.most = 0;
  const left = [...(await rewriteIndex(repository, { files, drop: new Set(packs.slice(0, 1)) }))];
  assert.ok(asked.most > 1, String(asked.most));
  assert.deepEqual((await Promise.all(left.map(packsOf))).flat().sort(), packs.slice(1).sort());
  assert.deepEqual(
    [...memory.objects.keys()].filter((key) => key.startsWith('index/')).sort(),
    left.map((id) => fileKey('index', id)).sort(),
  );
});

test('repairs read the index ahead; a file of it that is damaged is named, and takes no other along', async (context) => {
  const { repository, files, packsOf, memory, asked } = await story(context);
  const packs = (await Promise.all(files.map(packsOf))).flat();
  const [damaged] = files;
  assert.ok(damaged !== undefined);
  asked.most = 0;
  const kept: string[] = [];
  const keep = async (pack: PackId): Promise<void> => void kept.push(pack);
  const { whole } = await repairPacks(repository, packs, { dryRun: true, keep });
  assert.deepEqual([whole.length, kept.length, asked.most > 1], [filesOfStory, 0, true]);
  const bytes = memory.objects.get(fileKey('index', damaged));
  bytes?.set([(bytes[50] ?? 0) ^ 1], 50);
  asked.most = 0;
  await repairIndex(repository, { dryRun: true });
  assert.ok(asked.most > 1, String(asked.most));
  const result = await repairIndex(repository);
  assert.deepEqual([result.unreadableFiles, result.added.length, result.missing], [[damaged], 1, []]);
  assert.equal((await repairIndex(repository, { readAll: true })).isChanged, false);
});

test('what was written is looked for in index files that are fetched ahead', async (context) => {
  const { indexed, files, asked } = await story(context);
  asked.most = 0;
  assert.deepEqual([...(await confirmStored(new Set(), indexed, {}))].sort(), files);
  assert.ok(asked.most > 1, String(asked.most));
  // Those that were there before are not looked into: the first one's pack is not found in what was added.
  await assert.rejects(confirmStored(new Set(files.slice(0, 1)), indexed, {}), failure('prune.not-stored'));
});

test('a pack that is there in part only was not stored', async (context) => {
  const { indexed, files, packsOf, memory } = await story(context);
  const [first] = await packsOf(files[0] ?? assert.fail());
  const key = packKey(first ?? assert.fail());
  memory.objects.set(key, memory.objects.get(key)?.subarray(0, -1) ?? assert.fail());
  await assert.rejects(confirmStored(new Set(), indexed, {}), failure('prune.not-stored', new RegExp(String(first))));
});

test('an index file that is gone stops the rewriting before anything was removed', async (context) => {
  const { repository, files, memory } = await story(context);
  const [gone, ...others] = files.map((id) => fileKey('index', id));
  memory.objects.delete(gone ?? '');
  await assert.rejects(rewriteIndex(repository, { files, drop: new Set() }), failure('backend.not-found'));
  for (const key of others) assert.ok(memory.objects.has(key));
});

test('blobs are carried by index files that are fetched ahead, in their order', async (context) => {
  const { indexed, files, packsOf, asked } = await story(context);
  const packs = (await Promise.all(files.map(packsOf))).flat();
  asked.most = 0;
  const wanted = new Uint8Array(indexed.index.count).fill(1);
  const carried: PackId[] = [];
  const store = async (): Promise<void> => {};
  await carryBlobs(indexed, { indexFiles: files, wanted, store }, { report: ({ pack }) => carried.push(pack) });
  assert.ok(asked.most > 1, String(asked.most));
  assert.deepEqual(carried, packs);
  assert.ok(!wanted.includes(1));
});
