import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { testRepository } from '../../../test/support/repository.ts';
import { findEntry } from '../browse/entries.ts';
import type { BlobId } from '../ids.ts';
import type { BackupResult } from './backup.ts';
import type { BackupIntoOptions } from './backup-into.ts';
import { FolderLook } from './stat-cache.ts';
import { isSameStat, StatCacheReader, statWords } from './stat-cache-file.ts';

async function story(t: TestContext) {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  const statCacheFolder = join(repository.folder, 'cache');
  for (const folder of ['a/b/c', 'a/d', 'e', 'empty']) mkdirSync(join(source, folder), { recursive: true });
  for (const file of ['top', 'a/1', 'a/b/2', 'a/b/c/3', 'a/b/c/4', 'a/d/5', 'e/6'])
    writeFileSync(join(source, file), `content of ${file}`);
  const backup = (options: BackupIntoOptions = {}) => repository.backup([source], { statCacheFolder, ...options });
  // The folders above the source belong to others too, and change meanwhile.
  const treeOf = ({ snapshot }: BackupResult) =>
    repository.open(async (indexed) => (await findEntry(indexed, snapshot, source))?.node.subtree ?? assert.fail());
  /** With the cache, then without: the trees must be the same. */
  const agree = async (what: string) => {
    const cached = await backup();
    const plain = await repository.backup([source], { force: true });
    assert.equal(await treeOf(cached), await treeOf(plain), what);
    return cached;
  };
  return { repository, statCacheFolder, backup, agree, treeOf, source, at: (path: string) => join(source, path) };
}

const unmodified = { files_new: 0, files_changed: 0, dirs_new: 0, data_blobs: 0 };

test('an unchanged source is recognised without a look at the parent, and counts as ever', async (t) => {
  const { backup, agree, repository, source } = await story(t);
  await backup();
  const { summary } = await agree('unchanged');
  const { files_new, files_changed, dirs_new, data_blobs } = summary;
  assert.deepEqual({ files_new, files_changed, dirs_new, data_blobs }, unmodified);
  const plain = await repository.backup([source]);
  assert.deepEqual(
    [summary.files_unmodified, summary.total_bytes_processed],
    [plain.summary.files_unmodified, plain.summary.total_bytes_processed],
  );
  const folders = ({ dirs_unmodified, dirs_changed }: typeof summary): number => dirs_unmodified + dirs_changed;
  assert.equal(folders(summary), folders(plain.summary));
});

test('whatever changes an entry is noticed, however deep it lies', async (t) => {
  const { backup, agree, at } = await story(t);
  await backup();
  const changes: Record<string, () => void> = {
    'content of the same length and time': () => {
      writeFileSync(at('a/b/c/3'), 'CONTENT of a/b/c/3');
      utimesSync(at('a/b/c/3'), 1000, 1000);
      writeFileSync(at('a/b/c/3'), 'Content of a/b/c/3');
      utimesSync(at('a/b/c/3'), 1000, 1000);
    },
    'longer content': () => appendFileSync(at('a/1'), 'more'),
    permissions: () => chmodSync(at('a/d/5'), 0o600),
    'an extended attribute': () => void execFileSync('setfattr', ['-n', 'user.x', '-v', 'y', at('e/6')]),
    'an attribute of a folder': () => void execFileSync('setfattr', ['-n', 'user.x', '-v', 'y', at('a/b')]),
    'a new file': () => writeFileSync(at('a/b/c/new'), 'new'),
    'a file less': () => rmSync(at('a/b/2')),
    'another name': () => renameSync(at('a/b/c/4'), at('a/b/c/5')),
    'two files that change places': () => {
      renameSync(at('a/b/c/3'), at('a/swap'));
      renameSync(at('a/b/c/5'), at('a/b/c/3'));
      renameSync(at('a/swap'), at('a/b/c/5'));
    },
    'a further name': () => linkSync(at('top'), at('e/also top')),
    'a new folder': () => mkdirSync(at('empty/inner')),
    'a folder that became a link': () => {
      rmSync(at('a/d'), { recursive: true });
      symlinkSync('b', at('a/d'));
    },
    'a folder that moved': () => renameSync(at('a/b'), at('e/b')),
    'a name that is not UTF-8': () =>
      writeFileSync(Buffer.concat([Buffer.from(`${at('e')}/`), Buffer.of(0xff, 0x0a)]), 'x'),
  };
  for (const [what, change] of Object.entries(changes)) {
    change();
    const { summary } = await agree(what);
    assert.ok(summary.files_changed + summary.files_new + summary.dirs_changed + summary.dirs_new > 0, what);
    await agree(`${what}, again`);
  }
});

