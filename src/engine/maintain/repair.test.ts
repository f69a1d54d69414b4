import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test, type TestContext } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { nameState } from '../../../test/support/history.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { fileNode, newRepository, testPassword } from '../../../test/support/repositories.ts';
import type { Backend } from '../../backends/backend.ts';
import { atCall, CrashError, faultyBackend, type Fault } from '../../backends/faulty.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { isFailure } from '../../base/failure.ts';
import { ls } from '../browse/entries.ts';
import { readFile } from '../browse/file-content.ts';
import { packKey } from '../format/layout.ts';
import { encodeTree } from '../format/tree.ts';
import type { BlobId, PackId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import { Repository } from '../repository/repository.ts';
import { adviseOn } from './advice.ts';
import { check } from './check.ts';
import { repairIndex } from './repair-index.ts';
import { repairPacks } from './repair-packs.ts';
import { repairSnapshots } from './repair-snapshots.ts';

type Objects = Map<string, Buffer>;

// Two snapshots that share a folder `d` with the file `deep`; `a` is only in the first, `b` in both. Each of `a`, `b` and `deep`
// has two blobs; data lies in one pack, the tree of `d` and the two root trees in one pack each.
async function story(context: TestContext) {
  const backend = memoryBackend();
  const repository = await newRepository(context, { backend });
  const indexed = await repository.loadIndex();
  const file = async (name: string) => {
    const parts = [1, 2].map((part) => randomBytesOf(`${name}${part}`, 500));
    const content: BlobId[] = [];
    for (const part of parts) content.push((await indexed.saveBlob('data', part)).id);
    return fileNode(name, content, 1000);
  };
  const [a, b, deep] = [await file('a'), await file('b'), await file('deep')];
  const tree = async (nodes: ReturnType<typeof fileNode>[]) => {
    const { id } = await indexed.saveBlob('tree', encodeTree(nodes));
    await indexed.flush();
    return id;
  };
  const folder = await tree([deep]);
  const d = { ...fileNode('d', [], 0), type: 'dir' as const, mode: 0x8000_01ed, content: null, subtree: folder };
  const roots = [await tree([a, b, d]), await tree([b, d])];
  const snapshots = [];
  for (const [at, root] of roots.entries())
    snapshots.push(
      await repository.saveSnapshot({ time: `2026-01-0${at + 1}T00:00:00Z`, tree: root, paths: ['/'], hostname: 'h' }),
    );
  const place = (type: 'data' | 'tree', id: BlobId | undefined) =>
    indexed.locateBlob(type, id ?? assert.fail()) ?? assert.fail();
  return { backend, repository, a, b, deep, folder, roots, snapshots, place };
}

function flip(objects: Objects, { packId, offset }: { packId: PackId; offset: number }): void {
  const bytes = objects.get(packKey(packId)) ?? assert.fail();
  bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
}

const keysBelow = (objects: Objects, prefix: string): string[] =>
  [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
const nothingKept = { keep: async () => {} };

// Everything, or nothing where a part is damaged.
async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  try {
    return await Array.fromAsync(items);
  } catch (error) {
    if (!isFailure(error)) throw error;
    return [];
  }
}

// Every file that can be read whole, by the snapshot it was backed up in.
async function readable(objects: Objects): Promise<Set<string>> {
  const backend = memoryBackend();
  for (const [key, bytes] of objects) backend.objects.set(key, bytes);
  const repository = await Repository.open(backend, testPassword);
  const found = new Set<string>();
  try {
    const indexed = await repository.loadIndex();
    for (const snapshot of await repository.listSnapshots()) {
      for (const folder of ['/', '/d']) {
        const entries = await all(ls(indexed, snapshot, folder));
        for (const { path, node } of entries.filter((entry) => entry.node.type === 'file')) {
          const bytes = Buffer.concat(await all(readFile(indexed, node)));
          if (bytes.length > 0)
            found.add(`${snapshot.original ?? snapshot.id} ${path.toString()} ${hash('sha256', bytes)}`);
        }
      }
    }
    await indexed.close();
    return found;
  } finally {
    repository.close();
  }
}

suite('repairing what is damaged', () => {
  test('packs give up what can be read of them, and snapshots go on without what cannot', async (context) => {
    const { backend, repository, a, snapshots, place } = await story(context);
    const damaged = place('data', a.content?.[1]);
    flip(backend.objects, damaged);
    const { problems } = await check(repository, { readData: true });
    const advice = adviseOn(problems);
    assert.deepEqual(
      advice.lost.map(({ path }) => path),
      ['/a'],
    );
    assert.deepEqual(advice.damagedPacks, [damaged.packId]);
    const commands = advice.steps.map(({ command = '' }) => command.split(' ').slice(2, 4).join(' '));
    assert.deepEqual(commands.slice(2), ['repair packs', 'backup --force', 'check --read-data', 'repair snapshots']);

    const kept: Buffer[] = [];
    const before = Buffer.from(backend.objects.get(packKey(damaged.packId)) ?? assert.fail());
    const keep = async (_: PackId, bytes: Buffer) => void kept.push(bytes);
    const dry = await repairPacks(repository, [damaged.packId], { keep, dryRun: true });
    assert.equal(kept.length, 0);
    const packs = await repairPacks(repository, [damaged.packId], { keep });
    assert.deepEqual(packs, {
      damaged: [{ pack: damaged.packId, unreadable: [a.content?.[1]] }],
      whole: [],
      rescuedBlobs: 5,
    });
    assert.deepEqual({ ...dry, rescuedBlobs: 5 }, packs);
    assert.deepEqual(kept, [before]);
    assert.equal(backend.objects.has(packKey(damaged.packId)), false);

    const all = new Map(backend.objects);
    const planned = await repairSnapshots(repository, { dryRun: true, forget: true });
    assert.deepEqual(planned.lost, [{ snapshot: snapshots[0], path: '/a', what: 'file' }]);
    assert.deepEqual([...backend.objects.keys()], [...all.keys()], 'a dry run writes nothing');
    const result = await repairSnapshots(repository);
    assert.deepEqual(
      result.replaced.map(({ from }) => from),
      [snapshots[0]],
      'the second snapshot never had the file',
    );
    const made = (await repository.listSnapshots()).find(({ id }) => id === result.replaced[0]?.to) ?? assert.fail();
    assert.deepEqual([made.original, made.tags, made.time], [snapshots[0], ['repaired'], '2026-01-01T00:00:00Z']);
    const again = await repairSnapshots(repository, { forget: true });
    assert.deepEqual([again.replaced, again.alreadyReplaced], [[], [snapshots[0]]]);
    assert.deepEqual(again.forgotten, [snapshots[0]]);
    assert.deepEqual((await check(repository, { readData: true })).problems, []);
    assert.equal((await readable(backend.objects)).size, 4);
  });

  test('what can be read of a damaged pack is saved although another one has it, too: that one may be damaged as well', async (context) => {
    const backend = memoryBackend();
    const repository = await newRepository(context, { backend });
    const [shared, lost] = ['shared', 'lost'].map((name) => randomBytesOf(name, 500)) as [Buffer, Buffer];
    const store = async (blobs: Buffer[]) => {
      // Each writer knows nothing of the other, as two hosts that back up at once.
      const indexed = IndexedRepository.empty(repository);
      for (const blob of blobs) await indexed.saveBlob('data', blob);
      await indexed.flush();
      const place = (blob: Buffer) => indexed.locateBlob('data', hash('sha256', blob) as BlobId) ?? assert.fail();
      return { place, close: () => indexed.close() };
    };
    const [one, other] = [await store([shared, lost]), await store([shared])];
    flip(backend.objects, one.place(lost));
    flip(backend.objects, other.place(shared));
    const packs = [one.place(lost).packId, other.place(shared).packId];
    await Promise.all([one.close(), other.close()]);
    for (const pack of packs) await repairPacks(repository, [pack], nothingKept);
    const indexed = await repository.loadIndex();
    assert.deepEqual(await indexed.loadBlob('data', hash('sha256', shared) as BlobId), shared);
    await indexed.close();
  });

  test('a folder that cannot be read becomes an empty one in every snapshot, and a root that cannot stays as it is', async (context) => {
    const { backend, repository, folder, roots, snapshots, place } = await story(context);
    backend.objects.delete(packKey(place('tree', folder).packId));
    backend.objects.delete(packKey(place('tree', roots[1]).packId));
    await assert.rejects(repairSnapshots(repository), failure('repair.index-first', /is missing/));
    await repairIndex(repository);
    const result = await repairSnapshots(repository, { forget: true });
    assert.deepEqual(result.hopeless, [snapshots[1]]);
    assert.deepEqual(result.forgotten, [snapshots[0]]);
    assert.deepEqual(result.lost.map(({ path, what }) => `${what} ${path}`).sort(), ['folder /', 'folder /d']);
    const names = [...(await readable(backend.objects))].map((line) => line.split(' ')[1]);
    assert.deepEqual(names, ['/a', '/b']);
    assert.ok(keysBelow(backend.objects, 'snapshots/').includes(`snapshots/${snapshots[1]}`));
  });

  test('nothing is left out while the index does not say all there is', async (context) => {
    const { backend, repository } = await story(context);
    const [index] = keysBelow(backend.objects, 'index/');
    const bytes = backend.objects.get(index ?? '') ?? assert.fail();
    backend.objects.delete(index ?? '');
    const before = [...backend.objects.keys()];
    await assert.rejects(
      repairSnapshots(repository, { forget: true }),
      failure('repair.index-first', /no index names/),
    );
    backend.objects.set(index ?? '', Buffer.concat([bytes.subarray(0, -1), Buffer.of(0)]));
    await assert.rejects(repairSnapshots(repository, { forget: true }), failure('repair.index-first', /index\//));
    backend.objects.delete(index ?? '');
    assert.deepEqual([...backend.objects.keys()], before);
    await assert.rejects(
      repairPacks(repository, ['0'.repeat(64) as PackId], nothingKept),
      failure('repair.no-such-pack'),
    );
  });

  test('a place that does not answer has damaged nothing', async (context) => {
    const { backend } = await story(context);
    const before = [...backend.objects.keys()].filter((key) => !key.startsWith('locks/'));
    const packs = keysBelow(backend.objects, 'data/');
    const silent = faultyBackend(backend, ({ method, key }) =>
      method === 'load' && packs.includes(key) ? 'fail' : undefined,
    );
    const repository = await Repository.open(silent, testPassword);
    await assert.rejects(repairSnapshots(repository, { forget: true }), failure('backend.unreachable'));
    repository.close();
    assert.deepEqual([...backend.objects.keys()], before);
  });

  test('whatever call fails, crashes or lies: what could be read before can be read after, and the next run finishes', async (context) => {
    const { backend: start, a, folder, place } = await story(context);
    const damaged = place('data', a.content?.[1]);
    flip(start.objects, damaged);
    flip(start.objects, place('tree', folder));
    const trees = place('tree', folder).packId;
    const work = async (backend: Backend, isNext = false): Promise<void> => {
      const repository = await Repository.open(backend, testPassword);
      try {
        // As the advice has it; an interrupted run may have taken the packs out already.
        if (isNext) await repairIndex(repository);
        for (const pack of [damaged.packId, trees]) {
          await repairPacks(repository, [pack], nothingKept).catch((error: unknown) => {
            if (!isFailure(error, 'repair.no-such-pack')) throw error;
          });
        }
        await repairSnapshots(repository, { forget: true });
      } finally {
        repository.close();
      }
    };
    const seen = new Set<string>();
    const before = await readable(start.objects);
    assert.equal(before.size, 2);
    const faults: [Fault, boolean][] = [
      ['crash', true],
      ['fail', false],
      ['lie', false],
    ];
    for (const [fault, isDropping] of faults) {
      for (let at = 1; ; at += 1) {
        const inner = memoryBackend();
        for (const [key, bytes] of start.objects) inner.objects.set(key, bytes);
        const backend = faultyBackend(inner, atCall(at, fault), { dropsUnacknowledged: isDropping });
        await work(backend).catch((error: unknown) => {
          if (!(error instanceof CrashError) && !isFailure(error)) throw error;
        });
        await backend.quiet();
        if (!backend.tripped) break;
        const name = nameState(inner.objects, start.objects);
        if (seen.has(name)) continue;
        seen.add(name);
        const after = await readable(inner.objects);
        assert.deepEqual(
          new Set([...before].filter((line) => !after.has(line))),
          new Set(),
          `${JSON.stringify(fault)} at call ${at}`,
        );
        await work(inner, true);
        const repository = await Repository.open(inner, testPassword);
        const { problems } = await check(repository, { readData: true });
        assert.deepEqual(
          problems.filter(({ severity }) => severity === 'error'),
          [],
          `${JSON.stringify(fault)} at call ${at}`,
        );
        repository.close();
      }
    }
  });
});
