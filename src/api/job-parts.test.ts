// What belongs to a job beside its schedule: programs around it, profiles, retention that is shown and then done, accepted drops.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type ConsoleSite, consoleSite, makeReady } from '../../test/support/console.ts';
import type { Role } from '../accounts/role.ts';
import { SecretString } from '../base/secret-string.ts';
import { findJob, saveJob } from '../jobs/job.ts';
import type { HoldsView, RetentionPlanView } from './schemas/holds.ts';
import type { DropView, JobView } from './schemas/jobs.ts';

async function asked(context: TestContext) {
  const site = await consoleSite(context);
  await makeReady(site);
  const ask = async (role: Role, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) => {
    const answer = await site.server.inject({
      method,
      url: `/api/v1${path}`,
      headers: { host: 'localhost', cookie: await site.cookieOf(role), 'sec-fetch-site': 'same-origin' },
      ...(payload === undefined ? {} : { payload }),
    });
    return {
      status: answer.statusCode,
      text: answer.body,
      code: answer.json<{ code?: string }>().code,
      as: answer.json,
    };
  };
  return { site, ask };
}

async function ran(site: ConsoleSite, kind: string) {
  const { ended } = await site.desk.start(findJob(site.app.store, kind), 'person');
  return await ended;
}

test('programs around a run belong to the system job, are given whole, and are no shell lines', async (context) => {
  const { site, ask } = await asked(context);
  const before = [{ command: '/bin/true', args: ['a b'], timeoutSeconds: 60 }];
  assert.equal((await ask('operator', 'PUT', '/jobs/system', { hooks: { before, after: [] } })).status, 403);
  const changed = await ask('administrator', 'PUT', '/jobs/system', { hooks: { before, after: [] } });
  assert.deepEqual(changed.as<JobView>().hooks, { before, after: [] });
  assert.equal((await ran(site, 'system')).outcome, 'succeeded');
  const refused = { before: [{ command: '/bin/false', args: [], timeoutSeconds: 60 }], after: [] };
  await ask('administrator', 'PUT', '/jobs/system', { hooks: refused });
  assert.equal((await ran(site, 'system')).failure?.code, 'jobs.hook-failed');
  const relative = { before: [{ command: 'true', args: [], timeoutSeconds: 60 }], after: [] };
  assert.equal((await ask('administrator', 'PUT', '/jobs/system', { hooks: relative })).status, 400);
  assert.equal((await ask('administrator', 'PUT', '/jobs/secrets', { hooks: refused })).code, 'jobs.not-of-kind');
  const off = await ask('administrator', 'PUT', '/jobs/system', { fileSystemSnapshots: 'off' });
  assert.equal(off.as<JobView>().fileSystemSnapshots, 'off');
});

test('a profile is added with its secret in the vault, shown without it, and removed with it', async (context) => {
  const { site, ask } = await asked(context);
  const profile = { name: 'db', kind: 'postgresql', config: { port: 5433, password: 'not to be seen' } };
  assert.equal((await ask('operator', 'POST', '/jobs/system/profiles', profile)).status, 403);
  const added = await ask('administrator', 'POST', '/jobs/system/profiles', profile);
  assert.equal(added.status, 200, added.text);
  const shown = await ask('auditor', 'GET', '/settings/backup');
  const job = shown.as<{ jobs: JobView[] }>().jobs.find(({ kind }) => kind === 'system');
  assert.deepEqual(
    job?.profiles.map(({ name, title, config }) => [name, title, config['port'], config['password']]),
    [['db', 'PostgreSQL', 5433, undefined]],
  );
  for (const { text } of [added, shown]) assert.ok(!text.includes('not to be seen') && !text.includes('vaultSecret'));
  assert.equal(site.app.vault.has('orbit:source:profile-db'), true);
  const wrong = await ask('administrator', 'POST', '/jobs/system/profiles', { ...profile, name: 'a b' });
  assert.equal(wrong.code, 'profiles.bad-name');
  const application = { name: 'vw', kind: 'vaultwarden', config: {} };
  const withApplication = await ask('administrator', 'POST', '/jobs/system/profiles', application);
  assert.equal(withApplication.status, 200, withApplication.text);
  assert.equal((await ask('administrator', 'DELETE', '/jobs/system/profiles/db')).status, 200);
  assert.ok(site.app.vault.show('orbit:source:profile-db').removedAt, 'the secret left with it');
  assert.equal((await ask('administrator', 'DELETE', '/jobs/system/profiles/db')).code, 'profiles.not-found');
  assert.equal((await ask('administrator', 'DELETE', '/jobs/secrets/profiles/vw')).code, 'jobs.not-of-kind');
});