test('a tag that appears in a known folder empties it, as it would without a cache', async (t) => {
  const { repository, statCacheFolder, source, treeOf, at } = await story(t);
  const options = { excludeIfPresent: ['.nobackup'], exclude: ['*.tmp'] };
  writeFileSync(at('e/x.tmp'), 'x');
  const agree = async (what: string) => {
    const cached = await repository.backup([source], { ...options, statCacheFolder });
    const plain = await repository.backup([source], { ...options, force: true });
    assert.equal(await treeOf(cached), await treeOf(plain), what);
    return cached.summary;
  };
  await agree('first');
  // Of folders only those below the source: the ones above it change meanwhile.
  const { dirs_unmodified, ...unchanged } = await agree('unchanged');
  assert.deepEqual([unchanged.files_changed, unchanged.dirs_new, dirs_unmodified >= 7], [0, 0, true]);
  // As many names count as before: 6 is left out, and the tag stands in its place.
  writeFileSync(at('e/.nobackup'), '');
  await agree('tagged');
  assert.equal((await agree('tagged, unchanged')).files_new, 0);
  writeFileSync(at('e/y.tmp'), 'y');
  renameSync(at('top'), at('top.tmp'));
  await agree('a name that is left out now');
  rmSync(at('e/.nobackup'));
  await agree('no tag any more');
});

test('dozens of random changes never make a difference', async (t) => {
  const { agree, source } = await story(t);
  // A small generator with a fixed seed: the same story every time.
  let seed = 20_261_126;
  const pick = (count: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * count);
  };
  const folders = ['.', 'a', 'a/b', 'a/b/c', 'e', 'empty'];
  for (let round = 0; round < 20; round += 1) {
    for (let change = pick(6); change > 0; change -= 1) {
      const folder = join(source, folders[pick(folders.length)] ?? '.');
      mkdirSync(folder, { recursive: true });
      const path = join(folder, `file ${pick(4)}`);
      const actions = [
        () => writeFileSync(path, `${round}`),
        () => rmSync(path, { force: true }),
        () => writeFileSync(path, 'always the same'),
        () => rmSync(join(source, 'a/b/c'), { recursive: true, force: true }),
      ];
      actions[pick(actions.length)]?.();
    }
    await agree(`round ${round}`);
  }
});

test('a cache that is cut short, overwritten, of other exclusions or of another repository is not believed', async (t) => {
  const { backup, statCacheFolder, treeOf } = await story(t);
  const sound = await treeOf(await backup());
  const [name = ''] = readdirSync(statCacheFolder);
  const path = join(statCacheFolder, name);
  const whole = readFileSync(path);
  const conditions = { repository: 'another', options: '[]' };
  assert.equal(StatCacheReader.open(path, conditions), undefined);
  for (let length = 0; length < whole.length; length += 97) {
    truncateSync(path, length);
    assert.equal((await backup()).summary.files_unmodified, 7, `${length} bytes`);
    writeFileSync(path, whole);
  }
  for (let offset = 0; offset < whole.length; offset += 37) {
    const damaged = Buffer.from(whole);
    damaged[offset] = (damaged[offset] ?? 0) ^ 0x55;
    writeFileSync(path, damaged);
    const result = await backup();
    assert.equal(result.summary.files_unmodified, 7, `byte ${offset}`);
    assert.equal(await treeOf(result), sound, `byte ${offset}`);
  }
  const { summary } = await backup({ exclude: ['c'] });
  assert.equal(summary.total_files_processed, 5);
  assert.equal((await backup()).summary.total_files_processed, 7);
});

test('what the repository has lost is read again although nothing has changed', async (t) => {
  const { backup, repository, source } = await story(t);
  await backup();
  // Everything that the first run stored is gone; only its snapshot is left.
  for (const folder of ['data', 'index'])
    for (const file of readdirSync(join(repository.path, folder), { recursive: true, withFileTypes: true }))
      if (file.isFile()) rmSync(join(file.parentPath, file.name));
  const { summary } = await backup();
  assert.equal(summary.data_blobs, 7);
  await repository.restic('check', '--read-data').catch((error: unknown) => {
    // The first snapshot is beyond saving; the second must be whole.
    assert.match(String(error), /tree|blob|pack/);
  });
  const target = join(repository.folder, 'target');
  await repository.restore('latest', target);
  assert.equal(readFileSync(join(target, source, 'a/b/2'), 'utf8'), 'content of a/b/2');
});

test('what the system said of each entry of a large folder is kept', () => {
  const look = new FolderLook();
  const stat = lstatSync('.', { bigint: true });
  for (let entry = 0; entry < 100; entry += 1) look.add(Buffer.from(`${entry}`), stat);
  const { stats } = look.known('' as BlobId, []) ?? assert.fail();
  for (let entry = 0; entry < 100; entry += 1) assert.ok(isSameStat(stats, entry * statWords, stat), `${entry}`);
});

test('what cannot be tidied up after the snapshot was stored does not make the run a failure', async (t) => {
  const { backup, statCacheFolder } = await story(t);
  await backup();
  const cache = readdirSync(statCacheFolder).find((name) => !name.includes('.')) ?? assert.fail();
  // Notes of a run cut off lie there; what is in their place cannot be removed as a file.
  mkdirSync(join(statCacheFolder, `${cache}.notes`, 'in the way'), { recursive: true });
  const closes = t.mock.method(StatCacheReader.prototype, 'close');
  const { snapshotId } = await backup();
  assert.ok(snapshotId !== undefined);
  assert.equal(closes.mock.callCount(), 1, 'a descriptor that is given back twice may be somebody else’s by then');
});
