// The audit trail across rooms: requests and commands leave entries with before and after, heads lie in every backup.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditEntryView } from '../src/api/schemas/audit.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { findJob } from '../src/jobs/job.ts';
import { repositoryPassword } from '../src/jobs/repository-passwords.ts';
import { runJob } from '../src/jobs/runner.ts';
import { fromPage } from './support/api-call.ts';
import { cli } from './support/cli.ts';
import { consoleSite, goodPassword, makeReady } from './support/console.ts';

test('a change in the console and one on the command line are kept with before and after, no secret with them', async (context) => {
  const site = await consoleSite(context);
  const cookie = await site.cookieOf('administrator');
  const headers = { ...fromPage, cookie };
  const put = await site.server.inject({
    method: 'PUT',
    url: '/api/v1/jobs/system',
    headers,
    payload: { schedule: '0 6 * * *' },
  });
  assert.equal(put.statusCode, 200);
  const refused = await site.server.inject({ method: 'PUT', url: '/api/v1/jobs/nosuch', headers, payload: {} });
  assert.equal(refused.statusCode, 404);
  const signIn = { name: 'the-administrator', password: 'not the password' };
  await site.server.inject({ method: 'POST', url: '/api/v1/session', headers: fromPage, payload: signIn });
  const home = site.app.home;
  assert.equal((await cli(['account', 'add', 'bea', '--role', 'auditor'], { home })).exitCode, 0);
  assert.equal((await cli(['account', 'list'], { home })).exitCode, 0);
  const smtp = [
    'channel',
    'add',
    'webhook',
    'hook',
    '--url',
    'http://127.0.0.1:9/x',
    '--signing-secret-file',
    join(home, 'key'),
  ];
  await writeFile(join(home, 'key'), 'hunter2-hunter2-hunter2');
  const added = await cli(smtp, { home });
  assert.equal(added.exitCode, 0, added.stderr);

  const answer = await site.server.inject({ url: '/api/v1/audit', headers });
  const { entries, head } = answer.json<{ entries: AuditEntryView[]; head: string }>();
  const told = entries.map(({ actor, action, outcome, code }) => [actor, action, code ?? outcome]);
  const me = entries[0]?.actor ?? '';
  assert.deepEqual(told, [
    [me, 'orbit channel add webhook', 'done'],
    [me, 'orbit account add', 'done'],
    ['the-administrator', 'POST /session', 'accounts.wrong-password'],
    ['the-administrator', 'PUT /jobs/{name}', 'jobs.not-found'],
    ['the-administrator', 'PUT /jobs/{name}', 'done'],
  ]);
  assert.deepEqual(entries[4]?.before, { 'job.system': { schedule: '0 5 * * *' } });
  assert.deepEqual(entries[4]?.after, { 'job.system': { schedule: '0 6 * * *' } });
  assert.match(JSON.stringify(entries[0]?.after), /"channel.hook":\{.*"secrets":"\[secret [0-9a-f]{8}\]"/);
  assert.equal(head, entries[0]?.hash);
  for (const secret of ['hunter2', goodPassword, 'not the password']) assert.ok(!answer.body.includes(secret), secret);

  const exported = await cli(['audit', 'export'], { home });
  const file = join(home, 'trail.txt');
  await writeFile(file, exported.stdout);
  const proved = await cli(['audit', 'verify', file, '--head', head], {});
  assert.match(proved.stdout, /^The chain holds: 5 entries, 1 to 5/);
  await writeFile(file, exported.stdout.replace('0 6 * * *', '0 7 * * *'));
  const broken = await cli(['audit', 'verify', file], {});
  assert.equal(broken.exitCode, 1);
  assert.match(broken.stderr, /the chain breaks at entry 1:/);
  const verdict = await site.server.inject({ url: '/api/v1/audit/verdict', headers });
  assert.equal(verdict.json<{ isWhole: boolean }>().isWhole, true);
});

test('every backup holds the head of the trail: snapshots in a tag, kits in their signed manifest', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const { hash } = site.app.audit.append({ actor: 'ana', method: 'CLI', action: 'a change', outcome: 'done' });
  for (const name of ['system', 'secrets']) {
    const run = await runJob(site.app, findJob(site.app.store, name), { startedBy: 'person' });
    assert.equal(run.outcome, 'succeeded', JSON.stringify(run.failure ?? run.results));
  }
  const [manifest = ''] = globSync(join(site.folder, 'copies', 'secrets', '*', 'manifest.json'));
  assert.equal((JSON.parse(readFileSync(manifest, 'utf8')) as { auditHead: string }).auditHead, hash);
  const password = repositoryPassword(site.app, 'local', 'system');
  const repository = await Repository.open(await openFolderBackend(join(site.folder, 'copies', 'system')), password);
  context.after(() => repository.close());
  assert.deepEqual((await repository.listSnapshots())[0]?.tags, ['orbit', 'system', `audit:${hash}`]);
});

test('maintenance is kept with its reason and its end, before and after', async (context) => {
  const { app } = await consoleSite(context);
  const { home } = app;
  const on = ['maintenance', 'on', '--for', '2h', '--reason', 'the storage is moved'];
  assert.equal((await cli(on, { home })).exitCode, 0);
  assert.equal((await cli(['maintenance', 'off'], { home })).exitCode, 0);
  const [off, begun] = app.audit.list({ limit: 2 });
  assert.deepEqual(begun?.before, { 'maintenance.now': 'off' });
  assert.match(JSON.stringify(begun.after), /"maintenance.now":\{.*"reason":"the storage is moved"/);
  assert.deepEqual([off?.before, off?.after], [begun.after, begun.before]);
});
