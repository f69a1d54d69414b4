// A repository gets a new master key while stock restic goes on using it; killed anywhere, the move goes on.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Backend } from '../src/backends/backend.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { memoryBackend } from '../src/backends/memory.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { surveyParity } from '../src/engine/parity/update-parity.ts';
import {
  cancelRekey,
  continueRekey,
  rekeyPhase,
  rekeyPlaces,
  removeOld,
  switchRekey,
} from '../src/engine/rekey/folder-rekey.ts';
import { carryOver, type CarryOverResult } from '../src/engine/rekey/carry-over.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { withLock } from '../src/engine/repository/repository-lock.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { statesAfter } from './support/crash-states.ts';
import { failure } from './support/failures.ts';
import { backendWith, judge, makeHistory } from './support/history.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { cheapCost, newRepository, testPassword } from './support/repositories.ts';
import { testRepository } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const newPassword = new SecretString('another battery staple');
const passwords = { password: testPassword, newPassword: testPassword };
const cost = cheapCost;

async function idAt(path: string, password = testPassword): Promise<string> {
  const repository = await Repository.open(await openFolderBackend(path), password);
  try {
    return repository.config.id;
  } finally {
    repository.close();
  }
}

async function opensConfigOf(path: string, other: string): Promise<boolean> {
  const repository = await Repository.open(await openFolderBackend(path), testPassword);
  try {
    return repository.sealer.open(readFileSync(join(other, 'config'))) !== undefined;
  } finally {
    repository.close();
  }
}

async function story(context: TestContext) {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  for (let file = 0; file < 4; file += 1) writeFileSync(join(source, `${file}`), randomBytesOf(file, 200_000));
  await repository.backup([source]);
  writeFileSync(join(source, 'more'), 'more');
  await repository.backup([source]);
  return { ...repository, source };
}

