import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { compareTrees } from '../../../test/support/compare-trees.ts';
import { newRepository, testPassword } from '../../../test/support/repositories.ts';
import { resticFor } from '../../../test/support/restic.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import type { Backend } from '../../backends/backend.ts';
import { faultyBackend, type FaultPlan } from '../../backends/faulty.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { check } from '../maintain/check.ts';
import { copySnapshots } from '../maintain/copy.ts';
import { Repository } from '../repository/repository.ts';
import { backupInto } from './backup-into.ts';
import { backupIntoSeveral, type FedEnd, type SeveralOptions } from './backup-into-several.ts';
import type { BackupResult } from './backup.ts';

const MiB = 1024 * 1024;

interface Several {
  result: BackupResult | undefined;
  ends: FedEnd[];
  stateOf(name: string): string | undefined;
}

/** Feeds the repositories by name; `ends` in the order in which they ended. */
async function several(
  repositories: Record<string, Repository>,
  source: string,
  options: Partial<SeveralOptions> = {},
): Promise<Several> {
  const ends: FedEnd[] = [];
  const places = await Promise.all(
    Object.entries(repositories).map(async ([name, repository]) => ({
      name,
      repository,
      snapshots: await repository.listSnapshots(),
    })),
  );
  const result = await backupIntoSeveral(places, [source], {
    host: 'test',
    workers: 0,
    ...options,
    onEnd: (end) => {
      ends.push(end);
      options.onEnd?.(end);
    },
  });
  return { result, ends, stateOf: (name) => ends.find((end) => end.name === name)?.state };
}

function sourceIn(folder: string, files: Record<string, number>): string {
  const source = join(folder, 'source');
  mkdirSync(join(source, 'deep'), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(source, name), randomBytes(bytes));
  return source;
}

async function folderRepository(t: TestContext, path: string): Promise<Repository> {
  mkdirSync(path);
  return newRepository(t, { backend: await openFolderBackend(path) });
}

async function trees(repository: Repository): Promise<string[]> {
  return (await repository.listSnapshots()).map(({ tree }) => tree);
}

// proc(5): bytes that this process asked for by read and the like, whatever came from a cache.
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

