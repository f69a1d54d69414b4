// The main job, whole: first start, backups of all three kinds, second runs, failures on the way.
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Run } from '../src/jobs/run.ts';
import { type CliResult, cli } from './support/cli.ts';
import { startThenStop } from './support/instance.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';
import { stock } from './support/stock-age.ts';

const masterPassword = 'quartz lemon tundra 4 violin osprey';

/** An instance after its first start, protecting a small folder instead of /etc. */
async function startedInstance(
  context: TestContext,
): Promise<{ home: string; source: string; started: CliResult; orbit: typeof cli }> {
  const folder = await temporaryFolder(context);
  const home = join(folder, 'home');
  const source = join(folder, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'vault.conf'), 'listen = 127.0.0.1\n');
  const master = join(folder, 'master');
  writeFileSync(master, `${masterPassword}\n`, { mode: 0o600 });
  const started = await startThenStop(home, ['--master-password-file', master]);
  assert.equal(started.exitCode, 0, started.stderr);
  const orbit: typeof cli = (args, options) => cli(args, { home, ...options });
  const changed = await orbit(['job', 'set', 'system', '--folder', source, '--without-folder', '/etc']);
  assert.equal(changed.exitCode, 0, changed.stderr);
  return { home, source, started, orbit };
}

async function createBackup(
  orbit: typeof cli,
  ...args: string[]
): Promise<{ outcome: string; runs: Run[]; exitCode: number }> {
  const result = await orbit(['backup', 'create', '--json', ...args]);
  return { ...(JSON.parse(result.stdout) as { outcome: string; runs: Run[] }), exitCode: result.exitCode };
}

test('the first start protects, says where and how to open it, and what is not protected yet', async (context) => {
  const { home, started } = await startedInstance(context);
  assert.equal(started.exitCode, 0, started.stderr);
  for (const part of [
    'A recovery key was made',
    'secrets → local',
    'system → local',
    'Not yet protected',
    'recordings: switched off',
  ]) {
    assert.ok(started.stdout.includes(part), `the summary lacks '${part}':\n${started.stdout}`);
  }
  assert.ok(!started.stdout.includes(masterPassword), 'a given master password is not printed');
  const files = readdirSync(join(home, 'destination')).sort();
  for (const name of ['README.txt', 'recovery-key.age', 'secrets', 'system', 'system.password.age']) {
    assert.ok(files.includes(name), `${name} is missing among ${files.join(', ')}`);
  }
});

test('a generated master password is shown once and opens the kit', async (context) => {
  const home = join(await temporaryFolder(context), 'home');
  const started = await startThenStop(home, []);
  const passphrase = /^ {4}([0-9a-z]{4}(?:-[0-9a-z]{4})+)$/m.exec(started.stdout)?.[1];
  assert.ok(passphrase !== undefined, started.stdout);
  const again = await startThenStop(home, []);
  assert.ok(!again.stdout.includes(passphrase));
  assert.ok(!again.stdout.includes('Protected'), 'a second start only serves');
  const master = join(home, 'master');
  writeFileSync(master, passphrase, { mode: 0o600 });
  const secrets = join(home, 'destination', 'secrets');
  const kit = join(secrets, readdirSync(secrets)[0] ?? '');
  const listed = await cli(['kit', 'list', kit, '--master-password-file', master], { home: '/nonexistent/orbit' });
  assert.equal(listed.exitCode, 0, listed.stderr);
  assert.match(listed.stdout, /Repository password: system at local/);
});

test('a second run adds next to nothing and says so', async (context) => {
  const { orbit } = await startedInstance(context);
  await createBackup(orbit);
  const second = await createBackup(orbit);
  assert.equal(second.exitCode, 0);
  for (const run of second.runs) {
    const summary = run.results[0]?.summary;
    assert.equal(summary?.newItems, 0, run.job);
    // The folder above the source is everybody's temporary folder: its time may have changed, and with it one small tree.
    assert.ok((summary?.newBytes ?? Infinity) < 2048, `${run.job} has ${summary?.newBytes} new bytes`);
    assert.ok((summary?.sentBytes ?? Infinity) < 4096, `${run.job} sent ${summary?.sentBytes} bytes`);
  }
  const text = await orbit(['backup', 'create']);
  assert.match(text.stdout, /nothing new|0 new or changed/);
  assert.match(text.stdout, /Everything is backed up and was read back\. Duration: /);
});

