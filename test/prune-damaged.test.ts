// Prune, forget and repair of the index in a repository that is damaged: nothing in use is removed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import type { NamedSnapshot } from '../src/engine/format/snapshot-types.ts';
import { applyRetention } from '../src/engine/maintain/apply-retention.ts';
import { planPrune } from '../src/engine/maintain/plan-prune.ts';
import { prune } from '../src/engine/maintain/prune.ts';
import { repairIndex } from '../src/engine/maintain/repair-index.ts';
import { surveyRepository } from '../src/engine/maintain/survey.ts';
import type { Repository } from '../src/engine/repository/repository.ts';
import { failure } from './support/failures.ts';
import { backendWith, judge, makeHistory } from './support/history.ts';
import { newRepository, saveFiles } from './support/repositories.ts';
import { needs } from './support/tools.ts';
import { everything, openObjects } from './support/pruned.ts';

suite('damage', { concurrency: 4 }, () => {
  const newest = async (repository: Repository): Promise<NamedSnapshot | undefined> =>
    (await repository.listSnapshots()).at(-1);

  test('a flipped byte in what must be rewritten makes prune refuse, before anything in use is removed', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { repository: sound } = await openObjects(context, objects);
    const survey = await surveyRepository(sound, {
      without: new Set((await sound.listSnapshots()).slice(0, 2).map(({ id }) => id)),
    });
    const plan = planPrune(survey.usage, { ...everything, now: new Date() });
    const indexed = await sound.loadIndex();
    const victim = [...plan.repack].map((pack) => `data/${pack.slice(0, 2)}/${pack}`);
    assert.ok(victim.length > 0);
    const damaged = new Map(objects);
    for (const key of victim) {
      const bytes = Buffer.from(objects.get(key) ?? '');
      for (let at = 0; at < bytes.length - 2000; at += 1000) bytes[at] = (bytes[at] ?? 0) ^ 1;
      damaged.set(key, bytes);
    }
    await indexed.close();
    const { backend, repository } = await openObjects(context, damaged);
    const retention = applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    await assert.rejects(retention, (error: { code?: string }) =>
      /^prune\.(damaged-pack|unreadable)$/.test(error.code ?? ''),
    );
    for (const key of objects.keys()) if (key.startsWith('data/')) assert.ok(backend.objects.has(key), key);
  });

  test('an unreadable snapshot stops everything before the first snapshot goes', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, objects);
    const last = await newest(repository);
    const key = `snapshots/${last?.id}`;
    const bytes = backend.objects.get(key) ?? Buffer.alloc(0);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await assert.rejects(prune(repository, everything), failure('prune.unreadable', /snapshots/));
    assert.equal([...backend.objects.keys()].filter((each) => each.startsWith('snapshots/')).length, 3);
  });

  test('a missing pack stops retention before the first snapshot goes', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, objects);
    const indexed = await repository.loadIndex();
    const { tree = '' } = (await newest(repository)) ?? {};
    const pack = indexed.locateBlob('tree', tree as never)?.packId ?? '';
    backend.objects.delete(`data/${pack.slice(0, 2)}/${pack}`);
    const retention = applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    await assert.rejects(retention, (error: { code?: string }) => (error.code ?? '').startsWith('prune.'));
    assert.equal((await repository.listSnapshots()).length, 3);
  });

  test('every index file lost: repair index brings all back', needs('restic'), async (context) => {
    const history = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, history.objects);
    for (const key of backend.objects.keys()) if (key.startsWith('index/')) backend.objects.delete(key);
    await assert.rejects(prune(repository, everything), failure('prune.blobs-missing', /repair index/));
    const dry = await repairIndex(repository, { dryRun: true });
    assert.ok(![...backend.objects.keys()].some((key) => key.startsWith('index/')));
    const result = await repairIndex(repository);
    assert.deepEqual(result, dry);
    assert.equal((await judge(history, backend.objects)).length, 3);
    assert.equal((await repairIndex(repository, { readAll: true })).isChanged, false);
  });

  test('an unreadable index file is replaced by what the packs say', needs('restic'), async (context) => {
    const history = await makeHistory(context, 2);
    const { backend, repository } = await openObjects(context, history.objects);
    const [key = ''] = [...backend.objects.keys()].filter((each) => each.startsWith('index/'));
    const bytes = backend.objects.get(key) ?? Buffer.alloc(0);
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    const result = await repairIndex(repository);
    assert.equal(result.unreadableFiles.length, 1);
    assert.ok(!backend.objects.has(key));
    assert.equal((await judge(history, backend.objects)).length, 2);
  });

  test('of a pack that was cut short, repair index saves what is left', async (context) => {
    const backend = backendWith(new Map());
    const repository = await newRepository(context, { backend });
    const parts = Array.from({ length: 20 }, () => randomBytes(5000));
    const { blobs } = await saveFiles(await repository.loadIndex(), { file: parts });
    const packId = (await repository.loadIndex()).locateBlob('data', blobs[0] as never)?.packId ?? '';
    const key = `data/${packId.slice(0, 2)}/${packId}`;
    const bytes = backend.objects.get(key) ?? Buffer.alloc(0);
    backend.objects.set(key, bytes.subarray(0, bytes.length >> 1));
    const result = await repairIndex(repository);
    assert.equal(result.damaged.length, 1);
    assert.ok(result.rescuedBlobs > 0 && result.rescuedBlobs < parts.length);
    const indexed = await repository.loadIndex();
    const saved = blobs.filter((id) => indexed.hasBlob('data', id));
    assert.equal(saved.length, result.rescuedBlobs);
    for (const id of saved) assert.ok((await indexed.loadBlob('data', id)).length === 5000);
  });
});
