import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { newRepository } from '../../../test/support/repositories.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import type { BlobType, PackId } from '../ids.ts';
import { check } from '../maintain/check.ts';
import { copySnapshots } from '../maintain/copy.ts';
import { readPackHeader } from '../maintain/read-pack-header.ts';
import type { Repository } from '../repository/repository.ts';
import { backupInto } from './backup-into.ts';
import { backupIntoSeveral, type FedEnd } from './backup-into-several.ts';
import { FedResealer } from './fed-resealer.ts';

const MiB = 1024 * 1024;
const [atOnce, never] = [0, Number.POSITIVE_INFINITY];

/** A repository that keeps each memory it was given a pack in. */
async function watched(context: TestContext) {
  const backend = memoryBackend();
  const memories = new Set<ArrayBufferLike>();
  const hooks = { onPack: async (): Promise<void> => {} };
  const { save } = backend;
  backend.save = async (key, bytes, options) => {
    if (key.startsWith('data/')) {
      memories.add(bytes.buffer);
      await hooks.onPack();
    }
    await save(key, bytes, options);
  };
  return { repository: await newRepository(context, { backend }), backend, memories, hooks };
}

/** A folder of these files, of so many bytes each. What begins with `text` can be compressed. */
async function sourceOf(context: TestContext, files: Record<string, number>): Promise<string> {
  const source = await temporaryFolder(context);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(source, name, '..'), { recursive: true });
    const content = name.startsWith('text') ? Buffer.alloc(bytes, `${name} again and `) : randomBytesOf(name, bytes);
    writeFileSync(join(source, name), content);
  }
  return source;
}

async function feed(one: Repository, two: Repository, source: string, threadAfterBytes: number, packsAhead = 4) {
  const ends = new Map<string, FedEnd>();
  const places = [
    { name: 'one', repository: one, snapshots: [] },
    { name: 'two', repository: two, snapshots: [] },
  ];
  const patience = { leastMs: 600_000, share: 1 };
  const how = { host: 'test', workers: 0, patience, threadAfterBytes, packsAhead };
  await backupIntoSeveral(places, [source], { ...how, onEnd: (end) => ends.set(end.name, end) });
  return ends;
}

async function isSound(repository: Repository): Promise<void> {
  const { problems } = await check(repository, { readData: true });
  assert.deepEqual(
    problems.filter(({ severity }) => severity !== 'hint'),
    [],
  );
}

/** Of each pack what its header says, without its name. */
async function layout(repository: Repository): Promise<string[]> {
  const packs: string[] = [];
  for await (const { key, size } of repository.backend.list('data/')) {
    const { blobs } = await readPackHeader(repository, key.split('/').at(-1) as PackId, size);
    packs.push(JSON.stringify(blobs));
  }
  return packs.sort();
}

/** How each blob is stored, wherever it lies. */
async function blobs(repository: Repository): Promise<string[]> {
  const indexed = await repository.loadIndex();
  const found: string[] = [];
  for (const pack of await layout(repository)) {
    for (const { type, id, length, uncompressedLength } of JSON.parse(pack)) {
      found.push(`${type} ${id} ${length} ${uncompressedLength}`);
      assert.ok(indexed.hasBlob(type as BlobType, id));
    }
  }
  await indexed.close();
  return found.sort();
}

test('a thread makes the very packs of the other repository, under another key; without it the same blobs arrive', async (context) => {
  const source = await sourceOf(context, { 'deep/a': 20 * MiB, b: 9 * MiB, empty: 0, text: 3 * MiB, 'text/../c': 100 });
  const [one, two] = [await watched(context), await watched(context)];
  const ends = await feed(one.repository, two.repository, source, atOnce);
  assert.deepEqual([ends.get('one')?.state, ends.get('two')?.state], ['made', 'made']);
  assert.deepEqual(await layout(two.repository), await layout(one.repository));
  assert.equal([...one.backend.objects.keys()].filter((key) => two.backend.objects.has(key)).join(), 'config');
  await isSound(two.repository);
  const [three, four] = [await newRepository(context), await newRepository(context)];
  await feed(three, four, source, never);
  assert.deepEqual(await blobs(four), await blobs(three));
  await isSound(four);
});

