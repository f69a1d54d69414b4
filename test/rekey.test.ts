// A repository gets a new master key while stock restic goes on using it; killed anywhere, the move goes on.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import type { Backend } from '../src/backends/backend.ts';
import { atCall, CrashError, faultyBackend } from '../src/backends/faulty.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { isFailure } from '../src/base/failure.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { backupInto } from '../src/engine/backup/backup-into.ts';
import type { SnapshotId } from '../src/engine/ids.ts';
import { check } from '../src/engine/maintain/check.ts';
import { prune } from '../src/engine/maintain/prune.ts';
import { surveyParity } from '../src/engine/parity/update-parity.ts';
import { cancelRekey, continueRekey, removeOld, switchRekey } from '../src/engine/rekey/rekey.ts';
import { loadRekeyState } from '../src/engine/rekey/rekey-state.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { withLock } from '../src/engine/repository/repository-lock.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { failure } from './support/failures.ts';
import { backendWith, dayOf, judge, makeHistory, type Objects, unlocked } from './support/history.ts';
import { startThenStop } from './support/instance.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { backendRefused } from './support/refusing-backend.ts';
import { cheapCost, testPassword } from './support/repositories.ts';
import { testRepository } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const newPassword = new SecretString('another battery staple');
const passwords = { password: testPassword, newPassword: testPassword };
const cost = cheapCost;
const atOnce = 12;

async function idOf(backend: Backend, password = testPassword): Promise<string> {
  const repository = await Repository.open(backend, password);
  try {
    return repository.config.id;
  } finally {
    repository.close();
  }
}

const phaseOf = async (backend: Backend): Promise<string> => (await loadRekeyState(backend))?.phase ?? 'none';

async function story(context: TestContext) {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  for (let file = 0; file < 4; file += 1) writeFileSync(join(source, `${file}`), randomBytesOf(file, 200_000));
  await repository.backup([source]);
  writeFileSync(join(source, 'more'), 'more');
  await repository.backup([source]);
  const backend = await openFolderBackend(repository.path);
  const options = { cost, datesFolder: join(repository.folder, 'dates') };
  mkdirSync(options.datesFolder);
  return { ...repository, source, backend, options };
}

