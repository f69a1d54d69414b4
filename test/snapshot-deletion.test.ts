// Deleting snapshots through the API: planned, refused as a whole when one must stay, with a second administrator, told and audited.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { decideApproval, listApprovals, approvalSettings, saveApprovalSettings } from '../src/accounts/approval.ts';
import type { Problem } from '../src/api/schemas/common.ts';
import type { DeletionDoneView, DeletionPlanView } from '../src/api/schemas/deletions.ts';
import type { SnapshotView } from '../src/api/schemas/restore.ts';
import { holdCopies } from '../src/jobs/copy-hold.ts';
import { findJob } from '../src/jobs/job.ts';
import { repositoryPassword } from '../src/jobs/repository-passwords.ts';
import type { Role } from '../src/accounts/role.ts';
import { callApi } from './support/api-call.ts';
import { cli } from './support/cli.ts';
import { type ConsoleSite, consoleSite, makeReady } from './support/console.ts';
import { resticFor } from './support/restic.ts';

const why = { reason: 'wrong folder was backed up' };

/** A site with as many snapshots as asked for at `local`, each with a change; the newest first. */
async function withSnapshots(context: TestContext, count: number) {
  const site = await consoleSite(context);
  await makeReady(site);
  for (let run = 0; run < count; run += 1) {
    await writeFile(join(site.folder, 'source', 'vault.conf'), `listen = ${run}\n${String(run).repeat(5000)}`);
    await (await site.desk.start(findJob(site.app.store, 'system'), 'person')).ended;
  }
  const { body } = await callApi<{ snapshots: SnapshotView[] }>(
    site,
    'auditor',
    'GET',
    '/copies/local/system/snapshots',
  );
  assert.equal(body.snapshots.length, count);
  return { site, ids: body.snapshots.map(({ id }) => id) };
}

async function ask<Body = Problem>(
  site: ConsoleSite,
  what: 'deletion-plan' | 'deletions',
  body: object,
  role: Role = 'administrator',
) {
  return await callApi<Body>(site, role, 'POST', `/copies/local/system/${what}`, body);
}

const kept = (site: ConsoleSite): Promise<string[]> => readdir(join(site.folder, 'copies', 'system', 'snapshots'));

test('a plan says what goes and what stays; what was shown goes, stock restic finds the rest whole, space comes when asked for', async (context) => {
  const { site, ids } = await withSnapshots(context, 4);
  const [newest = '', second = '', third = '', oldest = ''] = ids;
  holdCopies(site.app, [third], { how: 'legal', reason: 'case 12', user: 'ana' });
  const plan = await ask<DeletionPlanView>(site, 'deletion-plan', { snapshots: ids });
  assert.deepEqual(
    plan.body.remove.map(({ id }) => id),
    [second, oldest],
  );
  assert.deepEqual(
    plan.body.stay.map(({ snapshot, reasons }) => [snapshot.id, ...reasons]),
    [
      [newest, { why: 'newest' }],
      [third, { why: 'held', reason: 'legal hold, case 12' }],
    ],
  );
  assert.equal(plan.body.left, 2);
  assert.equal((await kept(site)).length, 4, 'a plan removes nothing');

  for (const stays of [newest, third]) {
    const refused = await ask(site, 'deletions', { snapshots: [oldest, stays], ...why });
    assert.deepEqual([refused.status, refused.body.code], [409, 'jobs.must-stay']);
  }
  assert.equal((await kept(site)).length, 4, 'all of them or none');
  assert.equal((await ask(site, 'deletions', { snapshots: [oldest], reason: ' ' })).status, 400);

  const done = await ask<DeletionDoneView>(site, 'deletions', { snapshots: [oldest], ...why });
  assert.deepEqual([done.status, done.body.removed.map(({ id }) => id), done.body.left], [200, [oldest], 3]);
  assert.equal(done.body.freedBytes, 0);
  const freed = await ask<DeletionDoneView>(site, 'deletions', { snapshots: [second], ...why, frees: true });
  assert.ok(freed.body.freedBytes > 0);
  assert.deepEqual((await kept(site)).sort(), [newest, third].sort());
  const again = await ask(site, 'deletions', { snapshots: [second], ...why });
  assert.deepEqual([again.status, again.body.code], [409, 'jobs.nothing-to-delete']);

  const judge = await resticFor(join(site.folder, 'copies', 'system'), site.folder);
  await writeFile(judge.passwordFile, repositoryPassword(site.app, 'local', 'system').reveal());
  await judge.ok('check', '--read-data');

  const told = site.app.audit.list({ limit: 50 }).filter(({ action }) => action.endsWith('/deletions'));
  const entry = told.find(({ outcome, before }) => outcome === 'done' && JSON.stringify(before).includes(oldest));
  assert.deepEqual([entry?.before?.['snapshots'], entry?.after], [4, { snapshots: 3, ...why }]);
  assert.ok(
    told.some(({ code }) => code === 'jobs.must-stay'),
    'what was refused is kept too',
  );
  assert.deepEqual(site.bugs, []);
});

