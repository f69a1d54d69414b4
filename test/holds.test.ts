// What stays whatever retention says: protected and held backups, kits and snapshots alike; and what append-only places answer.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openApp } from '../src/app.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { keepsLess, policyOfRule, retentionRule } from '../src/jobs/retention-rule.ts';
import { listRuns } from '../src/jobs/run.ts';
import { logTable } from '../src/reports/tables.ts';
import { cli } from './support/cli.ts';
import { consoleSite } from './support/console.ts';
import { startThenStop } from './support/instance.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** An instance after its first run and as many more as asked for, each with a change. */
async function backedUp(context: TestContext, runs: number) {
  const folder = await temporaryFolder(context);
  const home = join(folder, 'home');
  const source = join(folder, 'source');
  mkdirSync(source);
  const master = join(folder, 'master');
  writeFileSync(master, 'quartz lemon tundra 4 violin osprey\n', { mode: 0o600 });
  await startThenStop(home, ['--master-password-file', master]);
  const orbit = async (...args: string[]) => {
    const result = await cli(args, { home });
    return { ...result, all: result.stdout + result.stderr };
  };
  const app = () => openApp(home);
  const first = app();
  const job = findJob(first.store, 'system');
  assert.equal(job.kind, 'system');
  saveJob(first.store, { ...job, plan: { folders: [source], excludes: [], commands: [] } });
  first.close();
  for (let run = 0; run < runs; run += 1) {
    writeFileSync(join(source, 'vault.conf'), `run ${run}\n`);
    await orbit('secret', 'add', `router ${run}`, '--generate');
    const made = await orbit('backup', 'create', '--job', 'secrets', 'system');
    assert.equal(made.exitCode, 0, made.all);
  }
  const kits = (): string[] => readdirSync(join(home, 'destination/secrets')).sort();
  const snapshots = (): string[] => readdirSync(join(home, 'destination/system/snapshots')).sort();
  return { home, orbit, app, kits, snapshots };
}

test('a rule of spans and tags is what the engine does, and less of it is less', () => {
  const rule = retentionRule.parse({ daily: 7, within: '1m', withinWeekly: '1y6m', tags: [['quarter', 'audit']] });
  assert.deepEqual(policyOfRule(rule), {
    daily: 7,
    within: { years: 0, months: 1, days: 0, hours: 0 },
    withinWeekly: { years: 1, months: 6, days: 0, hours: 0 },
    tags: [['quarter', 'audit']],
  });
  for (const wrong of [{ within: '' }, { within: '0d' }, { within: '3 weeks' }, { tags: [] }, { tags: [['a b']] }])
    assert.equal(retentionRule.safeParse(wrong).success, false, JSON.stringify(wrong));
  assert.equal(keepsLess({ within: '1m' }, { within: '29d' }), true);
  assert.equal(keepsLess({ within: '29d' }, { within: '1m' }), false);
  assert.equal(keepsLess({ tags: [['a', 'b'], ['c']] }, { tags: [['b', 'a']] }), true);
  assert.equal(keepsLess({ tags: [['a', 'b']] }, { tags: [['b', 'a'], ['c']] }), false);
});

