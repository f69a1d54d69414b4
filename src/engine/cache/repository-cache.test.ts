import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { testPassword } from '../../../test/support/repositories.ts';
import { testRepository } from '../../../test/support/repository.ts';
import type { Backend } from '../../backends/backend.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { CachedTrees } from '../browse/cached-trees.ts';
import { Finder } from '../browse/find.ts';
import { applyRetention } from '../maintain/apply-retention.ts';
import { Repository } from '../repository/repository.ts';
import { cleanCaches, listCaches } from './cache-folder.ts';
import { RepositoryCache } from './repository-cache.ts';
import type { BlobId } from '../ids.ts';

// A repository with three snapshots, and what looking around in it fetched and found.
async function story(t: TestContext) {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'folder'), { recursive: true });
  for (const day of [1, 2, 3]) {
    writeFileSync(join(source, `day-${day}.txt`), `${day}`);
    writeFileSync(join(source, 'folder', 'same.txt'), 'the same');
    await repository.backup([source], { time: new Date(Date.UTC(2026, 0, day)) });
  }
  const cacheFolder = join(repository.folder, 'cache');
  const look = async () => {
    const loaded: string[] = [];
    const place = await openFolderBackend(repository.path);
    const backend: Backend = {
      ...place,
      load(key, range, options) {
        loaded.push(key.split('/')[0] ?? '');
        return place.load(key, range, options);
      },
    };
    const opened = await Repository.open(backend, testPassword, { cacheFolder });
    const trees = new CachedTrees(opened);
    try {
      const snapshots = await opened.listSnapshots();
      const fetchedBefore = loaded.length;
      assert.deepEqual(await opened.listSnapshots(), snapshots);
      assert.equal(loaded.length, fetchedBefore, 'whoever stays open fetches nothing twice either');
      const finder = new Finder(trees, ['*.txt']);
      const found: string[] = [];
      for (const snapshot of snapshots)
        for await (const { path } of finder.in(snapshot)) found.push(`${snapshot.id.slice(0, 8)} ${path.toString()}`);
      const fetched = loaded.filter((folder) => ['snapshots', 'index', 'data'].includes(folder));
      return { fetched, found, snapshots };
    } finally {
      await trees.close();
      opened.close();
    }
  };
  const [{ id: repositoryId }] = [(await repository.open(async (_indexed, { config }) => config)) as { id: string }];
  return { repository, source, cacheFolder, look, path: join(cacheFolder, 'repository', repositoryId) };
}

test('what was fetched once is not fetched again, and the answers are the same', async (t) => {
  const { look, repository, source, cacheFolder, path } = await story(t);
  const first = await look();
  assert.equal(first.found.length, 1 + 2 + 3 + 3);
  assert.deepEqual(new Set(first.fetched), new Set(['snapshots', 'index', 'data']));
  const second = await look();
  assert.deepEqual(second.fetched, []);
  assert.deepEqual(second.found, first.found);

  // Only what is new is fetched, and its index.
  writeFileSync(join(source, 'day-4.txt'), '4');
  await repository.backup([source], { time: new Date(Date.UTC(2026, 0, 4)) });
  const third = await look();
  assert.equal(third.fetched.filter((folder) => folder === 'snapshots').length, 1);
  assert.equal(third.found.length, first.found.length + 5);

  assert.equal(statSync(join(cacheFolder, 'repository')).mode & 0o777, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('names and contents lie in the cache only sealed', async (t) => {
  const { look, cacheFolder } = await story(t);
  await look();
  const folder = join(cacheFolder, 'repository');
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name)).toString('latin1');
    assert.doesNotMatch(bytes, /same\.txt|folder|source|hostname|"tree"/);
  }
});