test(
  'recordings go into their own repository once switched on, and one still being written waits',
  needs('restic'),
  async (context) => {
    const { home, source, orbit } = await startedInstance(context);
    const folder = join(source, 'recordings');
    mkdirSync(folder);
    writeFileSync(join(folder, 'finished.cast'), '{"version":2,"width":80,"height":24}\n[0.1,"o","hello"]\n');
    writeFileSync(join(folder, 'live.cast'), '{"version":2,"width":80,"height":24}\n');
    const writing = openSync(join(folder, 'live.cast'), 'a');
    context.after(() => closeSync(writing));
    const set = await orbit(['job', 'set', 'recordings', '--enable', '--folder', folder, '--quiet-seconds', '0']);
    assert.equal(set.exitCode, 0, set.stderr);
    const run = await createBackup(orbit, '--kind', 'recordings');
    assert.equal(run.outcome, 'succeeded');
    assert.deepEqual(run.runs[0]?.results[0]?.summary?.notes, [
      { code: 'recordings.unfinished', facts: { count: 1 } },
      { code: 'recordings.added', facts: { count: 1 } },
    ]);
    const password = join(home, 'repository-password');
    const shown = await orbit(['secret', 'show', 'orbit:repository:local:recordings', '--reveal', 'password']);
    writeFileSync(password, shown.stdout.trimEnd(), { mode: 0o600 });
    const listed = await stock(
      home,
      'restic',
      '-r',
      'destination/recordings',
      '--no-cache',
      '-p',
      password,
      'ls',
      'latest',
    );
    assert.ok(listed.toString().includes('finished.cast'));
    assert.ok(!listed.toString().includes('live.cast'));
  },
);

test('the output of a command is a file of the snapshot, and a command that fails refuses the snapshot', async (context) => {
  const { orbit } = await startedInstance(context);
  const setOutput = async (...program: string[]): Promise<void> => {
    const set = await orbit(['job', 'output', 'add', '/orbit/out.txt', ...program], {
      env: { PATH: process.env['PATH'] },
    });
    assert.equal(set.exitCode, 0, set.stderr);
  };
  await setOutput('ls', '-d', '--', '/');
  assert.equal((await createBackup(orbit, '--kind', 'system')).outcome, 'succeeded');
  await setOutput('/bin/false');
  const failed = await createBackup(orbit, '--kind', 'system');
  assert.equal(failed.outcome, 'failed');
  assert.equal(failed.exitCode, 1);
  assert.equal(failed.runs[0]?.results[0]?.failure?.code, 'backup.command-failed');
});

test('a file that cannot be read makes the run partial, with exit code 3 and its name', async (context) => {
  const { orbit } = await startedInstance(context);
  // A switch of the kernel that may only be written, by root too (mode 0200).
  await orbit(['job', 'set', 'system', '--folder', '/proc/sys/net/ipv4/route']);
  const run = await createBackup(orbit, '--kind', 'system');
  assert.equal(run.exitCode, 3);
  const summary = run.runs[0]?.results[0]?.summary;
  assert.equal(summary?.omitted, 1);
  assert.match(summary?.omissions[0] ?? '', /\/proc\/sys\/net\/ipv4\/route\/flush: /);
});

