// Recordings where a second person has to approve before anybody sees one: in the API and on the command line.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addAccount, setPassword } from '../src/accounts/account.ts';
import { type Role, roles } from '../src/accounts/role.ts';
import { fixedClock } from '../src/base/clock.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { cli } from './support/cli.ts';
import { cheapHashes, goodPassword } from './support/console.ts';
import { listRecordingIds, recordingsSite } from './support/recordings.ts';

const why = { reason: 'agreed with the owner' };

test('a recording is seen only once an administrator approved it: that one, that way, that person, for an hour', async (t) => {
  const clock = fixedClock(new Date());
  const site = await recordingsSite(t, { clock });
  site.put('v2.cast', 'db01.cast');
  site.put('session.ttyrec', 'other.ttyrec');
  await site.run();
  const [cast, other] = [listRecordingIds(site, 'db01.cast')[0] ?? '', listRecordingIds(site, 'other')[0] ?? ''];
  const ask = async (role: Role, method: 'GET' | 'POST' | 'PUT', path: string, payload?: object) => {
    const cookie = await site.cookieOf(role);
    const headers = { cookie, host: '127.0.0.1:7420', 'sec-fetch-site': 'same-origin' };
    const body = payload === undefined ? {} : { payload };
    const answer = await site.server.inject({ method, url: `/api/v1${path}`, headers, ...body });
    const isJson = String(answer.headers['content-type']).includes('json');
    const json = isJson ? (JSON.parse(answer.body) as Record<string, unknown>) : {};
    return { status: answer.statusCode, json, code: json['code'], body: answer.body };
  };
  const begin = (role: Role, id = cast, how = 'play') =>
    ask(role, 'POST', `/recordings/${id}/viewings`, { reason: 'case 1234', how });
  const rules = { isOn: true, actions: ['recording.view', 'approval.weaken'], hours: 24, viewHours: 1 };
  assert.equal((await ask('administrator', 'PUT', '/approvals/rules', rules)).status, 200);

  // The four roles: who may not look does not even ask.
  const codes = [];
  for (const role of roles) codes.push((await begin(role)).code);
  assert.deepEqual(codes, ['approvals.waiting', 'api.not-allowed', 'approvals.waiting', 'api.not-allowed']);
  assert.equal((await begin('auditor')).code, 'approvals.waiting');
  const none = await ask('auditor', 'POST', `/recordings/${cast}/viewings`, { reason: ' ', how: 'play' });
  assert.equal(none.code, 'recordings.no-reason', 'nobody is asked to approve nothing');
  const { approvals } = (await ask('auditor', 'GET', '/approvals')).json as { approvals: Record<string, string>[] };
  assert.deepEqual(
    approvals.map(({ askedBy, subject, detail, state }) => `${askedBy}: ${subject}, ${detail}, ${state}`).sort(),
    [`the-administrator: ${cast} (play), case 1234, waiting`, `the-auditor: ${cast} (play), case 1234, waiting`],
  );
  const idOf = (user: string): string => approvals.find(({ askedBy }) => askedBy === user)?.['id'] ?? '';
  const viewings = async () =>
    (await ask('auditor', 'GET', `/recordings/${cast}`)).json['viewings'] as Record<string, string>[];
  assert.deepEqual(await viewings(), [], 'nothing was watched yet');

  // Nobody approves for themselves; no other role approves at all.
  const approve = (role: Role, user: string) => ask(role, 'POST', `/approvals/${idOf(user)}/approve`, why);
  assert.equal((await approve('administrator', 'the-administrator')).code, 'approvals.own');
  for (const role of ['operator', 'auditor', 'custodian'] as const)
    assert.equal((await approve(role, 'the-administrator')).code, 'api.not-allowed');
  assert.equal((await approve('administrator', 'the-auditor')).status, 200);

  const first = await begin('auditor');
  assert.equal(first.status, 200);
  assert.equal((await begin('auditor')).status, 200, 'it stands for its time, not for one look');
  assert.equal((await begin('auditor', other)).code, 'approvals.waiting', 'one recording only');
  assert.equal((await begin('administrator')).code, 'approvals.waiting', 'one person only');
  const [latest] = await viewings();
  assert.deepEqual([latest?.['approvedBy'], latest?.['reason']], ['the-administrator', 'case 1234']);
  const seen = (await ask('auditor', 'GET', `/recordings/${cast}`)).json as Record<string, Record<string, string>[]>;
  assert.deepEqual(
    seen['approvals']?.map(({ how, state }) => [how, state]),
    [
      ['play', 'approved'],
      ['export', 'none'],
    ],
  );
  const events = `/recordings/viewings/${String(first.json['viewing'])}/events`;
  assert.match((await ask('auditor', 'GET', events)).body, /^\{"version":2/);
  // Sign-ins that are used stay.
  for (let quarter = 0; quarter < 4; quarter += 1) {
    clock.advance(15 * 60_000 + 1000);
    for (const role of ['administrator', 'operator', 'auditor'] as const) await ask(role, 'GET', '/recordings');
  }
  assert.equal((await ask('auditor', 'GET', events)).code, 'recordings.no-viewing', 'its time is over');
  assert.equal((await begin('auditor')).code, 'approvals.waiting');

  // The folders of the backup are no way around it, for nobody.
  const { snapshots } = (await ask('administrator', 'GET', '/copies/local/recordings/snapshots')).json as {
    snapshots: { id: string }[];
  };
  const path = encodeURIComponent(join(site.recordings, 'db01.cast'));
  const file = `/copies/local/recordings/snapshots/${snapshots[0]?.id}/file?path=${path}`;
  const withReason = `${file}&reason=case%2077`;
  assert.equal((await ask('operator', 'GET', withReason)).code, 'recordings.not-allowed');
  assert.equal((await ask('administrator', 'GET', file)).code, 'recordings.no-reason');
  assert.equal((await ask('administrator', 'GET', withReason)).code, 'approvals.waiting');
  const order = {
    destination: 'local',
    kind: 'recordings',
    snapshot: snapshots[0]?.id,
    path: '/',
    to: 'place',
    target: join(site.folder, 'out'),
  };
  assert.equal(
    (await ask('administrator', 'POST', '/restores', { ...order, isPlan: false })).code,
    'recordings.no-reason',
  );
  const restore = await ask('administrator', 'POST', '/restores', { ...order, isPlan: false, reason: 'case 77' });
  assert.equal(restore.code, 'approvals.waiting', JSON.stringify(restore.json));
  const longer = { ...rules, viewHours: 700 };
  assert.equal((await ask('administrator', 'PUT', '/approvals/rules', longer)).code, 'approvals.waiting');
  assert.deepEqual(site.bugs, []);
});

test('on the command line a recording waits for approval too, and what was approved is in the record', async (t) => {
  const site = await recordingsSite(t);
  site.put('v2.cast', 'db01.cast');
  await site.run();
  const { home } = site.app;
  const [id = ''] = listRecordingIds(site, 'db01.cast');
  const accounts = { ...site.app, costs: cheapHashes };
  await setPassword(accounts, addAccount(accounts, 'rui', 'administrator'), new SecretString(goodPassword));
  await writeFile(join(home, 'rui'), goodPassword);
  assert.match((await cli(['approval', 'on', '--view-hours', '0'], { home })).stderr, /between 1 and 720/);
  const on = await cli(['approval', 'on', '--recordings', '--view-hours', '2'], { home });
  assert.match(on.stdout, /recording\.view/);
  const text = () => cli(['recording', 'export', id, '--as', 'text', '--reason', 'case 7'], { home });
  const lines = () => cli(['recording', 'lines', id, '--reason', 'case 7'], { home });
  const asked = await text();
  assert.equal(asked.exitCode, 1);
  assert.equal(asked.stdout, '', 'not one byte');
  const request = /request ([0-9a-f]{8}) waits/.exec(asked.stderr)?.[1] ?? '';
  const by = ['--account', 'rui', '--password-file', join(home, 'rui'), '--reason', why.reason];
  assert.equal((await cli(['approval', 'approve', request, ...by], { home })).exitCode, 0);
  assert.match((await text()).stdout, /São Paulo/);
  assert.match((await lines()).stderr, /approvals\.waiting/, 'taking out was approved, not watching');
  assert.match((await cli(['recording', 'show', id], { home })).stdout, /\(export, approved by rui\): case 7/);
  assert.match((await cli(['approval', 'on', '--no-recordings'], { home })).stderr, /approvals\.waiting/);
});
