// Recordings that leave by the folders of a backup: a reason first, and the record of it before the first byte.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Role } from '../src/accounts/role.ts';
import type { OrbitEvent } from '../src/base/event.ts';
import { addAccount, setPassword } from '../src/accounts/account.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { cli } from './support/cli.ts';
import { cheapHashes, goodPassword } from './support/console.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { listRecordingIds, type RecordingsSite, recordingsSite } from './support/recordings.ts';
import { writeFile } from 'node:fs/promises';

async function taking(t: TestContext): Promise<{
  site: RecordingsSite;
  /** Takings that were told. */
  told(): OrbitEvent[];
  ask(role: Role, method: 'GET' | 'POST' | 'PUT', path: string, payload?: object): Promise<Answer>;
  /** Reasons under which a recording was taken out or seen. */
  seen(id: string): Promise<string[]>;
}> {
  const site = await recordingsSite(t);
  site.put('v2.cast', 'team/db01.cast');
  site.put('session.ttyrec', 'team/fw.ttyrec');
  site.put('session.tlog', 'other.tlog');
  await site.run();
  const notify = t.mock.method(site.app.notifier, 'notify');
  const ask = async (role: Role, method: 'GET' | 'POST' | 'PUT', path: string, payload?: object): Promise<Answer> => {
    const headers = { cookie: await site.cookieOf(role), host: '127.0.0.1:7420', 'sec-fetch-site': 'same-origin' };
    const body = payload === undefined ? {} : { payload };
    const answer = await site.server.inject({ method, url: `/api/v1${path}`, headers, ...body });
    const isJson = String(answer.headers['content-type']).includes('json');
    const json = isJson ? (JSON.parse(answer.body) as Record<string, unknown>) : {};
    return { status: answer.statusCode, code: json['code'], json, body: answer.rawPayload };
  };
  const seen = async (id: string): Promise<string[]> => {
    const { viewings } = (await ask('auditor', 'GET', `/recordings/${id}`)).json as { viewings: { reason: string }[] };
    return viewings.map(({ reason }) => reason);
  };
  const told = (): OrbitEvent[] =>
    notify.mock.calls.flatMap(({ arguments: [event] }) => (event.id === 'recording.folder-taken' ? [event] : []));
  return { site, told, ask, seen };
}

interface Answer {
  status: number;
  code: unknown;
  json: Record<string, unknown>;
  body: Buffer;
}

const at = '/copies/local/recordings/snapshots/latest';
const q = encodeURIComponent;

test('a file or folder of a recordings backup is given for a reason only, which stands at each recording in it', async (t) => {
  const { site, told, ask, seen } = await taking(t);
  const [cast = '', ttyrec = '', other = ''] = ['db01', 'fw.ttyrec', 'other'].map(
    (name) => listRecordingIds(site, name)[0],
  );
  const file = `${at}/file?path=${q(join(site.recordings, 'team/db01.cast'))}`;
  const folder = `${at}/archive?format=tar&path=${q(join(site.recordings, 'team'))}`;

  for (const address of [file, folder, `${file}&reason=ab`, `${folder}&reason=%20%20%20%20`])
    assert.deepEqual([(await ask('administrator', 'GET', address)).code], ['recordings.no-reason'], address);
  for (const role of ['operator', 'auditor', 'custodian'] as const) {
    const { status, code } = await ask(role, 'GET', `${file}&reason=case%201`);
    assert.equal(status, 403, `${role}: ${String(code)}`);
  }
  assert.deepEqual(await Promise.all([cast, ttyrec, other].map(seen)), [[], [], []]);
  assert.deepEqual(told(), []);

  const given = await ask('administrator', 'GET', `${file}&reason=case%201`);
  assert.ok(given.body.equals(fixtureBytes('v2.cast')));
  assert.match((await seen(cast)).join(), /^case 1 \(.*team\/db01\.cast, latest at local\)$/);
  assert.deepEqual(await seen(ttyrec), []);
  assert.equal((await ask('administrator', 'GET', `${folder}&reason=case%202`)).status, 200);
  assert.equal((await seen(cast)).length, 2);
  assert.equal((await seen(ttyrec)).length, 1);
  assert.deepEqual(await seen(other), [], 'it lies elsewhere');
  assert.deepEqual(
    told().map(({ facts }) => [facts.user, facts.reason, facts.files, facts.destination]),
    [
      ['the-administrator', 'case 1', 1, 'local'],
      ['the-administrator', 'case 2', 2, 'local'],
    ],
  );
  const [entry] = site.app.audit.list({ limit: 1 });
  assert.match(entry?.subject ?? '', /team: case 2$/);
  assert.deepEqual(site.bugs, []);
});

test('a file that is not there is neither given nor told', async (t) => {
  const { site, told, ask } = await taking(t);
  const address = `${at}/file?path=${q(join(site.recordings, 'nowhere'))}&reason=case%201`;
  assert.equal((await ask('administrator', 'GET', address)).status, 404);
  assert.deepEqual(told(), []);
});

test('restoring recordings to this machine needs a reason as well; a plan, which shows names only, does not', async (t) => {
  const { site, ask, seen } = await taking(t);
  const [cast = ''] = listRecordingIds(site, 'db01');
  const order = {
    destination: 'local',
    kind: 'recordings',
    path: site.recordings,
    to: 'place',
    target: join(site.folder, 'out'),
  };
  assert.equal((await ask('administrator', 'POST', '/restores', { ...order, isPlan: true })).status, 200);
  assert.equal(
    (await ask('administrator', 'POST', '/restores', { ...order, isPlan: false })).code,
    'recordings.no-reason',
  );
  assert.deepEqual(await seen(cast), []);
  assert.equal(
    (await ask('administrator', 'POST', '/restores', { ...order, isPlan: false, reason: 'case 3' })).status,
    200,
  );
  assert.match((await seen(cast)).join(), /^case 3 /);
});

test('where approval is on, asking ahead makes the request with its reason; once approved the folder is given', async (t) => {
  const { site, ask, seen } = await taking(t);
  const rules = { isOn: true, actions: ['recording.view', 'approval.weaken'], hours: 24, viewHours: 1 };
  assert.equal((await ask('administrator', 'PUT', '/approvals/rules', rules)).status, 200);
  const path = join(site.recordings, 'team');
  const wanted = { path, reason: 'case 4' };
  assert.equal((await ask('administrator', 'POST', `${at}/taking-out`, wanted)).code, 'approvals.waiting');
  const get = () => ask('administrator', 'GET', `${at}/archive?path=${q(path)}&reason=case%204`);
  assert.equal((await get()).code, 'approvals.waiting');
  const { approvals } = (await ask('administrator', 'GET', '/approvals')).json as {
    approvals: { id: string; detail: string }[];
  };
  assert.deepEqual(
    approvals.map(({ detail }) => detail),
    ['case 4'],
  );
  const accounts = { ...site.app, costs: cheapHashes };
  await setPassword(accounts, addAccount(accounts, 'rui', 'administrator'), new SecretString(goodPassword));
  const { home } = site.app;
  await writeFile(join(home, 'rui'), goodPassword);
  const by = ['--account', 'rui', '--password-file', join(home, 'rui'), '--reason', 'agreed'];
  assert.equal((await cli(['approval', 'approve', approvals[0]?.id ?? '', ...by], { home })).exitCode, 0);
  assert.equal((await ask('administrator', 'POST', `${at}/taking-out`, wanted)).status, 200);
  assert.equal((await get()).status, 200);
  assert.equal((await seen(listRecordingIds(site, 'db01')[0] ?? '')).length, 1);
});
