// Reports by mail: made, sent to a real mail server, received bytes compared; what is missed is caught up once.
import { type KeptNote, tellNote } from '../base/note.ts';
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { test, type TestContext } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { failure } from '../../test/support/failures.ts';
import { freePort } from '../../test/support/ports.ts';
import { smtpServer } from '../../test/support/smtp-server.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { type App, openApp } from '../app.ts';
import { addResult, endRun, startRun } from '../jobs/run.ts';
import { findJob } from '../jobs/job.ts';
import { listIncidents } from '../notify/incidents.ts';
import { csvLines } from './csv.ts';
import { makeTable } from './make-report.ts';
import { addReport, changeReport, dueReports, findReport } from './scheduled-report.ts';
import { sendDueReports, sendReport } from './send-report.ts';
import { listSendings } from './sending.ts';

const needed = needs('aiosmtpd', 'openssl');
const password = 'p\\&!"é ü';
const signal = new AbortController().signal;

interface Site {
  app: App;
  setTime(text: string): void;
}

async function siteAt(context: TestContext, time: string): Promise<Site> {
  let now = new Date(time);
  const app = openApp(await temporaryFolder(context), { now: () => now });
  context.after(() => app.close());
  return { app, setTime: (text) => (now = new Date(text)) };
}

function mailChannel(app: App, port: number, more: Record<string, unknown> = {}): void {
  const config = {
    host: 'localhost',
    port,
    from: 'orbit@example.org',
    to: ['ops@example.org'],
    encryption: 'none',
    ...more,
  };
  app.notifier.channels.add({ name: 'ops', kind: 'email', config });
}

function failedRun({ app }: Site, path: string): void {
  const { store, clock } = app;
  const run = startRun(store, findJob(store, 'system'), 'schedule', clock);
  const at = clock.now().toISOString();
  const failed = { code: 'backend.unreachable', message: `no answer, "really" from ${path}` };
  addResult(store, run, { destination: 'nas', startedAt: at, endedAt: at, outcome: 'failed', failure: failed });
  endRun(store, run, 'failed', clock);
}

const told = (steps: KeptNote[]): string => steps.map((step) => tellNote(step, 'en')).join('\n');

test(
  'a report reaches its recipients over STARTTLS, and the attached table is byte for byte the report',
  needed,
  async (t) => {
    const site = await siteAt(t, '2026-11-23T06:00:00Z');
    const { app } = site;
    const certificates = await makeCertificates(await temporaryFolder(t));
    const server = await smtpServer(t, 'starttls', certificates, { user: 'orbit', password });
    mailChannel(app, server.port, { encryption: 'starttls', ca: certificates.ca, user: 'orbit', password });
    failedRun(site, '=São, Paulo');
    const plan = { report: 'runs', channel: 'ops', to: ['audit@example.org', 'ciso@example.org'] };
    const report = addReport(app, 'weekly', plan);
    const sending = await sendReport(app, report, { askedBy: 'ana' });
    const [mail] = await server.received(1);
    const expected = [...csvLines(await makeTable(app, report.plan))].join('');
    const [attached, ...others] = mail?.attachments ?? [];
    assert.equal(others.length, 0);
    assert.deepEqual([attached?.name, attached?.type], ['orbit-runs-2026-11-23.csv', 'text/csv']);
    assert.equal(Buffer.from(attached?.base64 ?? '', 'base64').toString('utf8'), expected);
    assert.match(expected, /"no answer, ""really"" from =São, Paulo"/);
    assert.deepEqual(mail?.to, plan.to);
    assert.equal(mail?.tls, true);
    assert.match(mail?.headers['subject'] ?? '', /Backups that ran$/);
    assert.match(
      mail?.body ?? '',
      /From 2026-10-23 to 2026-11-23\r?\n1 row\r?\nThe table is attached: orbit-runs-2026-11-23\.csv/,
    );
    assert.deepEqual([sending.recipients, sending.refused, sending.rows, sending.askedBy], [plan.to, [], 1, 'ana']);
    assert.match(
      told(sending.steps),
      /the report was made: 1 rows[^]*TLSv1[^]*signed in as orbit\nthe server took the mail: 250 2\.0\.0 taken as 4711/,
    );
    assert.doesNotMatch(JSON.stringify(sending), /p\\\\&/);
  },
);

