// The destination fails at the first call, then the second, the third …, until the operation gets through.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Backend } from '../src/backends/backend.ts';
import { atCall, type Fault, faultyBackend } from '../src/backends/faulty.ts';
import { memoryBackend } from '../src/backends/memory.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { backupInto } from '../src/engine/backup/backup-into.ts';
import { check } from '../src/engine/maintain/check.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { restore } from '../src/engine/restore/restore.ts';
import { compareTrees } from './support/compare-trees.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const password = new SecretString('test');

async function withRepository<Result>(
  backend: Backend,
  work: (repository: Repository) => Promise<Result>,
): Promise<Result> {
  const repository = await Repository.open(backend, password);
  try {
    return await work(repository);
  } finally {
    repository.close();
  }
}

async function story(
  t: TestContext,
): Promise<{ folder: string; source: string; place: ReturnType<typeof memoryBackend> }> {
  const folder = await temporaryFolder(t);
  const source = join(folder, 'source');
  mkdirSync(join(source, 'sub'), { recursive: true });
  writeFileSync(join(source, 'sub', 'large'), randomBytesOf('large', 3 * 1024 * 1024));
  writeFileSync(join(source, 'small'), 'small');
  const place = memoryBackend();
  (await Repository.init(place, password, { cost: { N: 1024, r: 8, p: 1 } })).close();
  return { folder, source, place };
}

for (const fault of ['fail', 'lost-answer', 'crash'] satisfies Fault[]) {
  test(`whatever call of a backup meets '${fault}', every announced snapshot stays whole and the next run completes`, async (t) => {
    const { source, place } = await story(t);
    const backup = (backend: Backend) =>
      withRepository(backend, (repository) => backupInto(repository, [source], { workers: 0 }));
    const before = (await backup(place)).snapshotId;
    writeFileSync(join(source, 'changing'), 'new since then');
    let isThrough = false;
    for (let call = 1; !isThrough; call += 1) {
      const copy = memoryBackend();
      for (const [key, bytes] of place.objects) copy.objects.set(key, Buffer.from(bytes));
      const faulty = faultyBackend(copy, atCall(call, fault));
      const announced = await backup(faulty).then(
        ({ snapshotId }) => snapshotId,
        () => undefined,
      );
      isThrough = !faulty.tripped;
      await faulty.quiet();
      const next = await backup(copy);
      assert.equal(next.outcome, 'succeeded');
      await withRepository(copy, async (repository) => {
        const { problems } = await check(repository, { readData: true });
        assert.deepEqual(
          problems.filter(({ severity }) => severity === 'error'),
          [],
          `call ${call}`,
        );
        const ids = (await repository.listSnapshots()).map(({ id }) => id);
        for (const id of [before, announced, next.snapshotId]) assert.ok(id === undefined || ids.includes(id));
      });
    }
  });
}

test('whatever call of a restore fails, it is told: a restore that says it succeeded is equal to the source', async (t) => {
  const { folder, source, place } = await story(t);
  await withRepository(place, (repository) => backupInto(repository, [source], { workers: 0 }));
  let isThrough = false;
  for (let call = 1; !isThrough; call += 1) {
    const target = join(folder, `target ${call}`);
    const faulty = faultyBackend(place, atCall(call, 'fail'));
    const outcome = await withRepository(faulty, async (repository) => {
      const snapshot = await repository.loadSnapshot('latest');
      const indexed = await repository.loadIndex();
      return (await restore(indexed, snapshot, target)).outcome;
    }).catch(() => 'failed');
    if (outcome === 'succeeded') assert.deepEqual(await compareTrees(source, join(target, source)), []);
    else assert.ok(faulty.tripped);
    isThrough = !faulty.tripped;
  }
});
