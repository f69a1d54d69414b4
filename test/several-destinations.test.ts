// One job, several destinations: folders, and a real server by rsync. What is lost catches up; stock restic is the judge.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tellNote } from '../src/base/note.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { prepareDestination } from '../src/destinations/open.ts';
import { catchUp, catchUpAfter } from '../src/jobs/catch-up.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { findJob, type Job, saveJob } from '../src/jobs/job.ts';
import { listMissed } from '../src/jobs/missed-run.ts';
import { repositoryPassword } from '../src/jobs/repository-passwords.ts';
import { listRuns, type Run, type RunResult } from '../src/jobs/run.ts';
import type { RunEvent } from '../src/jobs/run-events.ts';
import { openRunDesk } from '../src/jobs/run-desk.ts';
import { type RunOptions, runJob } from '../src/jobs/runner.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type DrillInstance, drillInstance } from './support/drill-instance.ts';
import { startSshServer } from './support/ssh-server.ts';
import { stock } from './support/stock-age.ts';
import { needs } from './support/tools.ts';

interface Site extends DrillInstance {
  /** Adds a folder as a destination of the system and the secrets job. */
  addFolder(name: string): Promise<string>;
  addTo(name: string): void;
  change(kind: 'secrets' | 'system', changes: Partial<Job>): void;
  run(job: 'secrets' | 'system', options?: Partial<RunOptions>): Promise<Run>;
  restic(place: string, name: string, ...args: string[]): Promise<string>;
  /** Tree ids of the system snapshots at a place, oldest first. */
  trees(place: string, name: string): Promise<string[]>;
}

async function site(context: TestContext): Promise<Site> {
  const instance = await drillInstance(context);
  const { app, folder, clock } = instance;
  const change: Site['change'] = (kind, changes) =>
    saveJob(app.store, { ...findJob(app.store, kind), ...changes } as Job);
  const addTo = (name: string): void => {
    for (const kind of ['secrets', 'system'] as const)
      change(kind, { destinations: [...findJob(app.store, kind).destinations, name] });
  };
  const restic: Site['restic'] = async (place, name, ...args) => {
    const password = join(folder, `password of ${name}`);
    writeFileSync(password, repositoryPassword(app, name, 'system').reveal(), { mode: 0o600 });
    return (
      await stock(place, 'restic', '--no-cache', '--no-lock', '-r', 'system', '-p', password, ...args)
    ).toString();
  };
  return {
    ...instance,
    change,
    addTo,
    restic,
    async addFolder(name) {
      const path = join(folder, name);
      mkdirSync(path);
      const added = addDestination(app.store, app.instanceKey, { name, kind: 'folder', config: { path } }, clock);
      await prepareDestination(app, added);
      addTo(name);
      return path;
    },
    run(job, options = {}) {
      clock.advance(60_000);
      return runJob(app, findJob(app.store, job), { startedBy: 'person', ...options });
    },
    async trees(place, name) {
      const snapshots = JSON.parse(await restic(place, name, 'snapshots', '--json')) as {
        time: string;
        tree: string;
      }[];
      return snapshots.toSorted((a, b) => (a.time < b.time ? -1 : 1)).map(({ tree }) => tree);
    },
  };
}

function outcomes(run: Run): Record<string, string> {
  return Object.fromEntries(run.results.map(({ destination, outcome }) => [destination, outcome]));
}

function resultAt(run: Run | undefined, destination: string): RunResult {
  return (
    run?.results.find((result) => result.destination === destination) ?? assert.fail(`no result at ${destination}`)
  );
}

test(
  'two folders and a remote server get the same snapshot from one reading, each with its own result and live progress',
  needs('rsync', 'sshd', 'restic'),
  async (context) => {
    const { addFolder, addTo, app, change, clock, folder, home, place, restic, run, source, trees } =
      await site(context);
    const second = await addFolder('second');
    const server = await startSshServer();
    context.after(() => server.stop());
    const far = join(server.folder, 'far');
    mkdirSync(far);
    const orbit = async (...args: string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await cli(args, { home });
      assert.equal(exitCode, 0, stderr);
      return stdout;
    };
    const { publicLine } = JSON.parse(await orbit('ssh-key', 'show', '--json')) as { publicLine: string };
    await server.authorize(publicLine);
    await orbit(
      ...['destination', 'add', 'rsync', 'offsite', '--host', server.host, '--port', String(server.port)],
      ...['--user', server.user, '--path', far, '--host-key', server.hostKey.fingerprint],
    );
    addTo('offsite');
    clock.advance(60_000);
    // A program whose output is part of the source says how often the source was read.
    const counter = join(folder, 'readings');
    const command = { path: '/output', command: process.execPath, args: ['-e', countReadings, counter] };
    change('system', { plan: { folders: [source], excludes: [], commands: [command] } });
    const events: RunEvent[] = [];
    const made = await run('system', { report: (event) => void events.push(event) });
    assert.deepEqual(outcomes(made), { local: 'succeeded', second: 'succeeded', offsite: 'succeeded' });
    assert.equal(readFileSync(counter, 'utf8'), '.');
    const places = { local: place, second, offsite: far };
    const all = await Promise.all(Object.entries(places).map(([name, path]) => trees(path, name)));
    assert.equal(new Set(all.flat()).size, 1);
    for (const [name, path] of Object.entries(places)) {
      assert.match(await restic(path, name, 'check', '--read-data'), /no errors were found/);
      const restored = join(folder, `restored ${name}`);
      await restic(path, name, 'restore', 'latest', '--target', restored);
      assert.deepEqual(await compareTrees(source, join(restored, source)), []);
      const sent = resultAt(made, name).summary?.sentBytes ?? 0;
      assert.ok(sent > 0);
    }
    const progressed = new Set(events.flatMap((event) => (event.type === 'progress' ? [event.destination] : [])));
    assert.deepEqual([...progressed].sort(), ['local', 'offsite', 'second']);
    const kits = await run('secrets');
    assert.deepEqual(outcomes(kits), { local: 'succeeded', second: 'succeeded', offsite: 'succeeded' });
    assert.deepEqual(listMissed(app.store), []);
  },
);