test('retention goes as it was shown: nothing more, and not what is protected', async (context) => {
  const { site, ask } = await asked(context);
  for (let run = 0; run < 3; run += 1) {
    writeFileSync(join(site.folder, 'source', 'vault.conf'), `run ${run}\n`);
    await ran(site, 'system');
  }
  saveJob(site.app.store, { ...findJob(site.app.store, 'system'), retention: { last: 1 } });
  const plan = async () => (await ask('operator', 'GET', '/jobs/system/retention')).as<RetentionPlanView>().places[0];
  const first = await plan();
  assert.deepEqual([first?.keep.length, first?.remove.length], [1, 2]);
  const [newest, oldest] = first?.remove ?? [];
  assert.ok(newest !== undefined && oldest !== undefined && newest.at > oldest.at, 'each with its time');
  await ask('operator', 'POST', '/holds', { copy: oldest.copy, how: 'protected', reason: 'before the move' });
  const { holds } = (await ask('auditor', 'GET', '/holds')).as<HoldsView>();
  assert.deepEqual(
    holds.map(({ madeBy }) => [madeBy?.kind, madeBy?.run, madeBy?.destinations]),
    [['system', 1, ['local']]],
  );
  assert.equal((await ask('operator', 'POST', '/jobs/system/retention', { shown: [newest.copy] })).status, 403);
  assert.equal((await ask('administrator', 'POST', '/jobs/system/retention', { shown: [] })).code, 'jobs.plan-changed');
  const snapshots = (): string[] => readdirSync(join(site.folder, 'copies/system/snapshots'));
  assert.equal(snapshots().length, 3);
  const done = await ask('administrator', 'POST', '/jobs/system/retention', { shown: [newest.copy] });
  assert.equal(done.status, 200, done.text);
  assert.deepEqual(
    [snapshots().length, snapshots().includes(newest.copy), snapshots().includes(oldest.copy)],
    [2, false, true],
  );
});

test('what an accepted drop would let go is told by its titles before anybody accepts it', async (context) => {
  const { site, ask } = await asked(context);
  const password = new SecretString('made up');
  for (let at = 0; at < 10; at += 1) site.app.vault.add({ title: `router ${at}`, username: 'admin', password });
  await ran(site, 'secrets');
  const none = (await ask('operator', 'GET', '/jobs/secrets/drop')).as<DropView>();
  assert.deepEqual(none.sources, []);
  for (const { id, title } of [...site.app.vault.list()])
    if (title.startsWith('router')) site.app.vault.remove(id, { force: true });
  assert.equal((await ran(site, 'secrets')).failure?.code, 'secrets.sudden-drop');
  const { sources } = (await ask('operator', 'GET', '/jobs/secrets/drop')).as<DropView>();
  assert.deepEqual([sources.length, sources[0]?.gone, sources[0]?.titles.toSorted()[0]], [1, 10, 'router 0']);
  assert.equal((await ask('auditor', 'GET', '/jobs/secrets/drop')).status, 403);
  assert.equal((await ask('operator', 'GET', '/jobs/system/drop')).code, 'jobs.not-of-kind');
});