test('a destination that is gone fails the run with its name and a cure, and the other destination still gets its copy', async (context) => {
  const { source, orbit } = await startedInstance(context);
  const second = join(source, '..', 'second');
  mkdirSync(second);
  const added = await orbit(['destination', 'add', 'folder', 'second', '--path', second]);
  assert.equal(added.exitCode, 0, added.stderr);
  await orbit(['job', 'set', 'system', '--destination', 'second', 'local']);
  const { rmSync } = await import('node:fs');
  rmSync(second, { recursive: true });
  const run = await createBackup(orbit, '--kind', 'system');
  assert.equal(run.exitCode, 3);
  const [gone, local] = run.runs[0]?.results ?? [];
  assert.equal(gone?.outcome, 'failed');
  assert.ok((gone?.failure?.hint ?? '').length > 10, gone?.failure?.message);
  assert.equal(local?.outcome, 'succeeded');
  assert.ok(!existsSync(second), 'nothing was written where the destination had been');
});

test('two runs of one job at once: the second is refused with a code and a hint, and loses nothing', async (context) => {
  const { orbit, source } = await startedInstance(context);
  for (let index = 0; index < 20; index += 1) writeFileSync(join(source, `file-${index}`), Buffer.alloc(50_000, index));
  const both = await Promise.all([1, 2].map(() => orbit(['backup', 'create', '--kind', 'system', '--json'])));
  assert.deepEqual(
    both.map((result) => result.exitCode).sort((a, b) => a - b),
    [0, 1],
  );
  const refused = both.find((result) => result.exitCode === 1);
  assert.match(refused?.stdout ?? '', /jobs\.already-running/);
  assert.equal((await createBackup(orbit, '--kind', 'system')).outcome, 'succeeded');
});

test('a run that is stopped says so, and the next one completes', async (context) => {
  const { orbit, source } = await startedInstance(context);
  for (let index = 0; index < 50; index += 1)
    writeFileSync(join(source, `file-${index}`), Buffer.alloc(100_000, index));
  const stop = new AbortController();
  const running = orbit(['backup', 'create', '--kind', 'system'], { signal: stop.signal });
  setImmediate(() => stop.abort(new DOMException('stopped by SIGINT', 'AbortError')));
  assert.equal((await running).exitCode, 130);
  assert.equal((await createBackup(orbit, '--kind', 'system')).outcome, 'succeeded');
  const history = JSON.parse((await orbit(['backup', 'list', '--job', 'system', '--json'])).stdout) as Run[];
  assert.ok(history.some((run) => run.outcome === 'cancelled'));
});

test('no file that Orbit writes holds a secret in the clear', async (context) => {
  const { home, orbit } = await startedInstance(context);
  const canary = 'canary-7f3a9c51-never-on-disk';
  const added = await orbit(['secret', 'add', 'canary', '--password-file', '-'], { input: `${canary}\n` });
  assert.equal(added.exitCode, 0, added.stderr);
  assert.equal((await createBackup(orbit)).outcome, 'succeeded');
  const needles = [canary, masterPassword].flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')]);
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 10);
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    for (const needle of needles) assert.ok(!bytes.includes(needle), `${file.name} holds a secret`);
  }
});

test('retention lets go of what the rule does not keep, in kits and snapshots, and never of the newest', async (context) => {
  const { home, source, orbit } = await startedInstance(context);
  for (const job of ['system', 'secrets']) {
    const set = await orbit(['job', 'set', job, '--keep-last', '2']);
    assert.match(set.stdout, /keeps 2 last/, set.stderr);
  }
  for (let round = 0; round < 3; round += 1) {
    writeFileSync(join(source, 'vault.conf'), `round ${round}`);
    await orbit(['secret', 'add', `secret ${round}`, '--password-file', '-'], { input: `value ${round}` });
    assert.equal((await createBackup(orbit)).outcome, 'succeeded');
  }
  const place = join(home, 'destination');
  assert.equal(readdirSync(join(place, 'secrets')).length, 2);
  assert.equal(readdirSync(join(place, 'system', 'snapshots')).length, 2);
  const all = await orbit(['job', 'set', 'system', '--keep-all']);
  assert.match(all.stdout, /keeps every copy/);
});