const countReadings = 'require("node:fs").appendFileSync(process.argv[1], "."); console.log("output")';

test(
  'a destination that was lost during two runs gets both snapshots and kits from another one, while the source is gone',
  needs('restic'),
  async (context) => {
    const { addFolder, app, clock, folder, place, restic, run, source, trees } = await site(context);
    const second = await addFolder('second');
    await run('system');
    renameSync(second, `${second} away`);
    writeFileSync(join(source, 'missed'), 'what the second one misses');
    const lost = await run('system');
    assert.equal(lost.outcome, 'partial');
    assert.deepEqual(outcomes(lost), { local: 'succeeded', second: 'failed' });
    await run('secrets');
    writeFileSync(join(source, 'missed too'), 'and this');
    await run('system');
    assert.equal(listMissed(app.store, { destination: 'second' }).length, 3);
    // Nothing can be read from the source any more; the queue is what a new start of the service would find.
    renameSync(source, join(folder, 'source away'));
    renameSync(`${second} away`, second);
    clock.advance(60_000);
    await lookAt(app, findDestination(app.store, 'second'));
    const stop = new AbortController();
    const desk = openRunDesk(app, stop.signal);
    const caught = await desk.catchUp();
    await desk.close();
    assert.deepEqual(
      caught.map(({ startedBy, destination, outcome }) => [startedBy, destination, outcome]),
      [
        ['catch-up', 'second', 'succeeded'],
        ['catch-up', 'second', 'succeeded'],
      ],
    );
    const system = caught.find(({ kind }) => kind === 'system');
    assert.match(
      resultAt(system, 'second')
        .summary?.notes.map((note) => tellNote(note, 'en'))
        .join() ?? '',
      /2 snapshots came from 'local'/,
    );
    assert.deepEqual(listMissed(app.store), []);
    assert.deepEqual(await trees(second, 'second'), await trees(place, 'local'));
    assert.match(await restic(second, 'second', 'check', '--read-data'), /no errors were found/);
    const kits = await compareTrees(join(place, 'secrets'), join(second, 'secrets'));
    assert.deepEqual(
      kits.filter((difference) => !difference.includes(': mtime ')),
      [],
    );
    // Nothing has changed, so the copied kit is proved again and no other one is made.
    renameSync(join(folder, 'source away'), source);
    const again = await run('secrets');
    assert.deepEqual(
      again.results.map(({ outcome, summary }) => [outcome, summary?.made]),
      [
        ['succeeded', undefined],
        ['succeeded', undefined],
      ],
    );
    assert.equal(resultAt(await run('system'), 'second').outcome, 'succeeded');
  },
);

test('a new destination takes what it lacks from the first one’s packs, after a run that it did not delay', async (context) => {
  const { addFolder, app, place, run, trees } = await site(context);
  await run('system');
  const second = await addFolder('second');
  const made = await run('system');
  assert.deepEqual(outcomes(made), { local: 'succeeded', second: 'skipped' });
  assert.equal(resultAt(made, 'second').failure?.code, 'jobs.behind');
  const [caught] = await catchUpAfter(app, made);
  assert.equal(caught?.outcome, 'succeeded');
  assert.deepEqual((await trees(second, 'second')).at(-1), (await trees(place, 'local')).at(-1));
  assert.deepEqual(outcomes(await run('system')), { local: 'succeeded', second: 'succeeded' });
});

test('with `fail` a lost destination is left at that; alone and with `resume` it is read for when it is back', async (context) => {
  const { app, change, clock, place, run } = await site(context);
  renameSync(place, `${place} away`);
  change('system', { whenLost: 'fail' });
  assert.equal((await run('system')).outcome, 'failed');
  assert.deepEqual(listMissed(app.store), []);
  change('system', { whenLost: 'resume' });
  assert.equal((await run('system')).outcome, 'failed');
  assert.equal(listMissed(app.store).length, 1);
  renameSync(`${place} away`, place);
  clock.advance(60_000);
  const caught = await catchUp(app, findJob(app.store, 'system'), 'local');
  assert.deepEqual([caught?.startedBy, caught?.outcome], ['catch-up', 'succeeded']);
  assert.deepEqual(listMissed(app.store), []);
  // A run that comes first makes the queued one needless.
  renameSync(place, `${place} away`);
  await run('system');
  renameSync(`${place} away`, place);
  const made = await run('system');
  assert.equal(made.outcome, 'succeeded');
  assert.deepEqual(await catchUpAfter(app, made), []);
  assert.deepEqual(listMissed(app.store), []);
});

