// Prune and forget while others work in the repository, or the place lets nothing go: nobody is hurt.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fixedClock } from '../src/base/clock.ts';
import { backendRefused } from './support/refusing-backend.ts';
import { applyRetention } from '../src/engine/maintain/apply-retention.ts';
import { check } from '../src/engine/maintain/check.ts';
import { planPrune } from '../src/engine/maintain/plan-prune.ts';
import { prune, runPrune } from '../src/engine/maintain/prune.ts';
import { surveyRepository } from '../src/engine/maintain/survey.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { RepositoryLock } from '../src/engine/repository/repository-lock.ts';
import { failure } from './support/failures.ts';
import { backendWith, makeHistory } from './support/history.ts';
import { saveFiles, testPassword } from './support/repositories.ts';
import { needs } from './support/tools.ts';
import { everything, inFolder, openObjects } from './support/pruned.ts';

suite('nobody is hurt who works there too', { concurrency: 4 }, () => {
  test('prune and forget wait for locks of others, of restic as well as ours', needs('restic'), async (context) => {
    const { folder, repository, restic } = await inFolder(context);
    await saveFiles(await repository.loadIndex(), { file: [Buffer.from('content')] });
    const shared = await RepositoryLock.acquire(repository);
    await assert.rejects(prune(repository), failure('repository.locked'));
    await assert.rejects(applyRetention(repository, { last: 1 }), failure('repository.locked'));
    await shared.release();
    const backup = restic.start('backup', '--stdin');
    context.after(() => backup.kill('SIGKILL'));
    const isLocked = (): boolean =>
      existsSync(join(folder, 'repository', 'locks')) &&
      readdirSync(join(folder, 'repository', 'locks')).some((name) => /^[0-9a-f]{64}$/.test(name));
    while (!isLocked()) await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(prune(repository), failure('repository.locked', new RegExp(`process ${backup.pid}`)));
  });

  test('a snapshot that appears without a lock stops prune before it removes anything', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const { backend, repository } = await openObjects(context, objects);
    const without = new Set((await repository.listSnapshots()).slice(0, 2).map(({ id }) => id));
    const survey = await surveyRepository(repository, { without });
    const plan = planPrune(survey.usage, { ...everything, now: new Date() });
    // The forgotten ones are still there: as if somebody had made them meanwhile.
    await assert.rejects(runPrune(survey, plan), failure('prune.changed-meanwhile', /snapshot/));
    for (const key of objects.keys()) assert.ok(backend.objects.has(key), key);
  });

  test('an index that appears without a lock stops it too', async (context) => {
    const { objects } = await makeHistory(context, 2);
    const { backend, repository } = await openObjects(context, objects);
    const survey = await surveyRepository(repository);
    const plan = planPrune(survey.usage, { ...everything, now: new Date() });
    const writer = await repository.loadIndex();
    await writer.saveBlob('data', randomBytes(1000));
    await writer.flush();
    const keys = [...backend.objects.keys()];
    await assert.rejects(runPrune(survey, plan), failure('prune.changed-meanwhile', /index/));
    assert.deepEqual([...backend.objects.keys()], keys);
  });

  test('packs that no index names wait a day, because a writer may still be about to name them', async (context) => {
    const { repository } = await inFolder(context);
    await saveFiles(await repository.loadIndex(), { file: [Buffer.from('content')] });
    await saveUnindexedPack(repository);
    const clock = fixedClock(new Date());
    const first = await prune(repository, { clock });
    assert.deepEqual([first.plan.waiting.length, first.plan.leftovers.length], [1, 0]);
    clock.advance(25 * 3_600_000);
    const second = await prune(repository, { clock });
    assert.deepEqual([second.plan.waiting.length, second.plan.leftovers.length], [0, 1]);
    assert.deepEqual((await check(repository)).problems, []);
  });

  test('an append-only place lets nothing go, and says so', async (context) => {
    const { objects } = await makeHistory(context, 2);
    const backend = backendWith(objects);
    const repository = await Repository.open(backendRefused(backend, 'snapshots/'), testPassword);
    context.after(() => repository.close());
    const retention = applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    await assert.rejects(retention, failure('forget.stopped', /append-only/));
    for (const key of objects.keys()) assert.ok(backend.objects.has(key), key);
  });

  test('packs that the place does not let go are named, and the repository is whole', async (context) => {
    const { objects } = await makeHistory(context, 3);
    const backend = backendWith(objects);
    const repository = await Repository.open(backendRefused(backend, 'data/'), testPassword);
    context.after(() => repository.close());
    const result = await applyRetention(repository, { last: 1 }, { ...everything, prune: 'always' });
    assert.ok(result.leftBehind.length > 0);
    assert.equal(result.failure?.code, 'backend.refused');
    const { problems } = await check(repository, { readData: true });
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
  });
});

async function saveUnindexedPack(repository: Repository): Promise<void> {
  const other = await repository.loadIndex();
  await other.saveBlob('data', randomBytes(1000));
  await other.flush();
  const { backend } = repository;
  const keys: string[] = [];
  for await (const { key } of backend.list('index/')) keys.push(key);
  const known = new Set(await indexKeysOfSnapshots(repository));
  for (const key of keys) if (!known.has(key)) await backend.remove(key);
}

// The index files that were there before: those whose packs snapshots need.
async function indexKeysOfSnapshots(repository: Repository): Promise<string[]> {
  const { decodeIndex } = await import('../src/engine/format/index-file.ts');
  const { loadSealedFile, listFiles } = await import('../src/engine/repository/sealed-files.ts');
  const kept: string[] = [];
  for (const { id } of await listFiles(repository.backend, 'index')) {
    const packs = decodeIndex(id, await loadSealedFile(repository, 'index', id));
    if (packs.some(({ blobs }) => blobs.some(({ type }) => type === 'tree'))) kept.push(`index/${id}`);
  }
  return kept;
}
