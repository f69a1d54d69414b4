// Reports, compliance and incidents through the API, as each of the four roles.
import { tellNote } from '../base/note.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callApi } from '../../test/support/api-call.ts';
import { makeCertificates } from '../../test/support/certificates.ts';
import { type ConsoleSite, consoleSite, makeReady } from '../../test/support/console.ts';
import { smtpServer } from '../../test/support/smtp-server.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { roles } from '../accounts/role.ts';
import { orbitEvent } from '../base/event.ts';
import { SecretString } from '../base/secret-string.ts';
import { runJob } from '../jobs/runner.ts';
import { findJob } from '../jobs/job.ts';
import type { IncidentListView } from './schemas/incidents.ts';
import type { SecretListView } from './schemas/kits.ts';
import type { ReportListView, ReportView, SendingView } from './schemas/reports.ts';

const plan = { report: 'secrets', channel: 'ops', schedule: 'weekdays at 8', language: 'pt' };

async function withMail(t: Parameters<typeof consoleSite>[0]): Promise<{
  site: ConsoleSite;
  received: (count: number) => ReturnType<Awaited<ReturnType<typeof smtpServer>>['received']>;
}> {
  const site = await consoleSite(t);
  const server = await smtpServer(t, 'none', await makeCertificates(await temporaryFolder(t)));
  const config = {
    host: 'localhost',
    port: server.port,
    from: 'o@example.org',
    to: ['ops@example.org'],
    encryption: 'none',
  };
  site.app.notifier.channels.add({ name: 'ops', kind: 'email', config });
  return { site, received: (count) => server.received(count) };
}

test(
  'each role may do with reports what it may: all but custodians see them, operators send, administrators change',
  needs('aiosmtpd', 'openssl'),
  async (t) => {
    const { site, received } = await withMail(t);
    const statuses = async (
      method: 'GET' | 'POST' | 'PUT' | 'DELETE',
      path: string,
      body?: object,
    ): Promise<number[]> => {
      const found: number[] = [];
      for (const role of ['custodian', 'auditor', 'operator', 'administrator'] as const)
        found.push((await callApi(site, role, method, path, body)).status);
      return found;
    };
    assert.equal(roles.length, 4);
    assert.deepEqual(await statuses('POST', '/reports', { name: 'weekly', plan }), [403, 403, 403, 200]);
    assert.deepEqual(await statuses('GET', '/reports'), [403, 200, 200, 200]);
    assert.deepEqual(await statuses('POST', '/reports/weekly/send'), [403, 403, 200, 200]);
    assert.deepEqual(await statuses('PUT', '/reports/weekly', { isEnabled: false }), [403, 403, 403, 200]);
    const list = await callApi<ReportListView>(site, 'auditor', 'GET', '/reports');
    const [report] = list.body.reports;
    assert.deepEqual([report?.isEnabled, report?.plan.schedule, report?.next], [false, '0 8 * * 1-5', []]);
    assert.equal(report?.last?.askedBy, 'the-administrator');
    assert.deepEqual(list.body.mailChannels, ['ops']);
    const mails = await received(2);
    assert.match(mails[0]?.body ?? '', /Último backup de cada segredo/);
    const trail = site.app.audit.list({ limit: 50 });
    assert.ok(trail.some(({ actor, action }) => actor === 'the-operator' && action === 'POST /reports/{name}/send'));
    const added = trail.findLast(({ action, outcome }) => action === 'POST /reports' && outcome === 'done');
    assert.match(JSON.stringify(added), /weekly.*0 8 \* \* 1-5/);
    assert.deepEqual(await statuses('DELETE', '/reports/weekly'), [403, 403, 403, 200]);
    assert.deepEqual(site.bugs, []);
  },
);

test('send now tells that nothing was delivered, and why', async (t) => {
  const site = await consoleSite(t);
  const config = { host: 'localhost', port: 1, from: 'o@example.org', to: ['ops@example.org'], encryption: 'none' };
  site.app.notifier.channels.add({ name: 'ops', kind: 'email', config });
  await callApi<ReportView>(site, 'administrator', 'POST', '/reports', { name: 'weekly', plan });
  const sent = await callApi<SendingView>(site, 'operator', 'POST', '/reports/weekly/send');
  assert.equal(sent.status, 200);
  assert.equal(sent.body.failure?.code, 'notify.unreachable');
  assert.match(tellNote(sent.body.steps.at(-1) ?? '', 'en'), /^failed: .*ECONNREFUSED/);
  const { body } = await callApi<{ sendings: SendingView[] }>(site, 'auditor', 'GET', '/reports/weekly/sendings');
  assert.deepEqual(body.sendings, [sent.body]);
});