test('with `wait` a run waits for a lost destination and then serves it, while the other one has its copy already', async (context) => {
  const { addFolder, app, change, run } = await site(context);
  const second = await addFolder('second');
  await run('system');
  renameSync(second, `${second} away`);
  change('system', { whenLost: 'wait', waitMinutes: 5 });
  const order: string[] = [];
  const made = await run('system', {
    report(event) {
      if (event.type === 'ended') order.push(`${event.result.destination} ended`);
      if (event.type === 'stage' && event.stage === 'waiting') order.push(`${event.destination} waits`);
      const isTime = ['second waits', 'local ended'].every((line) => order.includes(line));
      if (isTime && !existsSync(second)) renameSync(`${second} away`, second);
    },
  });
  assert.deepEqual(order.filter((line) => line.startsWith('second')).slice(0, 1), ['second waits']);
  assert.equal(resultAt(made, 'local').outcome, 'succeeded');
  // The reading is over by then: what the other one got is copied, at once.
  assert.equal(resultAt(made, 'second').failure?.code, 'jobs.behind');
  const [caught] = await catchUpAfter(app, made);
  assert.equal(caught?.outcome, 'succeeded');
});

test('a cancelled run is marked as such everywhere and queues nothing; one that was killed is, and the next run completes it', async (context) => {
  const { addFolder, app, change, folder, home, place, restic, run, source, trees } = await site(context);
  const second = await addFolder('second');
  const stop = new AbortController();
  const cancelled = await run('system', {
    signal: stop.signal,
    report: (event) => event.type === 'progress' && stop.abort(),
  });
  assert.equal(cancelled.outcome, 'cancelled');
  assert.deepEqual(outcomes(cancelled), { local: 'cancelled', second: 'cancelled' });
  assert.deepEqual(listMissed(app.store), []);
  // The output of a program is part of the source, and this program never ends: the run is in its midst.
  const marker = join(folder, 'marker');
  const command = { path: '/output', command: process.execPath, args: ['-e', hangOnce, marker] };
  change('system', { plan: { folders: [source], excludes: [], commands: [command] } });
  const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));
  const child = spawn(orbit, ['backup', 'create', '--job', 'system'], {
    env: { ...process.env, ORBIT_HOME: home },
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  while (!existsSync(marker) && child.exitCode === null) await sleep(20);
  child.kill('SIGKILL');
  await exited;
  const next = await run('system');
  const broken = listRuns(app.store, { job: 'system' }).find(({ id }) => id < next.id);
  assert.equal(broken?.failure?.code, 'jobs.interrupted');
  assert.deepEqual(outcomes(next), { local: 'succeeded', second: 'succeeded' });
  assert.deepEqual(await trees(place, 'local'), await trees(second, 'second'));
  assert.match(await restic(second, 'second', 'check', '--read-data'), /no errors were found/);
});

const hangOnce =
  'const fs = require("node:fs"); const marker = process.argv[1]; if (!fs.existsSync(marker)) { fs.writeFileSync(marker, ""); setTimeout(() => {}, 600_000); }';

test('a sudden drop that is meant is accepted once, with a reason that the history and the SIEM keep', async (context) => {
  const { app, events, home, run } = await site(context);
  const many = Array.from({ length: 10 }, (_, at) =>
    app.vault.add({ type: 'login', title: `switch ${at}`, username: 'admin', password: new SecretString(`pw ${at}`) }),
  );
  await run('secrets');
  for (const id of many) app.vault.remove(id);
  const refused = await run('secrets');
  assert.deepEqual([refused.outcome, refused.failure?.code], ['failed', 'secrets.sudden-drop']);
  const unreasoned = await cli(['backup', 'create', '--job', 'secrets', '--accept-drop', ' '], { home });
  assert.equal(unreasoned.exitCode, 2, unreasoned.stderr);
  const accepted = await run('secrets', { acceptDrop: { reason: 'the old site was closed', by: 'ana' } });
  assert.equal(accepted.outcome, 'succeeded');
  assert.equal(accepted.dropAccepted, 'the old site was closed');
  assert.match(
    resultAt(accepted, 'local')
      .summary?.notes.map((note) => tellNote(note, 'en'))
      .join() ?? '',
    /ana accepted that 10 secrets of 'vault' are gone/,
  );
  const told = events.find(({ id }) => id === 'backup.drop-accepted');
  assert.deepEqual([told?.facts.user, told?.facts.reason], ['ana', 'the old site was closed']);
  assert.equal((await run('secrets')).outcome, 'succeeded');
});