test('what is protected or held stays: shown in the plan, kept by runs, refused to repo forget, until it ends', async (context) => {
  const { home, orbit, app, kits, snapshots } = await backedUp(context, 2);
  const site = app();
  const [run] = listRuns(site.store, { job: 'system', limit: 10 }).toReversed();
  const [kitRun] = listRuns(site.store, { job: 'secrets', limit: 10 }).toReversed();
  const oldest = run?.results[0]?.summary?.made ?? '';
  const oldestKit = (kitRun?.results[0]?.summary?.made ?? '').replace('secrets/', '');
  site.close();
  assert.equal(kits().length, 3);

  assert.match((await orbit('backup', 'hold', oldest)).all, /--reason/);
  assert.match((await orbit('backup', 'protect', 'deadbeef', '--reason', 'case 12')).all, /no run made 'deadbeef'/);
  assert.equal((await orbit('backup', 'hold', String(run?.id), '--reason', 'case 12')).exitCode, 0);
  assert.equal((await orbit('backup', 'protect', oldestKit, '--reason', 'before the move')).exitCode, 0);
  assert.match((await orbit('backup', 'holds')).stdout, new RegExp(`${oldest} +legal hold.*case 12`));

  const tags = await orbit('job', 'set', 'secrets', '--keep-tag', 'a');
  assert.match(tags.all, /kits have no tags/);
  const span = await orbit('job', 'set', 'system', '--keep-within', '3 weeks');
  assert.match(span.all, /a span such as/);
  for (const job of ['secrets', 'system'])
    assert.equal((await orbit('job', 'set', job, '--keep-last', '1')).exitCode, 0);

  const dry = await orbit('backup', 'retention', '--dry-run', '--json');
  const plans = JSON.parse(dry.stdout) as {
    job: string;
    places: { keep: { copy: string; reasons: string[] }[]; remove: string[] }[];
  }[];
  assert.deepEqual(
    plans.map(({ places: [place] }) => [place?.keep.length, place?.remove.length]),
    [
      [2, 1],
      [2, 1],
    ],
  );
  const reasons = plans.flatMap(({ places }) => places.flatMap(({ keep }) => keep.flatMap((one) => one.reasons)));
  assert.ok(reasons.includes('protected: before the move') && reasons.includes('protected: legal hold, case 12'));
  assert.deepEqual([kits().length, snapshots().length], [3, 3], 'a dry run removes nothing');

  const done = await orbit('backup', 'retention');
  assert.match(done.stdout, /local: 1 are gone/);
  assert.deepEqual([kits().length, snapshots().length], [2, 2]);
  assert.ok(kits().includes(oldestKit));

  const full = snapshots().find((id) => id.startsWith(oldest)) ?? '';
  const opened = app();
  const password = join(home, 'password');
  const { repositoryPassword } = await import('../src/jobs/repository-passwords.ts');
  writeFileSync(password, repositoryPassword(opened, 'local', 'system').reveal(), { mode: 0o600 });
  opened.close();
  const repo = ['-r', join(home, 'destination/system'), '-p', password];
  const refused = await orbit('repo', 'forget', ...repo, full);
  assert.match(refused.all, /protected: legal hold, case 12/);
  assert.ok(snapshots().includes(full));

  assert.equal((await orbit('backup', 'release', String(run?.id), '--reason', 'closed')).exitCode, 0);
  const signing = join(home, 'signing');
  writeFileSync(signing, 'whsec_0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  await orbit('channel', 'add', 'webhook', 'siem', '--url', 'http://127.0.0.1:9/', '--signing-secret-file', signing);
  // The first run backed other folders up: nothing else is of its group.
  const deleted = await orbit('repo', 'forget', ...repo, '--unsafe-allow-remove-all', full);
  assert.equal(deleted.exitCode, 0, deleted.all);
  assert.ok(!snapshots().includes(full));
  const told = app();
  const messages = told.store.database
    .prepare('SELECT event FROM channel_message')
    .all()
    .map(({ event }) => String(event));
  told.close();
  assert.ok(messages.some((event) => event.includes('backup.deleted') && event.includes(full)));
  const audit = await orbit('audit', 'list', '--json');
  for (const action of ['orbit backup hold', 'orbit backup release', 'orbit backup retention'])
    assert.ok(audit.stdout.includes(`"${action}"`), `${action} is in the audit trail`);
});

test('at a place that was proved append-only nothing is tried, and what should go is said', async (context) => {
  const { orbit, app, kits, snapshots } = await backedUp(context, 1);
  const site = app();
  const proof = { at: '2026-11-20T05:00:00Z', isDeletingRefused: true, isOverwritingRefused: true };
  site.store.database.prepare('UPDATE destination SET append_only = ?').run(JSON.stringify(proof));
  site.close();
  for (const job of ['secrets', 'system']) await orbit('job', 'set', job, '--keep-last', '1');
  const told = await orbit('backup', 'retention');
  assert.equal(told.exitCode, 0, told.all);
  assert.match(told.stdout, /local: 1 would go, but nothing can be removed at 'local': it is append-only.*2026-11-20/);
  const run = await orbit('backup', 'create', '--job', 'system');
  assert.match(run.stdout, /retention: 2 snapshots would go, but nothing can be removed at 'local'/);
  assert.deepEqual([kits().length, snapshots().length], [2, 3]);
  const later = app();
  const report = JSON.stringify(logTable(later.store, new Date(0), 'pt'));
  later.close();
  const inPortuguese =
    /retenção: 2 instantâneos seriam descartados, mas nada pode ser removido em 'local': .*2026-11-20/;
  assert.match(report, inPortuguese, 'the reason too');
});

test('operators protect, administrators alone hold for the law, auditors look', async (context) => {
  const site = await consoleSite(context);
  const copy = 'ab'.repeat(32);
  const ask = async (
    role: 'administrator' | 'operator' | 'auditor',
    method: 'GET' | 'POST',
    path: string,
    payload?: object,
  ) => {
    const headers = { host: 'localhost', cookie: await site.cookieOf(role), 'sec-fetch-site': 'same-origin' };
    const body = payload === undefined ? {} : { payload };
    return await site.server.inject({ method, url: `/api/v1${path}`, headers, ...body });
  };
  const hold = { copy, how: 'legal', reason: 'case 12' };
  assert.equal((await ask('auditor', 'POST', '/holds', hold)).statusCode, 403);
  assert.equal(
    (await ask('operator', 'POST', '/holds', hold)).json<{ code: string }>().code,
    'jobs.legal-hold-not-allowed',
  );
  assert.equal((await ask('operator', 'POST', '/holds', { ...hold, how: 'protected' })).statusCode, 200);
  assert.equal((await ask('administrator', 'POST', '/holds', hold)).statusCode, 200);
  const { holds } = (await ask('auditor', 'GET', '/holds')).json<{ holds: { how: string; heldBy: string }[] }>();
  assert.deepEqual(holds.map(({ how }) => how).sort(), ['legal', 'protected']);
  assert.equal((await ask('operator', 'POST', '/holds/release', hold)).statusCode, 403);
  const ended = await ask('administrator', 'POST', '/holds/release', hold);
  assert.deepEqual(ended.json(), { copies: [copy] });
  assert.equal(
    (await ask('operator', 'GET', '/jobs/system/retention')).json<{ code: string }>().code,
    'jobs.no-retention',
  );
});
