// The machine dies at every single storage operation of forget, prune and copy: stock restic must find nothing wrong,
// every snapshot that is there must restore, and the next run must finish the work.
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Fault } from '../src/backends/faulty.ts';
import { memoryBackend } from '../src/backends/memory.ts';
import type { SnapshotId } from '../src/engine/ids.ts';
import { applyRetention, type RetentionOptions, type RetentionResult } from '../src/engine/maintain/apply-retention.ts';
import { check } from '../src/engine/maintain/check.ts';
import { copySnapshots, type CopyOptions, type CopyResult } from '../src/engine/maintain/copy.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { withLock } from '../src/engine/repository/repository-lock.ts';
import type { Backend } from '../src/backends/backend.ts';
import { eachAtOnce, statesAfter } from './support/crash-states.ts';
import { backendWith, judge, makeHistory, type History, type Objects } from './support/history.ts';
import { newRepository, testPassword } from './support/repositories.ts';
import { needs } from './support/tools.ts';

const options: RetentionOptions = { prune: 'always', maxUnused: { bytes: 0 }, graceMs: 0, trustsDates: true };

async function retain(backend: Backend): Promise<RetentionResult> {
  const repository = await Repository.open(backend, testPassword);
  try {
    return await applyRetention(repository, { last: 2 }, options);
  } finally {
    repository.close();
  }
}

async function isSound(objects: Objects): Promise<void> {
  const repository = await Repository.open(backendWith(objects), testPassword);
  const { problems } = await check(repository, { readData: true });
  assert.deepEqual(
    problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  repository.close();
}

const keys = (objects: Objects, folder: string): string[] =>
  [...objects.keys()].filter((key) => key.startsWith(folder)).sort();

suite('forget and prune', needs('restic'), () => {
  const faults: [Fault, boolean][] = [
    ['crash', false],
    ['crash', true],
    ['fail', false],
    ['lost-answer', false],
    ['lie', false],
  ];
  let history: History;
  const seen = new Set<string>();

  test('leave what they should, and nothing else', async (context) => {
    history = await makeHistory(context, 4);
    const backend = backendWith(history.objects);
    const result = await retain(backend);
    assert.equal(result.removedSnapshots, 2);
    assert.ok(result.numbers !== undefined && result.numbers.packs.repack > 0 && result.numbers.packs.remove > 0);
    assert.equal(result.numbers.bytes.unusedAfter, 0);
    assert.deepEqual(result.leftBehind, []);
    assert.deepEqual(await judge(history, backend.objects), [...history.states.keys()].slice(2).sort());
    for (const [fault, isDropping] of faults)
      await context.test(
        `survive '${JSON.stringify(fault)}'${isDropping ? ' that drops' : ''} everywhere`,
        async () => {
          const states = await statesAfter(history.objects, fault, isDropping, retain);
          assert.ok(states.size > 3);
          const fresh = [...states].filter(([name]) => !seen.has(name));
          await eachAtOnce(3, fresh, async ([name, objects]) => {
            seen.add(name);
            const left = await judge(history, objects);
            assert.ok(left.length >= 2);
            const next = backendWith(objects);
            await retain(next);
            assert.deepEqual(keys(next.objects, 'snapshots/'), keys(backend.objects, 'snapshots/'));
            await isSound(next.objects);
          });
        },
      );
  });
});

async function copyAll(from: Objects, to: Backend, how: CopyOptions = {}): Promise<CopyResult> {
  const source = await Repository.open(backendWith(from), testPassword);
  const target = await Repository.open(to, testPassword);
  try {
    return await withLock(target, {}, async (signal) =>
      copySnapshots(source, target, await source.listSnapshots(), { signal, ...how }),
    );
  } finally {
    source.close();
    target.close();
  }
}

suite('copy', needs('restic'), () => {
  async function originals(objects: Objects): Promise<(id: SnapshotId) => SnapshotId> {
    const repository = await Repository.open(backendWith(objects), testPassword);
    const origins = new Map((await repository.listSnapshots()).map(({ id, original = id }) => [id, original]));
    repository.close();
    return (id) => origins.get(id) ?? id;
  }

  async function emptyTarget(context: TestContext, version: 1 | 2): Promise<Objects> {
    const backend = memoryBackend();
    await newRepository(context, { backend, version });
    return backend.objects;
  }

  for (const [from, to] of [
    [2, 2],
    [1, 2],
    [2, 1],
  ] as const)
    test(`from version ${from} to version ${to} brings every snapshot once`, async (context) => {
      const history = await makeHistory(context, 2, from);
      const target = backendWith(await emptyTarget(context, to));
      const result = await copyAll(history.objects, target);
      assert.deepEqual(
        result.copied.map((each) => each.from),
        [...history.states.keys()],
      );
      assert.equal((await judge(history, target.objects, await originals(target.objects))).length, 2);
      const again = await copyAll(history.objects, target);
      assert.deepEqual([again.alreadyThere, again.copied.length, again.blobs], [2, 0, 0]);
    });

  for (const [where, how] of Object.entries({
    'in this thread': {},
    'in threads of its own': { resealing: { threads: 2, afterBytes: 0 } },
  }))
    test(`${where} survives a crash at every operation`, async (context) => {
      const history = await makeHistory(context, 2);
      const start = await emptyTarget(context, 2);
      for (const isDropping of [false, true]) {
        const states = await statesAfter(start, 'crash', isDropping, (backend) =>
          copyAll(history.objects, backend, how),
        );
        await eachAtOnce(3, [...states.values()], async (objects) => {
          await judge(history, objects, await originals(objects));
          const next = backendWith(objects);
          const { copied, alreadyThere } = await copyAll(history.objects, next, how);
          assert.equal(copied.length + alreadyThere, 2);
          await isSound(next.objects);
        });
      }
    });
});
