import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ConsoleSite, consoleSite, makeReady } from '../../test/support/console.ts';
import { listApprovals, saveApprovalSettings } from '../accounts/approval.ts';
import type { Role } from '../accounts/role.ts';
import { SecretString } from '../base/secret-string.ts';
import { destinationKitFiles } from '../breakglass/kit/kit-files.ts';
import { openKit } from '../breakglass/kit/open-kit.ts';
import { generateRecoveryIdentity } from '../breakglass/recovery-key.ts';
import { findDestination } from '../destinations/destination.ts';
import { openDestination } from '../destinations/open.ts';
import { findJob } from '../jobs/job.ts';
import type { Problem } from './schemas/common.ts';
import type { EnvelopeView, SecretGroupsView } from './schemas/envelopes.ts';

const network = generateRecoveryIdentity();

async function siteWithGroups(context: TestContext): Promise<ConsoleSite> {
  const site = await consoleSite(context);
  await makeReady(site);
  const add = (title: string, groups: string[]): unknown =>
    site.app.vault.add({ title, groups, password: new SecretString(`pw of ${title}`) });
  add('core', ['Network', 'São Paulo']);
  add('edge', ['Network']);
  add('payroll', ['Finance']);
  return site;
}

function asking(site: ConsoleSite) {
  return async <Body>(role: Role, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, payload?: object) => {
    const headers = { host: 'localhost', cookie: await site.cookieOf(role), 'sec-fetch-site': 'same-origin' };
    const body = payload === undefined ? {} : { payload };
    const answer = await site.server.inject({ method, url: `/api/v1${path}`, headers, ...body });
    return { status: answer.statusCode, body: answer.json<Body & Partial<Problem>>() };
  };
}

test('an envelope made by the API is in the next kit, and opens with the team’s key', async (context) => {
  const site = await siteWithGroups(context);
  const ask = asking(site);
  const wanted = { title: ' Network team ', groups: [['Network']], recipients: [network.recipient] };
  for (const role of ['auditor', 'operator'] as const)
    assert.equal((await ask(role, 'POST', '/envelopes', wanted)).status, 403, role);
  const made = (await ask<EnvelopeView>('administrator', 'POST', '/envelopes', wanted)).body;
  assert.deepEqual({ ...made, id: '' }, { ...wanted, id: '', title: 'Network team', records: 2 });
  assert.deepEqual((await ask('auditor', 'GET', '/envelopes')).body, { envelopes: [made] });
  const { groups } = (await ask<SecretGroupsView>('auditor', 'GET', '/secret-groups')).body;
  const counts = groups.map(({ path, records }) => [path.join('/'), records]);
  assert.deepEqual(counts, [
    ['Finance', 1],
    ['Network', 2],
    ['Network/São Paulo', 1],
  ]);

  const run = await (await site.desk.start(findJob(site.app.store, 'secrets'), 'person')).ended;
  assert.equal(run?.outcome, 'succeeded');
  const backend = await openDestination(site.app, findDestination(site.app.store, 'local'));
  const [kit] = (await ask<{ kits: { name: string }[] }>('auditor', 'GET', '/kits')).body.kits;
  const opened = await openKit(destinationKitFiles(backend, kit?.name ?? ''), { identity: network });
  assert.deepEqual(opened.secrets.map(({ record }) => record.title).sort(), ['core', 'edge']);

  const taken = await ask('administrator', 'POST', '/envelopes', { ...wanted, title: 'NETWORK TEAM' });
  assert.deepEqual([taken.status, taken.body.code], [409, 'breakglass.envelope-exists']);
  const renamed = { ...wanted, title: 'Routers', groups: [['Network', 'São Paulo']] };
  assert.equal((await ask<EnvelopeView>('administrator', 'PUT', `/envelopes/${made.id}`, renamed)).body.records, 1);
  for (const [code, recipient] of [
    ['breakglass.bad-recipient', 'age1mistyped'],
    ['api.bad-request', ''],
  ] as const) {
    const bad = { ...renamed, recipients: [recipient] };
    assert.equal((await ask('administrator', 'PUT', `/envelopes/${made.id}`, bad)).body.code, code);
  }
  const unknown = await ask('administrator', 'DELETE', '/envelopes/00000000');
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'breakglass.no-such-envelope']);
  assert.equal((await ask('administrator', 'DELETE', `/envelopes/${made.id}`)).status, 200);
  assert.deepEqual((await ask('auditor', 'GET', '/envelopes')).body, { envelopes: [] });
  const trail = site.app.audit.list({ limit: 20 }).filter(({ action }) => action.includes('/envelopes'));
  assert.deepEqual([trail[0]?.action, trail[0]?.outcome], ['DELETE /envelopes/{id}', 'done']);
  assert.ok(
    trail.some(({ after }) => JSON.stringify(after ?? {}).includes(network.recipient)),
    'whose key it is',
  );
  assert.deepEqual(site.bugs, []);
});

test('under four eyes a further key or group waits for a second administrator; less does not', async (context) => {
  const site = await siteWithGroups(context);
  const ask = asking(site);
  const wanted = { title: 'Network', groups: [['Network']], recipients: [network.recipient] };
  const { id } = (await ask<EnvelopeView>('administrator', 'POST', '/envelopes', wanted)).body;
  saveApprovalSettings(site.app, { isOn: true, actions: ['envelope.open'], hours: 24, viewHours: 8 }, { user: 'root' });
  const put = (change: object) => ask('administrator', 'PUT', `/envelopes/${id}`, { ...wanted, ...change });
  const other = generateRecoveryIdentity().recipient;
  for (const change of [{ recipients: [network.recipient, other] }, { groups: [['Network'], ['Finance']] }])
    assert.equal((await put(change)).body.code, 'approvals.waiting');
  const another = await ask('administrator', 'POST', '/envelopes', { ...wanted, title: 'another' });
  assert.equal(another.body.code, 'approvals.waiting');
  assert.equal((await put({ groups: [['Network', 'São Paulo']] })).status, 200);
  assert.equal((await put({})).body.code, 'approvals.waiting', 'and back again is more');
  assert.equal(listApprovals(site.app).length, 4);
  assert.equal((await ask('administrator', 'DELETE', `/envelopes/${id}`)).status, 200);
  assert.deepEqual(site.bugs, []);
});