/** A place whose packs wait until the gate opens. */
function gated(inner: Backend): { backend: Backend; open: () => void } {
  const gate = Promise.withResolvers<void>();
  const backend: Backend = {
    location: inner.location,
    async save(key, bytes, options) {
      if (key.startsWith('data/')) await gate.promise;
      await inner.save(key, bytes, options);
    },
    load: (key, range, options) => inner.load(key, range, options),
    stat: (key, options) => inner.stat(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    remove: (key, options) => inner.remove(key, options),
    freeBytes: (options) => inner.freeBytes(options),
    close: () => inner.close(),
  };
  return { backend, open: () => gate.resolve() };
}

async function isSound(repository: Repository): Promise<void> {
  const { problems } = await check(repository, { readData: true });
  // What a broken run left unused is no fault.
  assert.deepEqual(
    problems.filter(({ severity }) => severity !== 'hint'),
    [],
  );
}

test(
  'one reading feeds three repositories with different keys: the same tree everywhere, sound and whole to stock restic',
  needs('restic'),
  async (t) => {
    const folder = await temporaryFolder(t);
    const source = sourceIn(folder, { 'deep/big': 40 * MiB, text: 0, small: 1000, 'deep/same': 3 * MiB });
    writeFileSync(join(source, 'text'), 'the same words again, '.repeat(200_000));
    writeFileSync(join(source, 'twice'), readFileSync(join(source, 'deep/same')));
    const names = ['one', 'two', 'three'];
    const repositories: Record<string, Repository> = {};
    for (const name of names) repositories[name] = await folderRepository(t, join(folder, name));
    const before = bytesRead();
    // However busy the machine is, nobody is passed over here.
    const patience = { leastMs: 600_000, share: 1 };
    const { result, stateOf } = await several(repositories, source, { workers: 2, patience });
    const read = bytesRead() - before;
    assert.deepEqual(names.map(stateOf), ['made', 'made', 'made']);
    const size = Number(result?.summary.total_bytes_processed);
    assert.ok(read >= size && read < size * 1.1, `${read} bytes were read for a source of ${size}`);
    const all = await Promise.all(Object.values(repositories).map(trees));
    assert.deepEqual(all, [[result?.tree], [result?.tree], [result?.tree]]);
    for (const name of names) {
      const restic = await resticFor(join(folder, name), folder);
      assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
      const target = join(folder, `restored ${name}`);
      await restic.ok('restore', 'latest', '--target', target);
      assert.deepEqual(await compareTrees(source, join(target, source)), []);
    }
    // Once more, with little that is new: each has its own parent.
    writeFileSync(join(source, 'new'), randomBytes(100_000));
    const again = await several(repositories, source);
    assert.deepEqual(names.map(again.stateOf), ['made', 'made', 'made']);
    assert.equal(again.result?.summary.files_unmodified, 5);
    for (const repository of Object.values(repositories)) {
      const [first, second] = await repository.listSnapshots();
      assert.deepEqual([second?.parent, second?.tree], [first?.id, again.result?.tree]);
    }
  },
);

test(
  'a repository of version 1 is given nothing that is compressed: it is behind, and whole to stock restic after a copy',
  needs('restic'),
  async (t) => {
    const folder = await temporaryFolder(t);
    const source = sourceIn(folder, { text: 0 });
    writeFileSync(join(source, 'text'), 'the same words again, '.repeat(200_000));
    const place = join(folder, 'first');
    mkdirSync(place);
    const first = await newRepository(t, { version: 1, backend: await openFolderBackend(place) });
    const second = await newRepository(t);
    const { stateOf } = await several({ second, first }, source);
    assert.deepEqual([stateOf('second'), stateOf('first')], ['made', 'behind']);
    const restic = await resticFor(place, folder);
    await restic.ok('prune');
    await copySnapshots(second, first, await second.listSnapshots());
    await restic.ok('check', '--read-data');
    await restic.ok('prune');
    const target = join(folder, 'restored');
    await restic.ok('restore', 'latest', '--target', target);
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
  },
);

test('a repository that stands still delays no other, and a copy of what it missed completes it', async (t) => {
  const folder = await temporaryFolder(t);
  const source = sourceIn(folder, { big: 60 * MiB });
  const slow = gated(memoryBackend());
  const good = await newRepository(t);
  const still = await newRepository(t, { backend: slow.backend });
  const { result, ends } = await several({ still, good }, source, {
    packsAhead: 1,
    patience: { leastMs: 0, share: 0 },
    // Only when the good one has its snapshot does the other one move again.
    onEnd: ({ name }) => name === 'good' && slow.open(),
  });
  assert.deepEqual(
    ends.map(({ name, state }) => [name, state]),
    [
      ['good', 'made'],
      ['still', 'behind'],
    ],
  );
  assert.deepEqual(await trees(still), []);
  const before = bytesRead();
  const copied = await copySnapshots(good, still, await good.listSnapshots());
  assert.equal(copied.copied.length, 1);
  assert.ok(bytesRead() - before < MiB, 'the source was read again');
  assert.deepEqual(await trees(still), [result?.tree]);
  await isSound(still);
});

test('a repository that missed a run is behind, and the others need not read the source again for it', async (t) => {
  const folder = await temporaryFolder(t);
  const source = sourceIn(folder, { early: MiB });
  const [one, two] = [await newRepository(t), await newRepository(t)];
  await several({ one, two }, source);
  writeFileSync(join(source, 'deep/missed'), randomBytes(5 * MiB));
  await backupInto(one, [source], { host: 'test', workers: 0 });
  writeFileSync(join(source, 'late'), randomBytes(1000));
  const before = bytesRead();
  const third = await several({ two, one }, source);
  assert.ok(bytesRead() - before < MiB);
  assert.deepEqual([third.stateOf('one'), third.stateOf('two')], ['made', 'behind']);
  const newest = (await one.listSnapshots()).at(-1);
  assert.ok(newest !== undefined);
  await copySnapshots(one, two, [newest]);
  assert.equal((await trees(two)).at(-1), third.result?.tree);
  await isSound(two);
});

test('content that only the leading repository had before makes the other one be behind, not broken', async (t) => {
  for (const workers of [0, 2]) {
    const folder = await temporaryFolder(t);
    const source = sourceIn(folder, { early: MiB });
    const [one, two] = [await newRepository(t), await newRepository(t)];
    await backupInto(one, [source], { host: 'test', workers });
    const other = sourceIn(join(folder, 'other'), {});
    writeFileSync(join(other, 'a file of the same content'), readFileSync(join(source, 'early')));
    const { stateOf, result } = await several({ one, two }, other, { workers });
    assert.deepEqual([stateOf('one'), stateOf('two')], ['made', 'behind'], `${workers} workers`);
    await copySnapshots(one, two, (await one.listSnapshots()).slice(-1));
    assert.deepEqual(await trees(two), [result?.tree]);
    await isSound(two);
  }
});

test('whichever call breaks one repository, the other gets its snapshot and the broken one stays sound', async (t) => {
  const folder = await temporaryFolder(t);
  const source = sourceIn(folder, { big: 2 * MiB, small: 100 });
  for (const victim of ['leader', 'follower']) {
    for (let number = 1; ; number += 1) {
      const inner = memoryBackend();
      (await newRepository(t, { backend: inner })).close();
      let from = Number.POSITIVE_INFINITY;
      const plan: FaultPlan = (call) => (call.method === 'save' && call.number >= from ? 'crash' : undefined);
      const bad = faultyBackend(inner, plan);
      const broken = await Repository.open(bad, testPassword);
      from = bad.calls + 2 + number;
      const good = await newRepository(t);
      const { stateOf, result } = await several(victim === 'leader' ? { broken, good } : { good, broken }, source);
      assert.equal(stateOf('good'), 'made');
      assert.deepEqual(await trees(good), [result?.tree]);
      await isSound(good);
      if (stateOf('broken') === 'made') break;
      assert.equal(stateOf('broken'), 'lost');
      await bad.quiet();
      const reopened = await Repository.open(inner, testPassword);
      await isSound(reopened);
      await copySnapshots(good, reopened, await good.listSnapshots());
      assert.deepEqual(await trees(reopened), [result?.tree]);
      broken.close();
      reopened.close();
      assert.ok(number < 20);
    }
  }
});

test('when the only whole repository is lost, those that missed something are fed from the source again', async (t) => {
  const folder = await temporaryFolder(t);
  const source = sourceIn(folder, { big: 60 * MiB });
  const slow = gated(memoryBackend());
  let saved = 0;
  const dying = faultyBackend(memoryBackend(), ({ method, key }) => {
    if (method !== 'save' || !key.startsWith('data/')) return undefined;
    saved += 1;
    if (saved < 3) return undefined;
    slow.open();
    return 'crash';
  });
  const whole = await newRepository(t, { backend: dying });
  const behind = await newRepository(t, { backend: slow.backend });
  const { stateOf, result } = await several({ whole, behind }, source, {
    packsAhead: 1,
    patience: { leastMs: 0, share: 0 },
  });
  assert.deepEqual([stateOf('whole'), stateOf('behind')], ['lost', 'made']);
  assert.deepEqual(await trees(behind), [result?.tree]);
  await isSound(behind);
});

test('a cancelled backup leaves no snapshot anywhere, and the next one goes through', async (t) => {
  const folder = await temporaryFolder(t);
  const source = sourceIn(folder, { big: 20 * MiB });
  const [one, two] = [await newRepository(t), await newRepository(t)];
  const stop = new AbortController();
  const report = (event: { type: string }): void => {
    if (event.type === 'progress') stop.abort();
  };
  await assert.rejects(several({ one, two }, source, { signal: stop.signal, report }), { name: 'AbortError' });
  assert.deepEqual([await trees(one), await trees(two)], [[], []]);
  const { stateOf } = await several({ one, two }, source);
  assert.deepEqual([stateOf('one'), stateOf('two')], ['made', 'made']);
  await isSound(two);
});
