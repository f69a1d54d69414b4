// What several repositories that are fed together may believe of the last run.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { testPassword } from '../../../test/support/repositories.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import type { Backend } from '../../backends/backend.ts';
import { faultyBackend } from '../../backends/faulty.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { SnapshotFolders } from '../browse/snapshot-folders.ts';
import type { BlobId } from '../ids.ts';
import { check } from '../maintain/check.ts';
import { copySnapshots } from '../maintain/copy.ts';
import { Repository } from '../repository/repository.ts';
import { backupIntoSeveral, type FedEnd, type SeveralOptions } from './backup-into-several.ts';

const MiB = 1024 * 1024;
type Name = 'one' | 'two' | 'three';
const names: readonly Name[] = ['one', 'two'];
const three: readonly Name[] = ['one', 'two', 'three'];

// proc(5): bytes that this process asked for by read and the like.
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

async function story(t: TestContext) {
  const folder = await temporaryFolder(t);
  const source = join(folder, 'source');
  for (let sub = 0; sub < 6; sub += 1) {
    mkdirSync(join(source, `${sub}`), { recursive: true });
    for (let file = 0; file < 5; file += 1) writeFileSync(join(source, `${sub}/${file}`), `${sub} ${file}`);
    // So that the tree of a folder is larger than what is fetched along with another.
    for (let link = 0; link < 100; link += 1)
      symlinkSync(randomBytesOf(`${sub} ${link}`, 400).toString('hex'), join(source, `${sub}/link ${link}`));
  }
  const cost = { N: 128, r: 8, p: 1 };
  let chunkerPolynomial: bigint | undefined;
  for (const name of three) {
    mkdirSync(join(folder, name));
    const how = { cost, ...(chunkerPolynomial === undefined ? {} : { chunkerPolynomial }) };
    const made = await Repository.init(await openFolderBackend(join(folder, name)), testPassword, how);
    chunkerPolynomial = made.config.chunkerPolynomial;
    made.close();
  }
  /** Gives how it ended for each, and how many bytes of packs were fetched. */
  const run = async (
    fed: readonly Name[],
    options: Partial<SeveralOptions> = {},
    wrap: (backend: Backend) => Backend = (backend) => backend,
  ) => {
    let packBytes = 0;
    const ends: FedEnd[] = [];
    const places = await Promise.all(
      fed.map(async (name) => {
        const inner = await openFolderBackend(join(folder, name));
        const counting: Backend = {
          ...inner,
          async load(key, range, how) {
            const bytes = await inner.load(key, range, how);
            if (key.startsWith('data/')) packBytes += bytes.length;
            return bytes;
          },
        };
        const repository = await Repository.open(wrap(counting), testPassword);
        return { name, repository, snapshots: await repository.listSnapshots() };
      }),
    );
    try {
      const result = await backupIntoSeveral(places, [source], {
        host: 'test',
        workers: 0,
        statCacheFolder: join(folder, 'cache'),
        ...options,
        onEnd: (end) => ends.push(end),
      });
      const stateOf = (name: Name) => ends.find((end) => end.name === name)?.state;
      return {
        packBytes,
        states: fed.map(stateOf),
        unmodified: result?.summary.files_unmodified,
        tree: result?.tree,
      };
    } finally {
      for (const { repository } of places) repository.close();
    }
  };
  const withRepository = async <Result>(name: Name, work: (repository: Repository) => Promise<Result>) => {
    const repository = await Repository.open(await openFolderBackend(join(folder, name)), testPassword);
    try {
      return await work(repository);
    } finally {
      repository.close();
    }
  };
  const isSound = (name: Name) =>
    withRepository(name, async (repository) => {
      const { problems } = await check(repository, { readData: true });
      return problems.filter(({ severity }) => severity === 'error').length === 0;
    });
  // Folders above the source belong to others too, and change under our hands.
  const treeOfSource = (tree: BlobId | undefined) =>
    withRepository('one', async (repository) => {
      assert.ok(tree !== undefined);
      const folders = new SnapshotFolders(await repository.loadIndex(), tree);
      const subtree = (await folders.entry(source))?.node.subtree;
      assert.ok(subtree !== undefined);
      return subtree;
    });
  return { folder, source, run, isSound, treeOfSource, withRepository };
}

test('several repositories fed together know what was unchanged, and take in what was not', async (t) => {
  const { run, source, isSound, treeOfSource } = await story(t);
  assert.deepEqual((await run(names)).states, ['made', 'made']);
  const unchanged = await run(names);
  assert.deepEqual([unchanged.states, unchanged.unmodified], [['made', 'made'], 30]);
  // Folders above the source are in no cache; those in it are fetched when nothing knows them.
  const without = await run(names, { statCacheFolder: join(source, '../other') });
  assert.ok(unchanged.packBytes < without.packBytes, `${unchanged.packBytes} bytes, ${without.packBytes} without`);

  writeFileSync(join(source, '3/2'), 'changed');
  const changed = await run(names);
  assert.deepEqual([changed.states, changed.unmodified], [['made', 'made'], 29]);
  const forced = await run(names, { force: true });
  assert.equal(await treeOfSource(changed.tree), await treeOfSource(forced.tree));
  for (const name of names) assert.ok(await isSound(name));
});

test('one that missed a run is not believed to have it', async (t) => {
  const { run, source, isSound, withRepository } = await story(t);
  await run(three);
  // A run that two of them got, and what they know of it.
  writeFileSync(join(source, '0/new'), 'what two will lack');
  assert.deepEqual((await run(['one', 'three'])).states, ['made', 'made']);
  assert.deepEqual((await run(three)).states, ['made', 'behind', 'made']);
  assert.deepEqual((await run(three)).states, ['made', 'behind', 'made'], 'nor the next time');
  await withRepository('one', (one) =>
    withRepository('two', async (two) => copySnapshots(one, two, await one.listSnapshots())),
  );
  assert.deepEqual((await run(three)).states, ['made', 'made', 'made']);
  assert.ok(await isSound('two'));
});

test('one that lost the way to content, and has all trees, is not believed to have it', async (t) => {
  const { run, source, folder, isSound } = await story(t);
  await run(names);
  const first = readdirSync(join(folder, 'two/index'));
  // Every folder becomes another one, of the same contents.
  for (const file of readdirSync(source, { recursive: true, withFileTypes: true }))
    if (file.isFile()) utimesSync(join(file.parentPath, file.name), 1_700_000_000, 1_700_000_000);
  assert.deepEqual((await run(names)).states, ['made', 'made']);
  for (const name of first) rmSync(join(folder, 'two/index', name));
  assert.deepEqual((await run(names)).states, ['made', 'behind']);
  assert.ok(await isSound('one'));
});

test('a run into several that was cut off at its end reads its large files no second time', async (t) => {
  const { run, source, isSound } = await story(t);
  for (const name of ['large', 'other']) writeFileSync(join(source, name), randomBytesOf(name, 6 * MiB));
  const crashing = (backend: Backend): Backend =>
    faultyBackend(backend, ({ method, key }) =>
      method === 'save' && key.startsWith('snapshots/') ? 'crash' : undefined,
    );
  assert.deepEqual((await run(names, {}, crashing)).states, ['lost', 'lost']);
  const before = bytesRead();
  assert.deepEqual((await run(names)).states, ['made', 'made']);
  assert.ok(bytesRead() - before < 2 * MiB, `${bytesRead() - before} bytes were read again`);
  for (const name of names) assert.ok(await isSound(name));
});
