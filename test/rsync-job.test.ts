// The main job to a remote Linux server by rsync over SSH: a real sshd, stock restic and age on the far folder.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import type { Run } from '../src/jobs/run.ts';
import { openStore } from '../src/store/store.ts';
import { cli, succeeding } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type SshServer, startSshServer } from './support/ssh-server.ts';
import { stock } from './support/stock-age.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

interface Site {
  done(...args: string[]): Promise<string>;
  server: SshServer;
  far: string;
  folder: string;
  source: string;
  orbit: typeof cli;
  backUp(): Promise<{ outcome: string; run: Run }>;
}

/** An instance whose jobs keep their copies at a real server, by rsync; with `readKey`, reading goes by a key of that name. */
async function rsyncSite(context: TestContext, readKey?: string): Promise<Site> {
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
  const done = succeeding({ home: join(folder, 'home') });
  await done('ceremony', 'start', '--master-password-file', master);
  if (readKey !== undefined) await done('ssh-key', 'create', '--name', readKey);
  const keys = await Promise.all(
    [[] as string[], readKey === undefined ? undefined : ['--name', readKey]].map(async (which) =>
      which === undefined
        ? ''
        : (JSON.parse(await done('ssh-key', 'show', ...which, '--json')) as { publicLine: string }).publicLine,
    ),
  );
  await server.authorize(...keys);
  await done(
    ...['destination', 'add', 'rsync', 'offsite', '--host', server.host, '--port', String(server.port)],
    ...['--user', server.user, '--path', far, '--host-key', server.hostKey.fingerprint],
    ...(readKey === undefined ? [] : ['--read-key', readKey]),
  );
  await done('job', 'set', 'system', '--folder', source, '--without-folder', '/etc');
  const backUp: Site['backUp'] = async () => {
    const result = await orbit(['backup', 'create', '--kind', 'system', '--json']);
    const parsed = JSON.parse(result.stdout) as { outcome: string; runs: [Run] };
    return { outcome: parsed.outcome, run: parsed.runs[0] };
  };
  return { server, far, folder, source, orbit, done, backUp };
}

// The repository over there is whole, and its newest snapshot is the source.
async function judgeByRestic({ far, folder, source, orbit }: Site): Promise<void> {
  const password = join(folder, 'password');
  const shown = await orbit(['secret', 'show', 'orbit:repository:offsite:system', '--reveal', 'password']);
  writeFileSync(password, shown.stdout.trimEnd(), { mode: 0o600 });
  const restic = (...args: string[]): Promise<Buffer> =>
    stock(far, 'restic', '--no-cache', '--no-lock', '-r', 'system', '-p', password, ...args);
  assert.match((await restic('check', '--read-data')).toString(), /no errors were found/);
  await restic('restore', 'latest', '--target', join(folder, 'restored'));
  assert.deepEqual(await compareTrees(source, join(folder, 'restored', source)), []);
}

test(
  'a backup goes to a remote server by one connection and few programs, and stock restic restores it there',
  needs('rsync', 'sshd', 'restic', 'age'),
  async (context) => {
    const site = await rsyncSite(context);
    const { server, orbit } = site;
    // Bounds on what was counted when this was written; each program takes some 50 ms, over a slow line much more.
    const bounds = [
      { kind: 'secrets', most: [15, 9] },
      { kind: 'system', most: [32, 26] },
    ];
    for (const { kind, most } of bounds) {
      for (const [index, when] of ['first', 'unchanged'].entries()) {
        server.forget();
        const { exitCode, stdout, stderr } = await orbit(['backup', 'create', '--kind', kind]);
        assert.equal(exitCode, 0, stdout + stderr);
        assert.match(stdout, new RegExp(`${kind} → offsite {2}succeeded`));
        if (kind === 'system') assert.match(stdout, /sent \d+ objects, [\d.]+ \w+ in [\d.]+ m?s; read back and equal/);
        const { connections, sessions } = server.seen;
        context.diagnostic(`${kind}, ${when}: ${sessions} programs`);
        assert.equal(connections, 1, `${kind}, ${when}`);
        assert.ok(sessions > 0 && sessions <= (most[index] ?? 0), `${kind}, ${when}: ${sessions} programs`);
      }
    }
    await judgeByRestic(site);
  },
);

test(
  'another host key than the pinned one stops the run with a code, and nothing is sent',
  needs('rsync', 'sshd'),
  async (context) => {
    const { server, folder, backUp, done } = await rsyncSite(context);
    const pinned = server.hostKey.fingerprint;
    const signing = join(folder, 'signing');
    writeFileSync(signing, 'whsec_0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
    await done('channel', 'add', 'webhook', 'siem', '--url', 'http://127.0.0.1:9/', '--signing-secret-file', signing);
    await server.restart({ newHostKey: true });
    const { outcome, run } = await backUp();
    assert.equal(outcome, 'failed');
    assert.equal(run.results[0]?.failure?.code, 'backend.host-key-changed');
    const store = openStore(join(folder, 'home'));
    const messages = store.database.prepare('SELECT event FROM channel_message').all();
    store.close();
    const told = messages
      .map(({ event }) => String(event))
      .find((text) => text.includes('destination.host-key-changed'));
    assert.ok(told?.includes(pinned) && told.includes(server.hostKey.fingerprint), told);
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

test(
  'a server killed in the middle of a run and started again is waited for, and the same run completes',
  needs('rsync', 'sshd', 'restic'),
  async (context) => {
    const site = await rsyncSite(context);
    const { server, far, source, backUp } = site;
    writeFileSync(join(source, 'large'), randomBytes(24_000_000));
    let hasEnded = false;
    const running = backUp().finally(() => {
      hasEnded = true;
    });
    // rsync's temporary name of a pack: data flows.
    const isFlowing = (): boolean =>
      existsSync(join(far, 'system', 'data')) &&
      readdirSync(join(far, 'system', 'data'), { recursive: true }).some((name) =>
        /\/\.[0-9a-f]{64}\./.test(String(name)),
      );
    while (!isFlowing() && !hasEnded) await new Promise((resolve) => setTimeout(resolve, 1));
    server.kill();
    await server.restart();
    const { outcome, run } = await running;
    assert.equal(outcome, 'succeeded', JSON.stringify(run.results));
    await judgeByRestic(site);
  },
);

test(
  'a key that may only add and one that may only read are enough for every run',
  needs('rsync', 'sshd', 'rrsync', 'restic', 'age'),
  async (context) => {
    const site = await rsyncSite(context, 'reading');
    const { server, source, done, backUp, orbit } = site;
    const line = async (...args: string[]): Promise<string> => {
      const printed = JSON.parse(await done('destination', 'authorize', 'offsite', '--json', ...args)) as {
        line: string;
      };
      return printed.line;
    };
    const reading = await line('--right', 'read', '--key', 'reading');
    const adding = await line('--right', 'append');
    await server.authorize(adding, reading);
    assert.match(await done('destination', 'authorize', 'offsite', '--restricted', '--prove'), /proven/);
    const kit = await orbit(['backup', 'create', '--kind', 'secrets']);
    assert.equal(kit.exitCode, 0, kit.stdout + kit.stderr);
    // The second one meets the lock that the first one could not take away.
    for (const round of [1, 2]) {
      writeFileSync(join(source, `round ${round}`), 'x');
      const { outcome, run } = await backUp();
      assert.equal(outcome, 'succeeded', JSON.stringify(run.results));
    }
    await judgeByRestic(site);
  },
);