// As a scheduled backup does it; undefined where it is refused.
async function backUp(backend: Backend, source: string): Promise<SnapshotId | undefined> {
  try {
    const repository = await Repository.open(backend, testPassword);
    try {
      const options = { time: dayOf(9), host: 'late', workers: 0 };
      return (await withLock(repository, {}, () => backupInto(repository, [source], options))).snapshotId;
    } finally {
      repository.close();
    }
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}

// All steps that are left, in their order.
async function finishMove(backend: Backend, datesFolder: string): Promise<void> {
  const options = { cost, datesFolder };
  if ((await phaseOf(backend)) === 'none') return;
  if ((await phaseOf(backend)) === 'copying') await continueRekey(backend, passwords, options);
  if ((await phaseOf(backend)) !== 'switched') await switchRekey(backend, passwords, options);
  await removeOld(backend);
}

// A test that crashes goes on living, and its locks with it.
const withoutLocks = (objects: Objects): Objects =>
  new Map([...unlocked(objects)].filter(([key]) => !key.startsWith('rekey/new/locks/')));

suite('a new master key', () => {
  test(
    'takes over while the repository is in use, and stock restic finds nothing missing',
    needs('restic'),
    async (context) => {
      const { path, passwordFile, folder, source, restic, snapshots, backend } = await story(context);
      const flags = ['-r', path, '-p', passwordFile];
      const sealedBefore = await backend.load('config');
      await cli(['repo', 'parity', 'on', ...flags, '--share', '5%']);
      const before = await idOf(backend);
      assert.match((await cli(['repo', 'rekey', 'status', '-r', path])).stdout, /nothing is carried over/);
      const copied = await cli(['repo', 'rekey', 'copy', ...flags]);
      assert.equal(copied.exitCode, 0, copied.stderr);
      assert.match(copied.stdout, /2 snapshot\(s\) are in the new repository, 2 of them new/);
      assert.match((await cli(['repo', 'rekey', 'status', '-r', path])).stdout, /complete and proved/);
      // Somebody backs up in the meantime.
      writeFileSync(join(source, 'later'), randomBytesOf('later', 100_000));
      await restic('backup', source, '--host', 'test');
      await restic('check', '--read-data');
      const dry = await cli(['repo', 'rekey', 'switch', ...flags, '--dry-run']);
      assert.match(dry.stdout, /nothing was changed/);
      assert.equal(await idOf(backend), before);
      const switched = await cli(['repo', 'rekey', 'switch', ...flags]);
      assert.equal(switched.exitCode, 0, switched.stderr);
      assert.notEqual(await idOf(backend), before);
      assert.equal((await snapshots()).length, 3);
      const moved = await Repository.open(backend, testPassword);
      assert.equal(moved.sealer.open(sealedBefore), undefined, 'the new key opens nothing old');
      moved.close();
      await restic('check', '--read-data');
      // What stock restic stored lies in packs of the old one now.
      const oldPacks = (await backend.load('rekey/old-packs')).toString().split('\n');
      const { uncovered, sideFiles } = await surveyParity(backend);
      const open = uncovered.filter((key) => !oldPacks.includes(key.split('/').at(-1) ?? ''));
      assert.deepEqual([open, sideFiles > 0], [[], true], 'error correction goes along');
      const target = join(folder, 'target');
      await restic('restore', 'latest', '--target', target);
      assert.deepEqual(await compareTrees(source, join(target, source)), []);
      assert.match(await restic('backup', source, '--host', 'test'), /0 new, +0 changed, +6 unmodified/);

      const packs = readdirSync(join(path, 'data'), { recursive: true }).length;
      await cli(['repo', 'prune', ...flags]);
      assert.equal(
        readdirSync(join(path, 'data'), { recursive: true }).length,
        packs,
        'prune leaves the old one alone',
      );
      assert.match((await cli(['repo', 'rekey', 'remove-old', '-r', path, '-n'])).stdout, /would be removed/);
      assert.equal((await cli(['repo', 'rekey', 'remove-old', '-r', path])).exitCode, 0);
      assert.equal(existsSync(join(path, 'rekey')), false);
      assert.deepEqual((await surveyParity(backend)).orphans, []);
      assert.doesNotMatch(await restic('check', '--read-data'), /not referenced in any index/);
    },
  );

  test('killed at every storage operation, the move goes on to its end', needs('restic'), async (context) => {
    const history = await makeHistory(context, 2);
    const datesFolder = await temporaryFolder(context);
    const options = { cost, datesFolder };
    const parts: [name: string, work: (backend: Backend) => Promise<unknown>][] = [
      ['copy', (backend) => continueRekey(backend, passwords, options)],
      ['switch', (backend) => switchRekey(backend, passwords, options)],
      ['remove', (backend) => removeOld(backend)],
    ];
    const before = await idOf(backendWith(history.objects));
    let start = history.objects;
    let crashes = 0;
    const lastState = [...history.states.values()].at(-1) ?? '';
    let written = 0;
    const goesOn = async (objects: Objects, where: string): Promise<void> => {
      const place = backendWith(objects);
      crashes += 1;
      // A scheduled backup knows nothing of the crash: either it is refused, or what it wrote goes along.
      const late = await backUp(place, history.source);
      if (late !== undefined) written += 1;
      const isJudged = crashes % 20 === 0;
      await finishMove(place, datesFolder);
      const opened = await Repository.open(place, testPassword);
      const origins = new Map((await opened.listSnapshots()).map(({ id, original }) => [id, original ?? id]));
      const { problems } = await check(opened, { readData: true });
      opened.close();
      assert.deepEqual(
        problems.filter(({ severity }) => severity === 'error'),
        [],
        where,
      );
      const expected = new Set([...history.states.keys(), ...(late === undefined ? [] : [late])]);
      assert.deepEqual(new Set(origins.values()), expected, where);
      const states = late === undefined ? history.states : new Map([...history.states, [late, lastState]]);
      if (isJudged) await judge({ ...history, states }, place.objects, (id) => origins.get(id) ?? id);
    };
    for (const [name, work] of parts) {
      // Side by side, because each waits for its locks.
      const attempt = async (at: number): Promise<Objects | undefined> => {
        const inner = backendWith(start);
        const backend = faultyBackend(inner, atCall(at, 'crash'), { dropsUnacknowledged: true });
        await work(backend).catch((error: unknown) => {
          if (!(error instanceof CrashError) && !isFailure(error)) throw error;
        });
        await backend.quiet();
        if (!backend.tripped) return withoutLocks(inner.objects);
        await goesOn(withoutLocks(inner.objects), `${name}, operation ${at}`);
        return undefined;
      };
      let done: Objects | undefined;
      for (let at = 1; done === undefined; at += atOnce) {
        const ends = await Promise.all(Array.from({ length: atOnce }, (_, more) => attempt(at + more)));
        done = ends.find((end) => end !== undefined);
      }
      start = done;
    }
    assert.ok(crashes > 60, `${crashes} crashes`);
    assert.ok(written > 20 && written < crashes, `${written} backups after ${crashes} crashes`);
    assert.notEqual(await idOf(backendWith(start)), before);
    assert.deepEqual(
      [...start.keys()].filter((key) => key.startsWith('rekey/')),
      [],
    );
    const packs = [...start.keys()].filter((key) => key.startsWith('data/'));
    assert.ok(
      packs.every((key) => !history.objects.has(key)),
      'no pack of the old one is left',
    );
  });

  test('what stock restic prunes away of the new one is carried over anew', needs('restic'), async (context) => {
    const { backend, options, restic, open, snapshots } = await story(context);
    await continueRekey(backend, passwords, options);
    // Ours leaves it alone.
    await open((_indexed, repository) => prune(repository, { maxUnused: { bytes: 0 }, graceMs: 0 }));
    const again = await continueRekey(backend, passwords, options);
    assert.deepEqual([again.copied, again.bytesProved], [0, 0], 'what is proved is not read again');
    await restic('prune');
    await assert.rejects(switchRekey(backend, passwords, options), failure('rekey.not-proved'));
    const healed = await continueRekey(backend, passwords, options);
    assert.equal(healed.copied, 2);
    await switchRekey(backend, passwords, options);
    await restic('check', '--read-data');
    assert.equal((await snapshots()).length, 2);
    // With the new key it may prune the old one away: nothing is missing.
    await restic('prune');
    await removeOld(backend);
    await restic('check', '--read-data');
  });

  test('has another password when one is given, and what is done too early or twice is refused', async (context) => {
    const { backend, options } = await story(context);
    const moved = { password: testPassword, newPassword };
    await assert.rejects(switchRekey(backend, moved, options), failure('rekey.not-begun'));
    await assert.rejects(removeOld(backend), failure('rekey.not-switched'));
    await assert.rejects(cancelRekey(backend), failure('rekey.not-begun'));
    await continueRekey(backend, moved, options);
    await cancelRekey(backend);
    assert.equal(await phaseOf(backend), 'none');
    assert.ok((await continueRekey(backend, moved, options)).bytesProved > 0);
    await switchRekey(backend, moved, options);
    await assert.rejects(idOf(backend), failure('repository.wrong-password'));
    await idOf(backend, newPassword);
    await assert.rejects(switchRekey(backend, moved, options), failure('rekey.already-switched'));
    await assert.rejects(continueRekey(backend, moved, options), failure('rekey.already-switched'));
    await assert.rejects(cancelRekey(backend), failure('rekey.already-switched'));
  });

  test('where nothing may be removed the switch does not begin', async (context) => {
    const { backend, options } = await story(context);
    await continueRekey(backend, passwords, options);
    const before = await idOf(backend);
    const refusing = backendRefused(backend, 'rekey/old/');
    await assert.rejects(switchRekey(refusing, passwords, options), failure('backend.refused'));
    assert.deepEqual([await phaseOf(backend), await idOf(backend)], ['copying', before]);
  });

  test('changes the key of a repository that a job fills, and the job goes on', needs('age'), async (context) => {
    const folder = await temporaryFolder(context);
    const home = join(folder, 'home');
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), 'kept');
    writeFileSync(join(folder, 'master'), 'quartz lemon tundra 4 violin osprey\n', { mode: 0o600 });
    const orbit = async (...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await cli(args, { home });
      assert.ok(exitCode === 0 || exitCode === 3, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    await startThenStop(home, ['--master-password-file', join(folder, 'master')]);
    await orbit('job', 'set', 'system', '--folder', source, '--without-folder', '/etc');
    await orbit('backup', 'create', '--kind', 'system');
    const config = (): Buffer => readFileSync(join(home, 'destination/system/config'));
    const before = config();
    const which = ['--destination', 'local', '--kind', 'system'];
    assert.match(await orbit('backup', 'rekey', 'copy', ...which), /complete and proved/);
    assert.match(await orbit('backup', 'rekey', 'switch', ...which), /has its new master key/);
    assert.notDeepEqual(config(), before);
    await orbit('backup', 'create', '--kind', 'system');
    assert.match(await orbit('backup', 'rekey', 'status', ...which), /the new master key is in use/);
    await orbit('backup', 'rekey', 'remove-old', ...which);
    await orbit('backup', 'create', '--kind', 'system');
    assert.match(await orbit('backup', 'rekey', 'status', ...which), /nothing is carried over/);
  });

  test('is refused while the old repository lacks something', async (context) => {
    const { path, backend, options } = await story(context);
    const [pack] = readdirSync(join(path, 'data'), { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    rmSync(join(pack?.parentPath ?? '', pack?.name ?? ''));
    await assert.rejects(continueRekey(backend, passwords, options), failure('rekey.incomplete'));
    await assert.rejects(switchRekey(backend, passwords, options), failure('rekey.not-complete'));
  });
});