test('every report is made and sent in Portuguese as text, to the recipients of the channel', needed, async (t) => {
  const site = await siteAt(t, '2026-11-23T06:00:00Z');
  const { app } = site;
  const server = await smtpServer(t, 'none', await makeCertificates(await temporaryFolder(t)));
  mailChannel(app, server.port);
  failedRun(site, 'disk');
  app.audit.append({ actor: 'ana', method: 'CLI', action: 'orbit job set', outcome: 'done' });
  const kinds = ['secrets', 'compliance', 'runs', 'log', 'destinations', 'drills', 'incidents', 'audit'];
  for (const report of kinds) {
    const made = addReport(app, report, { report, channel: 'ops', language: 'pt', format: 'text' });
    assert.equal((await sendReport(app, made, { askedBy: 'ana' })).failure, undefined, report);
  }
  const mails = await server.received(kinds.length);
  for (const [index, mail] of mails.entries()) {
    assert.deepEqual(mail.attachments, [], kinds[index]);
    assert.deepEqual(mail.to, ['ops@example.org']);
  }
  assert.match(mails[2]?.body ?? '', /Backups executados[^]*Execução +Tarefa[^]*sistema +agenda +2026-11-23 06:00 UTC/);
  assert.match(mails[7]?.body ?? '', /Trilha de auditoria[^]*ana[^]*orbit job set/);
});

test('of several turns that were missed one is sent, and the next comes when it is due', needed, async (t) => {
  const site = await siteAt(t, '2026-11-02T06:00:00Z');
  const { app } = site;
  const server = await smtpServer(t, 'none', await makeCertificates(await temporaryFolder(t)));
  mailChannel(app, server.port);
  addReport(app, 'daily', { report: 'runs', channel: 'ops', schedule: 'every day at 07:00', timeZone: 'UTC' });
  assert.deepEqual(dueReports(app), []);
  site.setTime('2026-11-05T12:00:00Z');
  const done = await sendDueReports(app, { signal });
  assert.deepEqual(
    done.map(({ dueAt, sending }) => [dueAt.toISOString(), sending.failure]),
    [['2026-11-05T07:00:00.000Z', undefined]],
  );
  assert.deepEqual(await sendDueReports(app, { signal }), []);
  site.setTime('2026-11-06T07:00:00Z');
  assert.equal((await sendDueReports(app, { signal })).length, 1);
  changeReport(app, 'daily', { isEnabled: false });
  site.setTime('2026-11-20T08:00:00Z');
  assert.deepEqual(dueReports(app), [], 'it is off');
  changeReport(app, 'daily', { isEnabled: true });
  assert.deepEqual(dueReports(app), [], 'what was off on purpose is not caught up');
  assert.equal((await server.received(2)).length, 2);
});

test(
  'a mail server that is down is asked again until it takes the mail; it is told once, and that it went well',
  needed,
  async (t) => {
    const site = await siteAt(t, '2026-11-02T06:00:00Z');
    const { app } = site;
    const certificates = await makeCertificates(await temporaryFolder(t));
    const port = await freePort();
    mailChannel(app, port);
    addReport(app, 'daily', { report: 'runs', channel: 'ops', schedule: '0 7 * * *', timeZone: 'UTC' });
    site.setTime('2026-11-02T07:00:30Z');
    const [first] = await sendDueReports(app, { signal });
    assert.equal(first?.sending.failure?.code, 'notify.unreachable');
    assert.deepEqual(await sendDueReports(app, { signal }), [], 'not at once');
    site.setTime('2026-11-02T07:20:00Z');
    assert.equal((await sendDueReports(app, { signal }))[0]?.sending.attempts, 2);
    const server = await smtpServer(t, 'none', certificates, { port });
    site.setTime('2026-11-02T07:40:00Z');
    assert.equal((await sendDueReports(app, { signal }))[0]?.sending.failure, undefined);
    await server.received(1);
    const [turn, ...others] = listSendings(app.store, 'daily');
    assert.deepEqual([turn?.attempts, turn?.firstAt, others.length], [3, '2026-11-02T07:00:30.000Z', 0]);
    const [incident] = listIncidents(app.store);
    assert.deepEqual([incident?.event, incident?.times, incident?.resolvedBy], ['task.failed', 1, 'task.succeeded']);
  },
);