test('only administrators delete; where four eyes are on it waits, goes through once, and only as approved', async (context) => {
  const { site, ids } = await withSnapshots(context, 4);
  const [newest = '', second = '', third = '', oldest = ''] = ids;
  for (const role of ['operator', 'auditor', 'custodian'] as const)
    for (const what of ['deletion-plan', 'deletions'] as const)
      assert.equal((await ask(site, what, { snapshots: [oldest], ...why }, role)).status, 403, `${role} ${what}`);
  saveApprovalSettings(site.app, { ...approvalSettings.parse({}), isOn: true }, { user: 'rui' });
  assert.equal((await ask(site, 'deletion-plan', { snapshots: [oldest] })).status, 200, 'looking is free');
  const must = await ask(site, 'deletions', { snapshots: [newest], ...why });
  assert.equal(must.body.code, 'jobs.must-stay', 'nobody is asked for what cannot be');
  assert.equal((await ask(site, 'deletions', { snapshots: [oldest, third], ...why })).body.code, 'approvals.waiting');
  const [waiting] = listApprovals(site.app);
  assert.deepEqual([waiting?.action, waiting?.subject], ['backup.delete', 'system @ local']);
  for (const id of [oldest, third]) assert.ok(waiting?.detail.includes(id.slice(0, 8)));
  decideApproval(site.app, waiting?.id ?? '', { verdict: 'approved', ...why }, { user: 'rui' });
  const other = await ask(site, 'deletions', { snapshots: [oldest, second], ...why });
  assert.equal(other.body.code, 'approvals.waiting', 'it covers what was asked for');
  assert.equal((await kept(site)).length, 4);
  assert.equal((await ask(site, 'deletions', { snapshots: [third, oldest], ...why })).status, 200);
  assert.deepEqual((await kept(site)).sort(), [newest, second].sort());
  assert.deepEqual(site.bugs, []);
});

test('at an append-only place nothing is tried, and the plan says so', async (context) => {
  const { site, ids } = await withSnapshots(context, 2);
  const proof = { at: '2026-11-20T05:00:00Z', isDeletingRefused: true, isOverwritingRefused: true };
  site.app.store.database.prepare('UPDATE destination SET append_only = ?').run(JSON.stringify(proof));
  const plan = await ask<DeletionPlanView>(site, 'deletion-plan', { snapshots: [ids[1] ?? ''] });
  assert.deepEqual(plan.body.appendOnly, {
    code: 'retention.append-only',
    facts: { destination: 'local', day: '2026-11-20' },
  });
  const refused = await ask(site, 'deletions', { snapshots: [ids[1] ?? ''], ...why });
  assert.equal(refused.body.code, 'jobs.append-only');
  assert.match(refused.body.detail, /proved append-only on 2026-11-20/);
  assert.equal((await kept(site)).length, 2);
});

test('the command line shows the plan, wants a reason and a yes, deletes all or none, and waits for a second administrator', async (context) => {
  const { site, ids } = await withSnapshots(context, 4);
  const [newest = '', second = '', third = '', oldest = ''] = ids;
  const { home } = site.app;
  const remove = async (...args: string[]) =>
    await cli(['backup', 'delete', ...args, '--destination', 'local'], { home });
  const planned = await remove(oldest.slice(0, 10), newest, '--dry-run');
  assert.equal(planned.exitCode, 3, planned.stderr);
  assert.match(planned.stdout, new RegExp(`^${oldest.slice(0, 8)} .*goes for good$`, 'm'));
  assert.match(planned.stdout, new RegExp(`^${newest.slice(0, 8)} .*must stay: the newest of its machine`, 'm'));
  const trail = () =>
    site.app.audit.list({ limit: 50 }).filter(({ action }) => action === 'orbit backup delete').length;
  assert.equal(trail(), 0, 'looking leaves no entry');
  const because = ['--reason', why.reason];
  for (const [args, said] of [
    [[oldest], /there is no reason/],
    [[oldest, ...because], /nobody can be asked/],
    [[oldest, newest, ...because, '--yes'], /jobs\.must-stay/],
    [['0'.repeat(64), ...because, '--yes'], /jobs\.nothing-to-delete/],
    [['', ...because, '--yes'], /ambiguous|no-such/],
  ] as const)
    assert.match((await remove(...args)).stderr, said);
  assert.equal((await kept(site)).length, 4, 'all of them or none');

  const done = await remove(oldest.slice(0, 10), ...because, '--yes', '--free');
  assert.equal(done.exitCode, 0, done.stderr);
  assert.match(done.stdout, /^1 deleted, 3 left, .* freed$/m);
  assert.ok(!(await kept(site)).includes(oldest));
  assert.ok(trail() > 0);

  saveApprovalSettings(site.app, { ...approvalSettings.parse({}), isOn: true }, { user: 'rui' });
  const waiting = await remove(second, third, ...because, '--yes');
  assert.match(waiting.stderr, /approvals\.waiting/);
  const [asked] = listApprovals(site.app);
  assert.match(`${asked?.subject} ${asked?.detail}`, new RegExp(`^system @ local .*${second.slice(0, 8)}`));
  assert.equal((await kept(site)).length, 3);
});