test('what a repository has no more goes from the cache too', async (t) => {
  const { look, repository, path } = await story(t);
  await look();
  const count = (table: string): unknown => {
    const database = new DatabaseSync(path);
    try {
      return database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'];
    } finally {
      database.close();
    }
  };
  const treesBefore = Number(count('tree'));
  await repository.open((_indexed, opened) =>
    applyRetention(opened, { last: 1 }, { prune: 'always', maxUnused: { bytes: 0 }, graceMs: 0, trustsDates: true }),
  );
  const after = await look();
  assert.equal(after.snapshots.length, 1);
  assert.equal(count('snapshot'), 1);
  // The index is read, and trees are compared with it, when something new is looked for.
  const missing = new CachedTrees(
    await Repository.open(await openFolderBackend(repository.path), testPassword, { cacheFolder: join(path, '../..') }),
  );
  await assert.rejects(missing.loadBlob('tree', '0'.repeat(64) as BlobId));
  await missing.close();
  assert.ok(Number(count('tree')) < treesBefore);
});

test('a cache that somebody changed, cut or filled with something else is not believed and fails nobody', async (t) => {
  const { look, path } = await story(t);
  const { found } = await look();
  const change = (sql: string): void => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  const damages: [what: string, damage: () => void][] = [
    [
      'another snapshot under the name',
      () => change('UPDATE snapshot SET sealed = (SELECT max(sealed) FROM snapshot)'),
    ],
    ['another tree under the name', () => change('UPDATE tree SET sealed = (SELECT max(sealed) FROM tree)')],
    ['an absurd length', () => change('UPDATE tree SET uncompressed = 1 << 40')],
    ['empty bytes', () => change("UPDATE tree SET sealed = x''; UPDATE snapshot SET sealed = x''")],
    ['a missing table', () => change('DROP TABLE tree')],
    ['another version', () => change('PRAGMA user_version = 99')],
    ['a cut file', () => writeFileSync(path, readFileSync(path).subarray(0, 5000))],
    ['no database', () => writeFileSync(path, 'something else entirely'.repeat(1000))],
    ['an empty file', () => writeFileSync(path, '')],
  ];
  const whole = readFileSync(path);
  for (let at = 100; at < whole.length; at += 4096 + 37)
    damages.push([`a byte at ${at}`, () => writeFileSync(path, flipped(whole, at))]);
  for (const [what, damage] of damages) {
    damage();
    assert.deepEqual((await look()).found, found, what);
  }
  await look();
  assert.deepEqual((await look()).fetched, [], 'and it is whole again');
});

test('two who look at once share a cache, and a folder where none can be made is done without', async (t) => {
  const { look, cacheFolder } = await story(t);
  const both = await Promise.all([look(), look()]);
  assert.deepEqual(both[0].found, both[1].found);
  cleanCaches(cacheFolder, new Date(Date.now() + 1000));
  assert.deepEqual(listCaches(cacheFolder), []);
  writeFileSync(join(cacheFolder, '..', 'file'), '');
  const cache = new RepositoryCache(join(cacheFolder, '..', 'file'), 'a'.repeat(64));
  cache.addTree('b'.repeat(64) as BlobId, { sealed: Buffer.from('c'), uncompressedLength: 0 });
  assert.equal(cache.findTree('b'.repeat(64) as BlobId), undefined);
  cache.close();
});

test('beyond its limit the older half of the trees goes', (t) => {
  return story(t).then(({ cacheFolder }) => {
    const idOf = (number: number) => number.toString(16).padStart(64, '0') as BlobId;
    const fill = (from: number, to: number): void => {
      const cache = new RepositoryCache(cacheFolder, 'a'.repeat(64), { treesBytes: 1_000_000 });
      for (let number = from; number < to; number += 1)
        cache.addTree(idOf(number), { sealed: Buffer.alloc(10_000, number), uncompressedLength: 0 });
      cache.close();
    };
    fill(0, 90);
    fill(90, 150);
    const cache = new RepositoryCache(cacheFolder, 'a'.repeat(64));
    const kept = Array.from({ length: 150 }, (_, number) => cache.findTree(idOf(number)) !== undefined);
    cache.close();
    assert.equal(kept.indexOf(true), 75);
    assert.ok(kept.slice(75).every(Boolean));
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 0x41;
  return changed;
}
