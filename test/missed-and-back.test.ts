// What a destination missed reaches it by itself through the real service, killed in between; and repositories that cut files
// differently, because stock restic made one of them, still hold the same content.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tellNote } from '../src/base/note.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { prepareDestination } from '../src/destinations/open.ts';
import { catchUp, catchUpAfter } from '../src/jobs/catch-up.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { findJob, type Job, listJobs, saveJob } from '../src/jobs/job.ts';
import { listMissed } from '../src/jobs/missed-run.ts';
import { repositoryPassword } from '../src/jobs/repository-passwords.ts';
import { listRuns, type Run } from '../src/jobs/run.ts';
import { runJob } from '../src/jobs/runner.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type DrillInstance, drillInstance } from './support/drill-instance.ts';
import { waitUntil } from './support/ports.ts';
import { stock } from './support/stock-age.ts';
import { needs } from './support/tools.ts';

const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));

/** An instance with a second folder, which the system job is yet to be given. No job starts by itself. */
async function twoFolders(context: TestContext) {
  const instance = await drillInstance(context);
  const { app, folder, clock, place } = instance;
  writeFileSync(join(instance.source, 'large'), randomBytes(6_000_000));
  const second = join(folder, 'second');
  mkdirSync(second);
  const config = { path: second };
  await prepareDestination(
    app,
    addDestination(app.store, app.instanceKey, { name: 'second', kind: 'folder', config }, clock),
  );
  for (const job of listJobs(app.store)) saveJob(app.store, { ...job, enabled: false });
  const change = (changes: Partial<Job>): void =>
    saveJob(app.store, { ...findJob(app.store, 'system'), ...changes } as Job);
  const places = { local: place, second };
  const restic = async (name: keyof typeof places, ...args: string[]): Promise<string> => {
    const password = join(folder, `password of ${name}`);
    writeFileSync(password, repositoryPassword(app, name, 'system').reveal(), { mode: 0o600 });
    return (
      await stock(places[name], 'restic', '--no-cache', '--no-lock', '-r', 'system', '-p', password, ...args)
    ).toString();
  };
  const run = (): Promise<Run> => {
    clock.advance(60_000);
    return runJob(app, findJob(app.store, 'system'), { startedBy: 'person' });
  };
  return { ...instance, second, change, restic, run };
}

/** Each destination's newest snapshot is checked and restored by stock restic, and is what the source is. */
async function holdSource(
  { folder, source }: DrillInstance,
  restic: (name: 'local' | 'second', ...args: string[]) => Promise<string>,
  story: string,
): Promise<void> {
  for (const name of ['local', 'second'] as const) {
    assert.match(await restic(name, 'check', '--read-data'), /no errors were found/);
    const restored = join(folder, `restored ${story} ${name}`);
    await restic(name, 'restore', 'latest', '--target', restored);
    assert.deepEqual(await compareTrees(source, join(restored, source)), [], name);
  }
}

async function serve(context: TestContext, home: string): Promise<ChildProcess> {
  const service = spawn(orbit, ['serve', '--listen', '127.0.0.1:0', '--look-every', '1'], {
    env: { ...process.env, ORBIT_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => service.kill('SIGKILL'));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    service.once('exit', () => reject(new Error(`the service ended: ${said}`)));
    service.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('/health answers')) resolve();
    });
  });
  return service;
}

test(
  'the service is killed and started again while a destination is away; once that is back it takes what it missed from the other one by itself',
  needs('restic'),
  async (context) => {
    const site = await twoFolders(context);
    const { app, change, folder, home, restic, run, second, source } = site;
    change({ destinations: ['local', 'second'] });
    assert.equal((await run()).outcome, 'succeeded');
    renameSync(second, `${second} away`);
    const first = await serve(context, home);
    writeFileSync(join(source, 'missed'), 'what the second one misses');
    // A process beside the service.
    const backup = spawn(orbit, ['backup', 'create', '--job', 'system'], {
      env: { ...process.env, ORBIT_HOME: home },
      stdio: 'ignore',
    });
    await once(backup, 'exit');
    assert.equal(listMissed(app.store, { destination: 'second' }).length, 1);
    first.kill('SIGKILL');
    await once(first, 'exit');
    renameSync(source, join(folder, 'source away'));
    await serve(context, home);
    assert.equal(findDestination(app.store, 'second').state, 'lost');
    assert.equal(listMissed(app.store, { destination: 'second' }).length, 1, 'a restart forgets nothing');
    renameSync(`${second} away`, second);
    const caught = await waitUntil(
      async () =>
        listRuns(app.store, { job: 'system' }).find(({ startedBy, outcome }) => startedBy === 'catch-up' && outcome),
      'the catch-up',
    );
    assert.equal(caught.outcome, 'succeeded');
    assert.match(
      caught.results[0]?.summary?.notes.map((note) => tellNote(note, 'en')).join() ?? '',
      /1 snapshots came from 'local'.*source was not read/,
    );
    assert.deepEqual(listMissed(app.store), []);
    renameSync(join(folder, 'source away'), source);
    await holdSource(site, restic, 'after the kill');
  },
);

test(
  'repositories that cut files differently share no pieces, but one reading feeds both, what is missed is caught up, and the content is right',
  needs('restic'),
  async (context) => {
    const site = await twoFolders(context);
    const { app, change, clock, restic, run, second, source } = site;
    for (const name of ['local', 'second']) {
      change({ destinations: [name] });
      await run();
    }
    // Made anew by another program, with cuts of its own.
    rmSync(join(second, 'system'), { recursive: true });
    await restic('second', 'init', '--repository-version', '2');
    await restic('second', 'backup', source);
    const polynomials = await Promise.all(
      (['local', 'second'] as const).map(
        async (name) =>
          (JSON.parse(await restic(name, 'cat', 'config')) as { chunker_polynomial: string }).chunker_polynomial,
      ),
    );
    assert.notEqual(polynomials[0], polynomials[1]);
    change({ destinations: ['local', 'second'] });
    writeFileSync(join(source, 'new'), randomBytes(3_000_000));
    // What the one has already in its own cuts the other does not know, so that the first time it is copied.
    const joined = await run();
    const codes = joined.results.map(({ destination, failure }) => [destination, failure?.code]);
    assert.deepEqual(Object.fromEntries(codes), { local: undefined, second: 'jobs.behind' });
    assert.deepEqual(
      (await catchUpAfter(app, joined)).map(({ outcome }) => outcome),
      ['succeeded'],
    );
    writeFileSync(join(source, 'newest'), randomBytes(3_000_000));
    const made = await run();
    assert.equal(made.outcome, 'succeeded');
    for (const { summary } of made.results)
      assert.match(summary?.notes.map((note) => tellNote(note, 'en')).join() ?? '', /cut files differently/);
    await holdSource(site, restic, 'fed');
    renameSync(second, `${second} away`);
    writeFileSync(join(source, 'newer'), randomBytes(3_000_000));
    assert.equal((await run()).outcome, 'partial');
    renameSync(`${second} away`, second);
    clock.advance(60_000);
    await lookAt(app, findDestination(app.store, 'second'));
    const caught = await catchUp(app, findJob(app.store, 'system'), 'second');
    assert.equal(caught?.outcome, 'succeeded');
    await holdSource(site, restic, 'caught up');
  },
);
