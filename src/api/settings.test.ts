// Settings through the API: destinations, schedule, retention, channels.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { consoleSite, makeReady } from '../../test/support/console.ts';
import { addReport } from '../reports/scheduled-report.ts';
import type { Problem } from './schemas/common.ts';
import { callApi } from '../../test/support/api-call.ts';

test('a destination that works is kept and used; one that does not is not, unless asked', async (context) => {
  const site = await consoleSite(context);
  const path = join(site.folder, 'copies');
  type Added = { isKept: boolean; probe: { isUsable: boolean; failure?: { code: string } } };
  const added = await callApi<Added>(site, 'administrator', 'POST', '/destinations', {
    name: 'near',
    kind: 'folder',
    config: { path },
    jobs: ['secrets'],
  });
  assert.deepEqual([added.status, added.body.isKept, added.body.probe.isUsable], [200, true, true]);
  const taken = await callApi(site, 'administrator', 'POST', '/destinations', {
    name: 'near',
    kind: 'folder',
    config: { path },
  });
  assert.deepEqual([taken.status, taken.body.code], [409, 'destinations.name-taken']);
  await writeFile(join(site.folder, 'file'), '');
  const wrong = { name: 'wrong', kind: 'folder', config: { path: join(site.folder, 'file', 'below') } };
  const refused = await callApi<Added>(site, 'administrator', 'POST', '/destinations', wrong);
  assert.equal(refused.body.isKept, false);
  assert.ok(refused.body.probe.failure?.code.startsWith('backend.'), JSON.stringify(refused.body));
  const kept = await callApi<Added>(site, 'administrator', 'POST', '/destinations', { ...wrong, ifNotUsable: 'keep' });
  assert.equal(kept.body.isKept, true);
  type List = { destinations: { name: string; jobs: string[]; state: string }[] };
  const { destinations } = (await callApi<List>(site, 'auditor', 'GET', '/destinations')).body;
  assert.deepEqual(
    destinations.map(({ name, jobs, state }) => [name, jobs, state]),
    [
      ['near', ['secrets'], 'reachable'],
      ['wrong', [], 'lost'],
    ],
  );
  const loss = await callApi<{ jobsWithoutCopy: string[] }>(site, 'auditor', 'GET', '/destinations/near/removal');
  assert.deepEqual(loss.body.jobsWithoutCopy, ['secrets']);
  assert.equal((await callApi(site, 'administrator', 'DELETE', '/destinations/near')).status, 200);
  assert.equal(
    (await callApi(site, 'administrator', 'DELETE', '/destinations/near')).body.code,
    'destinations.unknown',
  );
});

test('a secret of a destination goes in and never comes out', async (context) => {
  const site = await consoleSite(context);
  const secretAccessKey = 'wJalrXUtnFEMI-canary';
  await callApi(site, 'administrator', 'POST', '/destinations', {
    name: 'cloud',
    kind: 's3',
    config: {
      endpoint: 'http://127.0.0.1:1',
      bucket: 'orbit',
      accessKeyId: 'AKIA',
      secretAccessKey,
      timeoutSeconds: 1,
    },
    ifNotUsable: 'keep',
  });
  for (const path of ['/destinations', '/overview', '/destination-kinds']) {
    const answer = await callApi<object>(site, 'auditor', 'GET', path);
    assert.equal(answer.status, 200);
    assert.ok(!JSON.stringify(answer.body).includes('canary'), path);
  }
});

test('the settings of the backup: schedule with its next runs, folders, the session files switch', async (context) => {
  const site = await consoleSite(context);
  const put = (job: string, body: object) =>
    callApi<Problem & { next: string[]; missingFolders: string[]; timeZone?: string }>(
      site,
      'administrator',
      'PUT',
      `/jobs/${job}`,
      body,
    );
  const zoned = await put('system', { schedule: '30 4 * * 1-5', timeZone: 'America/Sao_Paulo' });
  assert.equal(zoned.body.next.length, 5);
  assert.ok(
    zoned.body.next.every((at) => at.endsWith('T07:30:00.000Z')),
    'half past four in São Paulo',
  );
  assert.equal((await put('system', { timeZone: null })).body.timeZone, undefined);
  assert.equal((await put('system', { schedule: 'at five' })).body.code, 'jobs.bad-schedule');
  assert.equal((await put('system', { destinations: ['nowhere'] })).body.code, 'destinations.unknown');
  assert.equal((await put('recordings', { enabled: true })).body.code, 'jobs.no-folder');
  assert.equal((await put('secrets', { folders: ['/etc'] })).body.code, 'jobs.not-of-kind');
  await mkdir(join(site.folder, 'recordings'));
  const folders = [join(site.folder, 'recordings'), '/not/there'];
  assert.deepEqual((await put('recordings', { enabled: true, folders })).body.missingFolders, ['/not/there']);
  const next = await callApi<{ next: string[] }>(
    site,
    'auditor',
    'GET',
    `/schedule?schedule=${encodeURIComponent('0 5 * * *')}`,
  );
  assert.equal(next.body.next.length, 5);
  assert.equal((await callApi(site, 'auditor', 'GET', '/schedule?schedule=nonsense')).body.code, 'jobs.bad-schedule');
});

