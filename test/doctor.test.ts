// The doctor on a healthy and on a broken instance.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readdir, readFile, rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { addApiToken } from '../src/accounts/api-token.ts';
import { saveApprovalSettings } from '../src/accounts/approval.ts';
import { examine } from '../src/api/doctor.ts';
import type { Finding } from '../src/api/finding.ts';
import { orbitEvent } from '../src/base/event.ts';
import { fixedClock } from '../src/base/clock.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { startCeremony } from '../src/breakglass/ceremony.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { deliverKeys } from '../src/jobs/key-delivery.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { addResult, endRun, startRun } from '../src/jobs/run.ts';
import { keepLines } from '../src/jobs/run-log.ts';
import { runJob } from '../src/jobs/runner.ts';
import { tellServiceStart } from '../src/jobs/service-life.ts';
import { cli } from './support/cli.ts';
import { consoleSite, goodPassword, makeReady, readyMasterPassword } from './support/console.ts';
import { needs } from './support/tools.ts';

test('the doctor finds an empty instance broken, a healthy one well, and names what breaks then with its cure', async (context) => {
  const site = await consoleSite(context);
  const { home } = site.app;
  const diagnose = async (): Promise<{ exitCode: number; troubles: string[]; findings: Finding[] }> => {
    const { exitCode, stdout } = await cli(['doctor', '--json'], { home });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const bad = findings.filter(({ verdict }) => verdict !== 'ok');
    for (const { check, cure } of bad) assert.ok(cure, `${check} has a cure`);
    return { exitCode, troubles: bad.map(({ check, verdict }) => `${check} ${verdict}`), findings };
  };
  const empty = await diagnose();
  assert.equal(empty.exitCode, 1);
  for (const trouble of [
    'recovery-key broken',
    'destinations broken',
    'copies broken',
    'channels warning',
    'service warning',
    'accounts warning',
  ])
    assert.ok(empty.troubles.includes(trouble), `${trouble} in ${empty.troubles.join(', ')}`);

  await makeReady(site);
  await site.cookieOf('administrator');
  for (const name of ['secrets', 'system'])
    await runJob(site.app, findJob(site.app.store, name), { startedBy: 'person' });
  await lookAt(site.app, findDestination(site.app.store, 'local'));
  tellServiceStart(site.app, 'here');
  const ready = await diagnose();
  assert.deepEqual(ready.troubles, ['channels warning']);
  assert.equal(ready.exitCode, 3);

  await chmod(join(home, 'instance.key'), 0o644);
  await rename(join(site.folder, 'copies'), join(site.folder, 'gone'));
  for (let looks = 0; looks < 5; looks++) await lookAt(site.app, findDestination(site.app.store, 'local'));
  site.app.audit.append({ actor: 'ana', method: 'CLI', action: 'a change', outcome: 'done' });
  site.app.store.database.exec(
    `DROP TRIGGER audit_entry_stays; UPDATE audit_entry SET entry = replace(entry, 'ana', 'eve')`,
  );
  saveApprovalSettings(site.app, { isOn: true, actions: ['backup.delete'], hours: 24, viewHours: 12 }, { user: 'ana' });
  const broken = await diagnose();
  assert.equal(broken.exitCode, 1);
  assert.deepEqual(broken.troubles, [
    'data-folder broken',
    'audit broken',
    'destinations broken',
    'channels warning',
    'accounts broken',
  ]);
  assert.match(broken.findings.find(({ check }) => check === 'audit')?.found ?? '', /breaks at entry 1/);
});

test('the doctor names a program that a destination needs, a destination that waits for keys, and tokens that are over', async (context) => {
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const { app, cookieOf } = await consoleSite(context, { clock });
  await cookieOf('administrator');
  addApiToken(app, { name: 'old', scopes: ['state:read'], createdBy: 'ana', expiresAt: '2026-11-26T06:00:00.000Z' });
  await startCeremony(
    { ...app, workFactor: 10 },
    { masterPassword: new SecretString('quartz lemon tundra 4 violin osprey') },
  );
  const config = { host: '192.0.2.1', user: 'orbit', path: '/srv/backup' };
  addDestination(app.store, app.instanceKey, { name: 'far', kind: 'rsync', config });
  const below = { path: join(app.home, 'orbit.db', 'below') };
  addDestination(app.store, app.instanceKey, { name: 'gone', kind: 'folder', config: below });
  await deliverKeys(app, { destinations: ['gone'] });
  clock.advance(2 * 60 * 60_000);
  const path = process.env['PATH'];
  context.after(() => void (process.env['PATH'] = path));
  process.env['PATH'] = '';
  const found = (check: string): string | undefined => findings.find((each) => each.check === check)?.found;
  const findings = await examine(app);
  assert.equal(found('programs'), 'the destinations need rsync');
  const waiting = findings.flatMap(({ check, found }) => (check === 'key-delivery' ? [found.split(' ')[0]] : []));
  assert.deepEqual(waiting, ['far', 'gone'], 'one was tried, the other is owed it');
  assert.equal(found('accounts'), 'tokens that have expired: old');
});

