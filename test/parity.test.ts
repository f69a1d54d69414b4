// Error correction beside a repository that stock restic writes, prunes and judges as well.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Backend } from '../src/backends/backend.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { always, faultyBackend } from '../src/backends/faulty.ts';
import { memoryBackend } from '../src/backends/memory.ts';
import { prune } from '../src/engine/maintain/prune.ts';
import { applyRetention } from '../src/engine/maintain/apply-retention.ts';
import { runForget } from '../src/engine/maintain/forget.ts';
import { copySnapshots } from '../src/engine/maintain/copy.ts';
import { mendPlace } from '../src/engine/parity/mend.ts';
import { saveParityShare } from '../src/engine/parity/parity-backend.ts';
import { surveyParity, updateParity } from '../src/engine/parity/update-parity.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { statesAfter } from './support/crash-states.ts';
import { backendWith, judge, makeHistory } from './support/history.ts';
import { randomBytesOf } from './support/random-bytes.ts';

import { newRepository, saveFiles, testPassword } from './support/repositories.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

type Place = ReturnType<typeof memoryBackend>;

async function coveredPlace(context: TestContext, percent = 10): Promise<Place> {
  const backend = memoryBackend();
  await newRepository(context, { backend });
  await saveParityShare(backend, percent);
  const repository = await Repository.open(backend, testPassword);
  const indexed = await repository.loadIndex();
  await saveFiles(indexed, {
    a: [Buffer.from('first')],
    b: [Buffer.alloc(300, 'second '), Buffer.from('and its end')],
  });
  await indexed.close();
  repository.close();
  // The key and the config were there before the choice was made.
  const { added } = await updateParity(backend, percent);
  assert.equal(added, 2);
  return backend;
}

const copyOf = (place: Place): Map<string, Buffer> =>
  new Map([...place.objects].map(([key, bytes]) => [key, Buffer.from(bytes)]));

async function isCovered(backend: Backend): Promise<boolean> {
  const { uncovered, orphans, files, sideFiles } = await surveyParity(backend);
  return uncovered.length + orphans.length === 0 && files === sideFiles;
}

suite('error correction', () => {
  test('gives back every flipped byte of a small repository, side files among them', async (context) => {
    const place = await coveredPlace(context);
    const whole = copyOf(place);
    let flips = 0;
    for (const [key, bytes] of whole)
      for (let at = 0; at < bytes.length; at += 1) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
        place.objects.set(key, damaged);
        const result = await mendPlace(place, { isWanted: (covered) => key.endsWith(covered) });
        assert.deepEqual(result.beyond, [], `${key}, byte ${at}`);
        assert.equal(result.mended.length + result.sideFilesMended, 1, `${key}, byte ${at}`);
        assert.ok(place.objects.get(key)?.equals(bytes), `${key}, byte ${at}`);
        flips += 1;
      }
    assert.ok(flips > 3000);
    assert.deepEqual(copyOf(place), whole);
  });

  test('beyond its share it says so, and leaves every byte as it is', async (context) => {
    const place = await coveredPlace(context);
    for (const [key, bytes] of copyOf(place)) {
      if (key.startsWith('parity/')) continue;
      for (const damaged of [
        Buffer.alloc(0),
        bytes.subarray(0, bytes.length >> 1),
        randomBytesOf('another', bytes.length),
      ]) {
        place.objects.set(key, Buffer.from(damaged));
        const before = copyOf(place);
        const { mended, beyond } = await mendPlace(place);
        assert.deepEqual([mended, beyond.map((one) => one.key)], [[], [key]]);
        assert.deepEqual(copyOf(place), before);
      }
      place.objects.set(key, bytes);
    }
  });

  test('a config that somebody replaced is not brought back, and a lost file is named', async (context) => {
    const place = await coveredPlace(context, 50);
    place.objects.set('config', randomBytesOf('newer', place.objects.get('config')?.length ?? 0));
    const newer = copyOf(place);
    assert.deepEqual((await mendPlace(place)).mended, []);
    assert.deepEqual(copyOf(place), newer);
    const [key] = [...place.objects.keys()].filter((each) => each.startsWith('data/'));
    place.objects.delete(key ?? '');
    assert.deepEqual((await mendPlace(place)).withoutFile, [key]);
  });

  test('a dry run and a place that refuses to overwrite change nothing, and both say what could be', async (context) => {
    const place = await coveredPlace(context);
    const [key = ''] = [...place.objects.keys()].filter((each) => each.startsWith('data/'));
    const bytes = place.objects.get(key) ?? assert.fail();
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    const damaged = copyOf(place);
    assert.equal((await mendPlace(place, { dryRun: true })).mended.length, 1);
    const refused = await mendPlace(faultyBackend(place, always('fail', ['save'])));
    assert.deepEqual([refused.mended, refused.refused.map((one) => one.key)], [[], [key]]);
    assert.deepEqual(copyOf(place), damaged);
  });

  test('side files come and go with their files: backup, copy, forget, prune, a changed password', async (context) => {
    const place = await coveredPlace(context);
    const repository = await Repository.open(place, testPassword);
    const indexed = await repository.loadIndex();
    await saveFiles(indexed, { c: [randomBytesOf('c', 50_000)] });
    await indexed.close();
    assert.ok(await isCovered(place));
    const snapshots = await repository.listSnapshots();
    await runForget(repository, snapshots.slice(0, 1));
    const before = place.objects.size;
    await prune(repository, { maxUnused: { bytes: 0 }, graceMs: 0 });
    assert.ok(place.objects.size < before - 4);
    assert.ok(await isCovered(place));
    await repository.changePassword(testPassword, { cost: { N: 128, r: 8, p: 1 } });
    assert.ok(await isCovered(place));

    const target = await coveredPlace(context, 5);
    const copy = await Repository.open(target, testPassword);
    assert.equal((await copySnapshots(repository, copy, await repository.listSnapshots())).copied.length, 1);
    assert.ok(await isCovered(target));
    copy.close();
    repository.close();
  });
});

