import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { compareTrees } from '../../../test/support/compare-trees.ts';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { testPassword } from '../../../test/support/repositories.ts';
import { testRepository } from '../../../test/support/repository.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { backupInto } from '../backup/backup-into.ts';
import type { BlobType } from '../ids.ts';
import { applyRetention } from '../maintain/apply-retention.ts';
import { check } from '../maintain/check.ts';
import { restore } from '../restore/restore.ts';
import { BlobIndex, type BlobPlace } from './blob-index.ts';
import { DiskIndexBuilder } from './disk-index-builder.ts';
import { Repository } from './repository.ts';

const digest = (n: number): Buffer => createHash('sha256').update(String(n)).digest();
// Ids that no hash gives: all begin alike, or are neighbours.
const alike = (n: number): Buffer =>
  Buffer.concat([Buffer.alloc(28, 7), Buffer.from([n >>> 24, n >>> 16, n >>> 8, n])]);
const placeOf = (n: number): BlobPlace => ({
  packNumber: n % 0x7fff_0000,
  offset: (n * 7) >>> 0,
  length: 2 ** 32 - 1 - n,
  uncompressedLength: n % 2 === 0 ? 0 : n,
});

suite('an index that is larger than memory may be', () => {
  for (const [what, idOf, count] of [
    ['hashes', digest, 30_000],
    ['one blob more than memory holds', digest, 101],
    ['ids that begin alike', alike, 500],
  ] as const) {
    test(`answers as one in memory: ${what}`, () => {
      const onDisk = new BlobIndex(undefined, 100);
      const inMemory = new BlobIndex(undefined, Infinity);
      // Some come twice, and some ids are a blob and a tree.
      for (let n = 0; n < count * 1.2; n += 1) {
        const type: BlobType = n % 5 === 0 ? 'tree' : 'data';
        const id = n % 11 === 0 ? idOf((n % count) >> 1) : idOf(n % count);
        onDisk.load(type, id, placeOf(n));
        inMemory.load(type, id, placeOf(n));
      }
      assert.equal(onDisk.isOnDisk, true);
      assert.equal(onDisk.count, inMemory.count);
      const numbers = new Set<number>();
      for (let n = -200; n < count + 200; n += 1)
        for (const type of ['tree', 'data'] as const) {
          const id = n < 0 ? digest(n) : idOf(n);
          assert.deepEqual(onDisk.find(type, id), inMemory.find(type, id));
          assert.equal(onDisk.has(type, id), inMemory.has(type, id));
          const number = onDisk.numberOf(type, id);
          assert.equal(number === undefined, inMemory.numberOf(type, id) === undefined);
          if (number !== undefined) numbers.add(number);
        }
      assert.equal(numbers.size, onDisk.count, 'every blob has a number of its own');
      assert.ok([...numbers].every((number) => number < onDisk.count));

      // What a run adds.
      const before = onDisk.count;
      assert.equal(onDisk.claim('data', digest(-7)), true);
      assert.equal(onDisk.claim('data', digest(-7)), false);
      assert.equal(onDisk.find('data', digest(-7)), undefined);
      onDisk.put('data', digest(-7), placeOf(5));
      assert.deepEqual(onDisk.find('data', digest(-7)), placeOf(5));
      assert.equal(onDisk.numberOf('data', digest(-7)), before);
      assert.equal(onDisk.claim('data', idOf(1)), false);
      onDisk.put('data', idOf(1), placeOf(77));
      assert.deepEqual(onDisk.find('data', idOf(1)), inMemory.find('data', idOf(1)), 'the first place stays');
      onDisk.close();
      assert.throws(() => onDisk.has('data', idOf(1)), /closed/);
    });
  }

  test('never moves once another thread may use its memory', () => {
    const index = new BlobIndex(undefined, 10);
    for (let n = 0; n < 10; n += 1) index.load('data', digest(n), placeOf(n));
    const other = new BlobIndex(index.shared);
    for (let n = 10; n < 50; n += 1) index.load('data', digest(n), placeOf(n));
    assert.equal(index.isOnDisk, false);
    for (let n = 0; n < 50; n += 1) assert.deepEqual(other.find('data', digest(n)), placeOf(n));
  });

  test('leaves no file, also while it is made, and says what to do where there is no room', async (t) => {
    const folder = await temporaryFolder(t);
    const builder = new DiskIndexBuilder(folder);
    for (let n = 0; n < 3000; n += 1) builder.add(digest(n), false, placeOf(n));
    assert.deepEqual(readdirSync(folder), []);
    builder.finish();
    assert.deepEqual(readdirSync(folder), []);
    assert.throws(() => new DiskIndexBuilder(join(folder, 'missing')), failure('repository.no-room-for-index'));
  });

  test('serves backup, check, restore and prune as one in memory does', needs('restic'), async (t) => {
    const story = await testRepository(t);
    const source = join(story.folder, 'source');
    for (let folder = 0; folder < 8; folder += 1) {
      mkdirSync(join(source, `${folder}`), { recursive: true });
      for (let file = 0; file < 12; file += 1)
        writeFileSync(join(source, `${folder}/${file}`), randomBytesOf(`${folder} ${file}`, 900));
    }
    const open = async () => Repository.open(await openFolderBackend(story.path), testPassword, { memoryBlobs: 20 });
    const repository = await open();
    t.after(() => repository.close());
    const day = (date: number) => ({ host: 'test', time: new Date(Date.UTC(2026, 0, date)), workers: 2 });
    await backupInto(repository, [source], day(1));
    writeFileSync(join(source, '3/7'), 'changed');
    const { summary } = await backupInto(repository, [source], { ...day(2), force: true });
    assert.equal(summary?.data_blobs, 1, 'all but one file is known');

    const result = await check(repository, { readData: true });
    assert.deepEqual(result.problems, []);
    assert.ok(result.blobs > 100);
    await applyRetention(
      repository,
      { last: 1 },
      { prune: 'always', maxUnused: { bytes: 0 }, graceMs: 0, trustsDates: true },
    );
    assert.ok((await check(repository, { readData: true })).blobs < result.blobs);
    await story.restic('check', '--read-data');

    const indexed = await repository.loadIndex();
    assert.equal(indexed.index.isOnDisk, true);
    const target = join(story.folder, 'target');
    await restore(indexed, await repository.loadSnapshot('latest'), target);
    await indexed.close();
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
  });
});

test('an index whose disk went away says so, and never that a blob is not there', async (context) => {
  const folder = join(await temporaryFolder(context), 'gone');
  mkdirSync(folder);
  const before = process.env['TMPDIR'];
  context.after(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  process.env['TMPDIR'] = folder;
  const index = new BlobIndex(undefined, 10);
  for (let n = 0; n < 20; n += 1) index.load('data', digest(n), placeOf(n));
  const open = (): number => readdirSync('/proc/self/fd').length;
  const held = open();
  rmdirSync(folder);
  assert.throws(() => index.has('data', digest(1)), failure('repository.no-room-for-index'));
  assert.equal(open(), held - 1, 'what was written down is given back');
  assert.throws(() => index.has('data', digest(1)), /closed/);
  index.close();
});