test(
  'the health report is one zip of facts, and none of the secrets that were planted everywhere is in it',
  needs('unzip'),
  async (context) => {
    const site = await consoleSite(context);
    const { app } = site;
    await makeReady(site);
    await site.cookieOf('administrator');
    // A line with what JSON, addresses and spreadsheets escape.
    const planted = (name: string): SecretString => new SecretString(`${name} "c\\ñ&%=,;" 7351`);
    const names = ['password', 'note', 'field', 'earlier', 's3', 'smtp', 'word'];
    const secrets = new Map(names.map((name) => [name, planted(name)]));
    const secret = (name: string): SecretString => secrets.get(name) ?? planted(name);
    const field = { name: 'pin', value: secret('field'), isProtected: true };
    const id = app.vault.add({
      title: 'router',
      password: secret('earlier'),
      notes: secret('note'),
      fields: [field],
    });
    app.vault.edit(id, { password: secret('password') });
    app.vault.add({ title: 'short', password: new SecretString('k9x7') });
    const s3 = {
      endpoint: 'https://127.0.0.1:9',
      region: 'x',
      bucket: 'backups',
      accessKeyId: 'id',
      secretAccessKey: secret('s3').reveal(),
    };
    addDestination(app.store, app.instanceKey, { name: 'cloud', kind: 's3', config: s3 });
    const mail = {
      host: 'mail.example.org',
      from: 'a@example.org',
      to: ['b@example.org'],
      user: 'u',
      password: secret('smtp').reveal(),
    };
    app.notifier.channels.add({ name: 'ops', kind: 'email', config: mail });
    const job = findJob(app.store, 'system');
    if (job.kind === 'system') {
      const hook = { command: '/bin/true', args: [`--login=${secret('word').reveal()}`], timeoutSeconds: 5 };
      saveJob(app.store, { ...job, plan: { ...job.plan, hooks: { before: [hook], after: [] } } });
    }
    const identity = `AGE-SECRET-KEY-1${'Q'.repeat(58)}`;
    const said = [
      // What only a program of a job says is known to nobody: such programs are left out.
      ...[...secrets].filter(([name]) => name !== 'word').map(([, each]) => each.reveal()),
      ...['url ftp://ana:hunter22@host/x', 'password=letmein99', `"token": "tok-en-1234"`, 'pin k9x7.', identity],
      `base64 ${Buffer.from(secret('password').reveal()).toString('base64')}`,
      '-----BEGIN OPENSSH PRIVATE KEY-----\nbm90aGluZw==\n-----END OPENSSH PRIVATE KEY-----',
    ];
    const run = startRun(app.store, job, 'person', app.clock);
    const lines = keepLines(app, run, undefined);
    const at = app.clock.now().toISOString();
    const failure = { code: 'backend.unreachable', message: said.join('\n') };
    const result = { destination: 'local', startedAt: at, endedAt: at, outcome: 'failed', failure } as const;
    lines({ type: 'ended', job: 'system', result });
    addResult(app.store, run, result);
    endRun(app.store, run, 'failed', app.clock, failure);
    app.tell(
      orbitEvent(
        'backup.failed',
        { kind: 'system', job: 'system', destination: 'local', reason: said.join('\n') },
        app.clock.now(),
      ),
    );
    const out = join(site.folder, 'health');
    const { stdout } = await cli(['healthcheck', 'run', '--out', out], { home: app.home });
    const file = /^Done: (.*\.zip)\n/.exec(stdout)?.[1] ?? '';
    assert.deepEqual([(await stat(out)).mode & 0o777, (await stat(file)).mode & 0o777], [0o700, 0o600]);
    const unpacked = join(site.folder, 'unpacked');
    execFileSync('unzip', ['-q', file, '-d', unpacked]);
    const all = (await readdir(unpacked, { recursive: true })).filter((name) => /\.\w+$/.test(name));
    const text = (await Promise.all(all.map((name) => readFile(join(unpacked, name), 'utf8')))).join('\n');
    assert.deepEqual(all.map((name) => basename(name)).sort(), [
      'destinations.csv',
      'drills.csv',
      'health.json',
      'health.txt',
      'incidents.csv',
      'journal.txt',
      'log.csv',
      'machine.txt',
      'metrics.txt',
      'runs.csv',
      'settings.json',
    ]);
    assert.match(text, /Health of Orbit at .*\n.*Node 24/);
    assert.match(text, /backend\.unreachable/);
    const instanceKey = await readFile(join(app.home, 'instance.key'));
    const forbidden = [
      ...[goodPassword, readyMasterPassword, 'hunter22', 'letmein99', 'tok-en-1234', 'k9x7', identity, 'bm90aGluZw=='],
      ...[...secrets.values()].flatMap((each) => [
        each.reveal(),
        JSON.stringify(each.reveal()).slice(1, -1),
        each.reveal().slice(0, -5),
        each.reveal().replaceAll('"', '""').slice(0, -5),
      ]),
      ...[...secrets.values()].map((each) => Buffer.from(each.reveal()).toString('base64')),
      ...[instanceKey.toString('hex'), instanceKey.toString('base64')],
    ];
    for (const each of forbidden) assert.ok(!text.includes(each), `${each} is in the report`);
    const cookie = await site.cookieOf('auditor');
    const served = await site.server.inject({
      url: '/api/v1/health-report.zip',
      headers: { host: '127.0.0.1:7420', cookie },
    });
    assert.equal(served.rawPayload.subarray(0, 2).toString(), 'PK');
    assert.deepEqual(site.bugs, []);
    const refused = await cli(['healthcheck', 'run', '--out', file], { home: app.home });
    assert.match(refused.stderr, /cli\.report-not-written/);
  },
);