test('the share is asked for once, with the first file that is stored, and never by those who only read', async (context) => {
  const place = await coveredPlace(context);
  let asked = 0;
  const counting: Backend = {
    ...place,
    load(key, range, options) {
      if (key === 'parity/settings') asked += 1;
      return place.load(key, range, options);
    },
  };
  const repository = await Repository.open(counting, testPassword);
  const indexed = await repository.loadIndex();
  await repository.listSnapshots();
  assert.equal(asked, 0);
  await Promise.all(
    ['third', 'fourth'].map((name) =>
      repository.addKey(testPassword, { username: name, cost: { N: 128, r: 8, p: 1 } }),
    ),
  );
  await saveFiles(indexed, { c: [Buffer.from('fifth')] });
  assert.equal(asked, 1);
  assert.ok(await isCovered(place));
  await indexed.close();
  repository.close();
});

test(
  'a crash at every operation of forget and prune leaves no wrong side file, and stock restic finds nothing',
  needs('restic'),
  async (context) => {
    const history = await makeHistory(context, 3);
    const start = backendWith(history.objects);
    await saveParityShare(start, 10);
    await updateParity(start, 10);
    const retain = async (backend: Backend): Promise<void> => {
      const repository = await Repository.open(backend, testPassword);
      try {
        const options = { prune: 'always', maxUnused: { bytes: 0 }, graceMs: 0, trustsDates: true } as const;
        await applyRetention(repository, { last: 2 }, options);
      } finally {
        repository.close();
      }
    };
    const states = await statesAfter(start.objects, 'crash', true, retain);
    assert.ok(states.size > 3);
    let number = 0;
    for (const objects of states.values()) {
      number += 1;
      const place = backendWith(objects);
      const { mended, beyond, sideFilesMended } = await mendPlace(place);
      assert.deepEqual([mended, beyond, sideFilesMended], [[], [], 0], 'nothing is damaged, and nobody thinks so');
      // What crashes leave of the files themselves is judged elsewhere, in each state; here a few must do.
      if (number % 8 === 0) await judge(history, new Map([...objects].filter(([key]) => !key.startsWith('parity/'))));
      if (number % 3 !== 0) continue;
      await retain(place);
      await updateParity(place, 10);
      assert.ok(await isCovered(place));
    }
  },
);

test(
  'stock restic works beside side files, and a damaged repository is whole again for it',
  needs('restic'),
  async (context) => {
    const repository = await testRepository(context);
    const { path, passwordFile, folder } = repository;
    const source = join(folder, 'source');
    mkdirSync(source);
    for (let file = 0; file < 6; file += 1) writeFileSync(join(source, `${file}`), randomBytesOf(file, 300_000));
    const flags = ['-r', path, '-p', passwordFile];
    await repository.backup([source]);
    assert.equal((await cli(['repo', 'parity', 'on', ...flags, '--share', '10%'])).exitCode, 0);
    await repository.restic('backup', source, '--host', 'test', '--force');
    writeFileSync(join(source, 'more'), randomBytesOf('more', 200_000));
    await repository.restic('backup', source, '--host', 'test');
    rmSync(join(source, '0'));
    await repository.backup([source]);
    await repository.restic('forget', '--keep-last', '2', '--prune', '--max-unused', '0');
    await repository.restic('check', '--read-data');
    const place = await openFolderBackend(path);
    assert.equal(await isCovered(place), false, 'restic writes and removes without side files');
    assert.match((await cli(['repo', 'parity', 'update', ...flags])).stdout, /made [1-9]\d* side file/);
    assert.ok(await isCovered(place));
    await repository.restic('check', '--read-data');
    assert.match((await cli(['repo', 'parity', 'status', ...flags])).stdout, /10% of each file can be given back/);

    for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.parentPath.includes('parity') || entry.parentPath.endsWith('locks')) continue;
      const file = join(entry.parentPath, entry.name);
      const bytes = readFileSync(file);
      // A tenth of every file: zeros in the middle.
      bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + Math.floor(bytes.length / 10));
      rmSync(file);
      writeFileSync(file, bytes);
    }
    await assert.rejects(repository.restic('check', '--read-data'));
    const repaired = await cli(['repo', 'check', ...flags, '--read-data', '--repair']);
    assert.equal(repaired.exitCode, 0, repaired.stdout + repaired.stderr);
    assert.match(repaired.stdout, /mended: config/);
    assert.match(repaired.stdout, /mended: data\//);
    await repository.restic('check', '--read-data');
    const target = join(folder, 'target');
    await repository.restic('restore', 'latest', '--target', target);
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
    assert.match((await cli(['repo', 'parity', 'off', ...flags])).stdout, /removed \d+ side file/);
    assert.equal(readdirSync(path).includes('parity'), false);
  },
);