test('a backup judges every password by the policy, tells why, and keeps nothing of it', async (t) => {
  const site = await consoleSite(t);
  await makeReady(site);
  const add = (title: string, password: string) =>
    site.app.vault.add({ title, username: 'root', password: new SecretString(password) });
  add('good', 'quartz lemon tundra 4 violin');
  add('weak', 'Canary-Root-1');
  add('none', '');
  add('first', 'Quartz Lemon Tundra 4');
  add('second', 'Quartz Lemon Tundra 4');
  const policy = { minimumLength: 16, minimumBits: 0, classes: ['upper'], refuseUserName: true };
  assert.equal((await callApi(site, 'operator', 'PUT', '/settings/password-policy', policy)).status, 403);
  assert.equal((await callApi(site, 'administrator', 'PUT', '/settings/password-policy', policy)).status, 200);
  await runJob(site.app, findJob(site.app.store, 'secrets'), { startedBy: 'person' });
  const ask = async (query = '') => (await callApi<SecretListView>(site, 'auditor', 'GET', `/secrets${query}`)).body;
  const verdicts = (await ask('?source=vault&text=root')).items.map(({ title, compliance, faults }) => [
    title,
    compliance,
    faults.join(),
  ]);
  assert.deepEqual(verdicts, [
    ['first', 'unmet', 'reused'],
    ['good', 'unmet', 'upper'],
    ['none', 'unknown', ''],
    ['second', 'unmet', 'reused'],
    ['weak', 'unmet', 'short,user-name'],
  ]);
  assert.deepEqual([(await ask('?compliance=unmet')).total, (await ask()).counts.unmet], [4, 4]);
  const sealed = site.app.store.database.prepare('SELECT * FROM kit_item').all();
  assert.ok(!JSON.stringify(sealed).includes('Canary'));
  await callApi(site, 'administrator', 'PUT', '/settings/password-policy', {
    ...policy,
    classes: [],
    refuseReuse: false,
    maximumAgeDays: 1,
  });
  await runJob(site.app, findJob(site.app.store, 'secrets'), { startedBy: 'person' });
  assert.deepEqual(
    (await ask('?compliance=met&text=root')).items.map(({ title }) => title),
    ['first', 'good', 'second'],
  );
  const table = await site.server.inject({
    url: '/api/v1/compliance.csv?language=pt',
    headers: { host: '127.0.0.1:7420', cookie: await site.cookieOf('auditor') },
  });
  assert.match(table.body, /não conforme,curta demais; contém o usuário,weak,root/);
});

test('incidents are listed with their state in both languages, and operators end them with a note', async (t) => {
  const site = await consoleSite(t);
  const at = site.app.clock.now();
  site.app.tell(
    orbitEvent('destination.tampered', { destination: 'nas', location: 'nas:/x', reason: 'a file is gone' }, at),
  );
  site.app.tell(orbitEvent('source.lost', { source: 's', path: '/x', reason: 'gone', since: at }, at));
  site.app.tell(orbitEvent('source.back', { source: 's', path: '/x', since: at, downMs: 1 }, at));
  const list = async (query: string) =>
    (await callApi<IncidentListView>(site, 'auditor', 'GET', `/incidents${query}`)).body;
  const open = await list('?state=open');
  assert.deepEqual([open.total, open.open, open.incidents[0]?.event], [1, 1, 'destination.tampered']);
  assert.match(open.incidents[0]?.text.pt.told ?? '', /nas/);
  assert.equal((await list('?state=resolved')).incidents[0]?.resolvedBy, 'source.back');
  const path = `/incidents/${open.incidents[0]?.id}/resolve`;
  assert.equal((await callApi(site, 'auditor', 'POST', path, { note: 'x' })).status, 403);
  assert.equal((await callApi(site, 'operator', 'POST', path, { note: ' ' })).status, 400);
  assert.equal((await callApi(site, 'operator', 'POST', path, { note: 'restored by hand' })).status, 200);
  assert.equal((await callApi(site, 'operator', 'POST', path, { note: 'again' })).body.code, 'notify.no-open-incident');
  assert.deepEqual(
    (await list('')).incidents.map(({ resolvedBy }) => resolvedBy),
    ['source.back', 'the-operator'],
  );
});
