// The main job to a remote Linux server by rsync over SSH: a real sshd, stock restic and age on the far folder.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import type { Run } from '../src/jobs/run.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type SshServer, startSshServer } from './support/ssh-server.ts';
import { stock } from './support/stock-age.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

interface Site {
  server: SshServer;
  far: string;
  folder: string;
  source: string;
  orbit: typeof cli;
  backUp(): Promise<{ outcome: string; run: Run }>;
}

/** An instance whose jobs keep their copies at a real server, by rsync. */
async function rsyncSite(context: TestContext): Promise<Site> {
  const server = await startSshServer();
  context.after(() => server.stop());
  const folder = await temporaryFolder(context);
  const source = join(folder, 'source');
  const far = join(server.folder, 'far place $HOME');
  mkdirSync(source);
  mkdirSync(far);
  for (let index = 0; index < 30; index += 1)
    writeFileSync(join(source, `file ${index}`), Buffer.alloc(40_000, `${index}`));
  const master = join(folder, 'master');
  writeFileSync(master, 'quartz lemon tundra 4 violin osprey', { mode: 0o600 });
  const orbit: typeof cli = (args, options) => cli(args, { home: join(folder, 'home'), ...options });
  const done = async (...args: string[]): Promise<string> => {
    const result = await orbit(args);
    assert.equal(result.exitCode, 0, `${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  await done('ceremony', 'start', '--master-password-file', master);
  const key = JSON.parse(await done('ssh-key', 'show', '--json')) as { publicLine: string };
  await server.authorize(key.publicLine);
  await done(
    'destination',
    'add',
    'rsync',
    'offsite',
    '--host',
    server.host,
    '--port',
    String(server.port),
    '--user',
    server.user,
    '--path',
    far,
    '--host-key',
    server.hostKey.fingerprint,
  );
  await done('job', 'set', 'system', '--folder', source, '--without-folder', '/etc');
  const backUp: Site['backUp'] = async () => {
    const result = await orbit(['backup', 'create', '--kind', 'system', '--json']);
    const parsed = JSON.parse(result.stdout) as { outcome: string; runs: [Run] };
    return { outcome: parsed.outcome, run: parsed.runs[0] };
  };
  return { server, far, folder, source, orbit, backUp };
}

test(
  'a backup goes to a remote server by rsync, its transfer is timed, and stock restic restores it there',
  needs('rsync', 'sshd', 'restic', 'age'),
  async (context) => {
    const { far, folder, source, orbit } = await rsyncSite(context);
    const created = await orbit(['backup', 'create']);
    assert.equal(created.exitCode, 0, created.stdout + created.stderr);
    assert.match(created.stdout, /system → offsite {2}succeeded/);
    assert.match(created.stdout, /sent \d+ objects, [\d.]+ \w+ in [\d.]+ m?s; read back and equal/);
    const password = join(folder, 'password');
    const shown = await orbit(['secret', 'show', 'orbit:repository:offsite:system', '--reveal', 'password']);
    writeFileSync(password, shown.stdout.trimEnd(), { mode: 0o600 });
    const restic = (...args: string[]): Promise<Buffer> =>
      stock(far, 'restic', '--no-cache', '--no-lock', '-r', 'system', '-p', password, ...args);
    assert.match((await restic('check', '--read-data')).toString(), /no errors were found/);
    await restic('restore', 'latest', '--target', join(folder, 'restored'));
    assert.deepEqual(await compareTrees(source, join(folder, 'restored', source)), []);
  },
);

test('a run makes one connection, and few programs are run over it', needs('rsync', 'sshd'), async (context) => {
  const { server, orbit } = await rsyncSite(context);
  // Bounds on what was counted when this was written; each program takes some 50 ms, over a slow line much more.
  const bounds = [
    { kind: 'secrets', first: 15, again: 9 },
    { kind: 'system', first: 32, again: 26 },
  ];
  for (const { kind, first, again } of bounds) {
    for (const [when, most] of [
      ['first', first],
      ['again', again],
    ] as const) {
      server.forget();
      const { exitCode, stderr } = await orbit(['backup', 'create', '--kind', kind]);
      assert.equal(exitCode, 0, stderr);
      assert.equal(server.seen.connections, 1, `${kind} ${when}`);
      assert.ok(server.seen.sessions <= most, `${kind} ${when}: ${server.seen.sessions} sessions`);
      context.diagnostic(`${kind} ${when}: ${server.seen.sessions} sessions`);
    }
  }
});

test(
  'another host key than the pinned one stops the run with a code, and nothing is sent',
  needs('rsync', 'sshd'),
  async (context) => {
    const { server, backUp } = await rsyncSite(context);
    await server.restart({ newHostKey: true });
    const { outcome, run } = await backUp();
    assert.equal(outcome, 'failed');
    assert.equal(run.results[0]?.failure?.code, 'backend.host-key-changed');
  },
);

test(
  'a server that goes away fails the run with a hint, and the next run completes what was begun',
  needs('rsync', 'sshd', 'restic'),
  async (context) => {
    const { server, source, backUp } = await rsyncSite(context);
    assert.equal((await backUp()).outcome, 'succeeded');
    writeFileSync(join(source, 'new file'), Buffer.alloc(3_000_000, 'n'));
    server.kill();
    const { outcome, run } = await backUp();
    assert.equal(outcome, 'failed');
    const failure = run.results[0]?.failure;
    assert.ok(failure?.code.startsWith('backend.') && failure.hint !== undefined, JSON.stringify(failure));
    await server.restart();
    const again = await backUp();
    assert.equal(again.outcome, 'succeeded');
    assert.equal(again.run.results[0]?.summary?.newItems, 1);
  },
);