suite('a new master key', () => {
  test(
    'takes over while the repository is in use, and stock restic finds nothing missing',
    needs('restic'),
    async (context) => {
      const { path, passwordFile, folder, source, restic, snapshots } = await story(context);
      const flags = ['-r', path, '-p', passwordFile];
      await cli(['repo', 'parity', 'on', ...flags, '--share', '5%']);
      const before = await idAt(path);
      assert.match((await cli(['repo', 'rekey', 'status', '-r', path])).stdout, /nothing is carried over/);
      const copied = await cli(['repo', 'rekey', 'copy', ...flags]);
      assert.equal(copied.exitCode, 0, copied.stderr);
      assert.match(copied.stdout, /2 snapshot\(s\) are in the new repository, 2 of them new/);
      assert.match((await cli(['repo', 'rekey', 'status', '-r', path])).stdout, /complete and proved/);
      // Somebody backs up in the meantime.
      writeFileSync(join(source, 'later'), randomBytesOf('later', 100_000));
      await restic('backup', source, '--host', 'test');
      const dry = await cli(['repo', 'rekey', 'switch', ...flags, '--dry-run']);
      assert.match(dry.stdout, /nothing was changed/);
      assert.equal(await idAt(path), before);
      const switched = await cli(['repo', 'rekey', 'switch', ...flags]);
      assert.equal(switched.exitCode, 0, switched.stderr);
      assert.notEqual(await idAt(path), before);
      assert.equal(await idAt(rekeyPlaces(path).old), before);
      assert.equal((await snapshots()).length, 3);
      assert.equal(await opensConfigOf(path, rekeyPlaces(path).old), false, 'the new key opens nothing old');
      await restic('check', '--read-data');
      const { uncovered, sideFiles } = await surveyParity(await openFolderBackend(path));
      assert.deepEqual([uncovered, sideFiles > 0], [[], true], 'error correction goes along');
      const target = join(folder, 'target');
      await restic('restore', 'latest', '--target', target);
      assert.deepEqual(await compareTrees(source, join(target, source)), []);
      assert.match(await restic('backup', source, '--host', 'test'), /0 new, +0 changed, +6 unmodified/);
      assert.match((await cli(['repo', 'rekey', 'remove-old', '-r', path, '-n'])).stdout, /would be removed/);
      assert.ok(existsSync(rekeyPlaces(path).old));
      assert.equal((await cli(['repo', 'rekey', 'remove-old', '-r', path])).exitCode, 0);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('repository')),
        ['repository'],
      );
      await restic('check');
    },
  );

  test('killed before any step the move goes on, and nothing is lost', async (context) => {
    const { path, source, folder, snapshots, restore, open } = await story(context);
    const before = await idAt(path);
    const { fresh } = rekeyPlaces(path);
    const seen: string[] = [];
    // Crashes at the first step that it has not crashed at before.
    const crashPoint = (step: string): void => {
      if (seen.includes(step)) return;
      seen.push(step);
      throw new Error(`crash ${step}`);
    };
    const options = { cost, crashPoint };
    const untilDone = async (work: () => unknown): Promise<void> => {
      for (let crashes = 0; crashes < 10; crashes += 1) {
        try {
          await work();
          return;
        } catch (error) {
          assert.match(String(error), /crash/);
        }
        const place = existsSync(path) ? path : fresh;
        await idAt(place);
      }
    };
    await untilDone(() => continueRekey(path, passwords, options));
    // Cut short while the new repository was made: a key, and no config.
    rmSync(join(fresh, 'config'));
    await untilDone(() => continueRekey(path, passwords, options));
    await untilDone(async () => {
      if (rekeyPhase(path).phase !== 'switched') await switchRekey(path, passwords, options);
    });
    assert.notEqual(await idAt(path), before);
    await untilDone(() => {
      if (rekeyPhase(path).phase === 'switched' || existsSync(rekeyPlaces(path).removing)) removeOld(path, options);
    });
    assert.deepEqual(seen, [
      'before the state is written',
      'before the new one is made',
      'before the old one goes aside',
      'between the two steps',
      'after the switch',
      'before anything is removed',
      'before the removal',
    ]);
    assert.equal(rekeyPhase(path).phase, 'none');
    const made = await snapshots();
    assert.equal(made.length, 2);
    const target = join(folder, 'target');
    await open(async () => {});
    await restore('latest', target);
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('repository')),
      ['repository'],
    );
  });

  test(
    'killed at every storage operation of the new repository, it goes on until everything is proved',
    needs('restic'),
    async (context) => {
      const history = await makeHistory(context, 2);
      const folder = await temporaryFolder(context);
      const empty = memoryBackend();
      await newRepository(context, { backend: empty });
      let run = 0;
      let number = 0;
      const work = async (backend: Backend): Promise<CarryOverResult> => {
        const from = await Repository.open(backendWith(history.objects), testPassword);
        const to = await Repository.open(backend, testPassword);
        run += 1;
        const dates = join(folder, `${run}.dates`);
        try {
          return await withLock(to, {}, async (signal) => carryOver(from, to, dates, { signal }));
        } finally {
          from.close();
          to.close();
        }
      };
      const states = await statesAfter(empty.objects, 'crash', true, work);
      assert.ok(states.size > 3);
      for (const objects of states.values()) {
        const place = backendWith(objects);
        assert.equal((await work(place)).snapshots, 2);
        const opened = await Repository.open(place, testPassword);
        const origins = new Map((await opened.listSnapshots()).map(({ id, original }) => [id, original ?? id]));
        opened.close();
        assert.equal(new Set(origins.values()).size, 2);
        number += 1;
        if (number % 4 === 0) await judge(history, place.objects, (id) => origins.get(id) ?? id);
      }
    },
  );

  test('has another password when one is given, and what is done too early or twice is refused', async (context) => {
    const { path } = await story(context);
    const moved = { password: testPassword, newPassword };
    await assert.rejects(switchRekey(path, moved), failure('rekey.not-begun'));
    assert.throws(() => removeOld(path), failure('rekey.not-switched'));
    assert.throws(() => cancelRekey(path), failure('rekey.not-begun'));
    await continueRekey(path, moved, { cost });
    cancelRekey(path);
    assert.equal(rekeyPhase(path).phase, 'none');
    const first = await continueRekey(path, moved, { cost });
    assert.ok(first.bytesProved > 0);
    const again = await continueRekey(path, moved, { cost });
    assert.deepEqual([again.copied, again.bytesProved], [0, 0], 'what is proved is not read again');
    await switchRekey(path, moved, { cost });
    await assert.rejects(idAt(path), failure('repository.wrong-password'));
    await idAt(path, newPassword);
    await assert.rejects(switchRekey(path, moved), failure('rekey.already-switched'));
    await assert.rejects(continueRekey(path, moved), failure('rekey.already-switched'));
    assert.throws(() => cancelRekey(path), failure('rekey.already-switched'));
  });

  test('is refused while the old repository lacks something, and while the new one is not whole', async (context) => {
    const { path, open } = await story(context);
    await continueRekey(path, passwords, { cost });
    const { fresh } = rekeyPlaces(path);
    const packsOf = (folder: string): string[] =>
      readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }).flatMap((file) =>
        file.isFile() ? [join(file.parentPath, file.name)] : [],
      );
    const [pack = ''] = packsOf(fresh);
    rmSync(pack);
    await assert.rejects(switchRekey(path, passwords, { cost }), failure('rekey.not-proved'));
    assert.equal(rekeyPhase(path).phase, 'copying');
    cancelRekey(path);
    await open(async () => {});
    rmSync(packsOf(path)[0] ?? '');
    await assert.rejects(continueRekey(path, passwords, { cost }), failure('rekey.incomplete'));
    await assert.rejects(switchRekey(path, passwords, { cost }), failure('rekey.not-complete'));
  });
});