test('a recipient that the server refuses is named, and the others get their mail', needed, async (t) => {
  const { app } = await siteAt(t, '2026-11-23T06:00:00Z');
  const server = await smtpServer(t, 'none', await makeCertificates(await temporaryFolder(t)));
  mailChannel(app, server.port);
  const to = ['audit@example.org', 'nobody@example.org'];
  const sending = await sendReport(app, addReport(app, 'r', { report: 'drills', channel: 'ops', to }), {
    askedBy: 'ana',
  });
  assert.deepEqual(
    [sending.recipients, sending.refused, sending.failure],
    [['audit@example.org'], ['nobody@example.org'], undefined],
  );
  assert.match(told(sending.steps), /a recipient was refused: .*no such person/);
  assert.equal(listIncidents(app.store)[0]?.event, 'task.failed');
  assert.deepEqual((await server.received(1))[0]?.to, ['audit@example.org']);
});

test('a long table goes as a file beside the part that a mail can show, packed when it is large', needed, async (t) => {
  const { app } = await siteAt(t, '2026-11-23T06:00:00Z');
  const server = await smtpServer(t, 'none', await makeCertificates(await temporaryFolder(t)));
  mailChannel(app, server.port);
  const insert = app.store.database.prepare(
    `INSERT INTO run (job, kind, started_by, started_at, ended_at, process, outcome, failure)
     VALUES ('system', 'system', 'schedule', ?, ?, 'p', 'failed', ?)`,
  );
  const failed = JSON.stringify({ code: 'x.y', message: 'x'.repeat(900) });
  const at = app.clock.now().toISOString();
  app.store.transaction(() => {
    for (let number = 0; number < 5000; number += 1) insert.run(at, at, failed);
  });
  const report = addReport(app, 'long', { report: 'runs', channel: 'ops', format: 'text' });
  await sendReport(app, report, { askedBy: 'ana' });
  const [mail] = await server.received(1);
  const [attached] = mail?.attachments ?? [];
  assert.equal(attached?.name, 'orbit-runs-2026-11-23.csv.gz');
  const expected = [...csvLines(await makeTable(app, report.plan))].join('');
  assert.equal(gunzipSync(Buffer.from(attached?.base64 ?? '', 'base64')).toString('utf8'), expected);
  assert.match(mail?.body ?? '', /… and 3000 more rows, which the attached file has/);
});

test('names of secrets do not cross a network unencrypted, and only mail carries a report', async (t) => {
  const { app } = await siteAt(t, '2026-11-23T06:00:00Z');
  mailChannel(app, 25, { host: 'mail.example.org' });
  app.notifier.channels.add({
    name: 'hook',
    kind: 'webhook',
    config: { url: 'https://127.0.0.1:9/x', signingSecret: 'a signing secret of some length' },
  });
  const send = async (name: string, plan: object) =>
    (await sendReport(app, addReport(app, name, plan), { askedBy: 'a' })).failure;
  assert.equal((await send('s', { report: 'secrets', channel: 'ops' }))?.code, 'reports.in-the-clear');
  assert.equal((await send('c', { report: 'compliance', channel: 'ops' }))?.code, 'reports.in-the-clear');
  assert.equal((await send('h', { report: 'runs', channel: 'hook' }))?.code, 'notify.no-letters');
  assert.equal((await send('n', { report: 'runs', channel: 'gone' }))?.code, 'notify.no-such-channel');
  app.notifier.channels.setEnabled('ops', false);
  assert.equal((await send('o', { report: 'runs', channel: 'ops' }))?.code, 'notify.channel-off');
});

test('a report with a bad schedule, name, recipient or a name that is taken is refused', async (t) => {
  const { app } = await siteAt(t, '2026-11-23T06:00:00Z');
  const good = { report: 'runs', channel: 'ops' };
  assert.throws(() => addReport(app, 'r', { ...good, schedule: 'sometimes' }), failure('jobs.bad-schedule'));
  assert.throws(() => addReport(app, '-r', good), failure('config.invalid'));
  assert.throws(() => addReport(app, 'r', { ...good, to: ['ops'] }), failure('config.invalid'));
  addReport(app, 'r', { ...good, schedule: 'toda segunda às 7' });
  assert.equal(findReport(app.store, 'r').plan.schedule, '0 7 * * 1');
  assert.throws(() => addReport(app, 'r', good), failure('reports.name-taken'));
  assert.throws(() => findReport(app.store, 'x'), failure('reports.no-such-report'));
});