test('of a pack that is there in part a thread seals only the rest', async (context) => {
  const source = await sourceOf(context, { a: 9 * MiB, b: 9 * MiB });
  for (const threadAfterBytes of [atOnce, never]) {
    const [one, two] = [await newRepository(context), await newRepository(context)];
    await backupInto(two, [join(source, 'b')], { host: 'test', workers: 0 });
    const before = await layout(two);
    const ends = await feed(one, two, source, threadAfterBytes);
    assert.equal(ends.get('two')?.state, 'made');
    const added = (await layout(two)).filter((pack) => !before.includes(pack));
    const ids = [...before, ...added].flatMap((pack) => JSON.parse(pack).map(({ id }: { id: string }) => id));
    assert.equal(new Set(ids).size, ids.length, 'nothing is stored twice');
    await isSound(two);
  }
});

test('the memory for packs is used again, for each repository as often as packs may wait for it', async (context) => {
  const source = await sourceOf(context, { big: 110 * MiB });
  const [one, two] = [await watched(context), await watched(context)];
  const ends = await feed(one.repository, two.repository, source, atOnce, 1);
  assert.equal(ends.get('two')?.state, 'made');
  assert.ok(one.backend.objects.size > 8);
  assert.ok(one.memories.size <= 2, `${one.memories.size} for what both are given`);
  assert.equal(two.memories.size, 1, 'for what is sealed anew');
});

test('a thread that dies is told as the failure of that repository; the other one is whole, and a copy completes the first', async (context) => {
  const source = await sourceOf(context, { big: 60 * MiB });
  const [one, two] = [await watched(context), await watched(context)];
  const threads: Worker[] = [];
  const meet = (worker: Worker): unknown => threads.push(worker);
  process.on('worker', meet);
  context.after(() => process.off('worker', meet));
  two.hooks.onPack = async () => {
    await Promise.all(threads.map((thread) => thread.terminate()));
  };
  const ends = await feed(one.repository, two.repository, source, atOnce);
  assert.equal(threads.length, 1);
  const end = ends.get('two');
  assert.ok(
    end?.state === 'lost' && failure('backup.worker-crashed', /this one has no snapshot of the run/)(end.failure),
  );
  assert.equal(ends.get('one')?.state, 'made');
  assert.deepEqual(await two.repository.listSnapshots(), []);
  await isSound(one.repository);
  await isSound(two.repository);
  two.hooks.onPack = async () => {};
  await copySnapshots(one.repository, two.repository, await one.repository.listSnapshots());
  assert.equal((await two.repository.listSnapshots()).length, 1);
  await isSound(two.repository);
});

test('what does not open to what was sealed is stored by nobody', async (context) => {
  const { repository, backend } = await watched(context);
  await backupInto(repository, [await sourceOf(context, { a: MiB })], { host: 'test', workers: 0 });
  const [key = '', stored = Buffer.alloc(0)] = [...backend.objects].find(([name]) => name.startsWith('data/')) ?? [];
  const id = key.split('/').at(-1) as PackId;
  const { blobs: packed } = await readPackHeader(repository, id, stored.length);
  const header = repository.sealer.open(
    stored.subarray(
      packed.reduce((sum, { length }) => sum + length, 0),
      -4,
    ),
  );
  assert.ok(header !== undefined);
  for (const threadAfterBytes of [atOnce, never]) {
    const other = await watched(context);
    const indexed = await other.repository.loadIndex();
    const bytes = new Uint8Array(new SharedArrayBuffer(stored.length));
    const store = async (content: Uint8Array): Promise<void> => {
      const resealer = await FedResealer.create(indexed, { feedKey: repository.masterKey, threadAfterBytes });
      bytes.set(content);
      try {
        await resealer.store({ id, bytes, header, done: () => {} }, {});
      } finally {
        await resealer.close();
      }
    };
    const damaged = Buffer.from(stored);
    damaged[100] = (damaged[100] ?? 0) ^ 1;
    await assert.rejects(store(damaged), failure('repository.verification-failed', /memory/));
    assert.equal(indexed.index.count, 0);
    await store(stored);
    await indexed.flush();
    await indexed.close();
    assert.equal(other.memories.size, 1);
    await isSound(other.repository);
  }
});