test('retention is set and taken away, and setting less than before is told', async (context) => {
  const site = await consoleSite(context);
  site.app.notifier.channels.add({
    name: 'all',
    kind: 'webhook',
    config: { url: 'http://127.0.0.1:1/', signingSecret: 'x' },
  });
  const told = (): number =>
    site.app.store.database.prepare("SELECT 1 FROM channel_message WHERE event LIKE '%retention.weakened%'").all()
      .length;
  const put = (retention: object | null) =>
    callApi<{ retention?: object; code?: string }>(site, 'administrator', 'PUT', '/jobs/system', { retention });
  assert.deepEqual((await put({ daily: 7, weekly: 4 })).body.retention, { daily: 7, weekly: 4 });
  assert.equal(told(), 1, 'before, every copy stayed');
  await put({ daily: 14, weekly: 4 });
  assert.equal(told(), 1);
  await put({ daily: 14 });
  assert.equal(told(), 2);
  assert.equal((await put({ daily: 0 })).body.code, 'api.bad-request');
  assert.equal((await put(null)).body.retention, undefined);
  assert.equal(told(), 2);
});

test('what a run does about a lost destination, and whether a change starts one, is set by whoever may change a job', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  interface Answer {
    whenLost?: string;
    waitMinutes?: number;
    onChange?: boolean;
    code?: string;
  }
  const put = (job: string, change: object) =>
    callApi<Answer>(site, 'administrator', 'PUT', `/jobs/${job}`, change).then(({ body }) => body);
  const { whenLost, waitMinutes, onChange } = await put('secrets', {});
  assert.deepEqual([whenLost, waitMinutes, onChange], ['resume', 30, true]);
  const changed = await put('secrets', { whenLost: 'wait', waitMinutes: 5, onChange: false });
  assert.deepEqual([changed.whenLost, changed.waitMinutes, changed.onChange], ['wait', 5, false]);
  assert.equal((await put('system', { onChange: false })).code, 'jobs.not-of-kind');
  assert.equal((await put('system', { whenLost: 'never' })).code, 'api.bad-request');
  const start = (body: object) =>
    callApi<{ run: { id: number } }>(site, 'operator', 'POST', '/jobs/secrets/runs', body);
  assert.equal((await start({ acceptDrop: ' ' })).status, 400);
  const started = await start({ acceptDrop: 'the old site was closed' });
  assert.equal(started.status, 200);
  const { id } = started.body.run;
  const kept = await callApi<{ dropAccepted?: string }>(site, 'auditor', 'GET', `/runs/${id}`);
  assert.equal(kept.body.dropAccepted, 'the old site was closed');
});

test('channels are added, tested with every step told, and removed', async (context) => {
  const site = await consoleSite(context);
  const added = await callApi<{ name: string }>(site, 'administrator', 'POST', '/channels', {
    name: 'chat',
    kind: 'webhook',
    config: { url: 'http://127.0.0.1:1/hook', signingSecret: 'canary' },
  });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  const tested = await callApi<{ isDelivered: boolean; failure?: { code: string } }>(
    site,
    'operator',
    'POST',
    '/channels/chat/test',
  );
  assert.deepEqual([tested.body.isDelivered, tested.body.failure?.code], [false, 'notify.unreachable']);
  addReport(site.app, 'weekly', { report: 'runs', channel: 'chat' });
  addReport(site.app, 'other', { report: 'runs', channel: 'another' });
  const list = await callApi<{ channels: { reports: string[] }[] }>(site, 'auditor', 'GET', '/channels');
  assert.ok(!JSON.stringify(list.body).includes('canary'));
  assert.deepEqual(list.body.channels[0]?.reports, ['weekly'], 'whoever removes it knows what cannot be sent any more');
  assert.equal((await callApi(site, 'administrator', 'DELETE', '/channels/chat')).status, 200);
  assert.equal((await callApi(site, 'administrator', 'DELETE', '/channels/chat')).status, 404);
});
