// Four eyes, in the API and on the command line: what cannot be taken back waits for a second administrator.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addAccount, setPassword } from '../src/accounts/account.ts';
import {
  approvalSettings,
  decideApproval,
  listApprovals,
  requireApproval,
  saveApprovalSettings,
} from '../src/accounts/approval.ts';
import { removeApiToken } from '../src/accounts/api-token.ts';
import { startSignIn } from '../src/accounts/sign-in.ts';
import type { ApprovalView } from '../src/api/schemas/approvals.ts';
import type { Problem } from '../src/api/schemas/common.ts';
import { fixedClock } from '../src/base/clock.ts';
import { note } from '../src/base/note.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { currentKey } from '../src/breakglass/recovery-key-store.ts';
import { listDestinations } from '../src/destinations/destination.ts';
import { endedHold } from '../src/jobs/settings-approval.ts';
import { openStore } from '../src/store/store.ts';
import { fromPage } from './support/api-call.ts';
import { cli } from './support/cli.ts';
import { cheapHashes, consoleSite, goodPassword, makeReady, readyMasterPassword } from './support/console.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const rules = {
  isOn: true,
  actions: ['backup.delete', 'retention.weaken', 'destination.remove', 'ceremony.end', 'approval.weaken'],
  hours: 24,
  viewHours: 8,
};
const why = { reason: 'agreed with the owner' };

test('removing a destination waits; its asker cannot approve, another administrator can; it then goes through once', async (context) => {
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const site = await consoleSite(context, { clock });
  await makeReady(site);
  const ana = await site.cookieOf('administrator');
  const accounts = { ...site.app, costs: cheapHashes };
  const other = addAccount(accounts, 'rui', 'administrator');
  await setPassword(accounts, other, new SecretString(goodPassword));
  const rui = `orbit=${startSignIn(accounts, other, { address: '127.0.0.1', agent: 'test' }).reveal()}`;
  const ask = async <Body>(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    cookie: string,
    payload?: object,
  ) => {
    const body = payload === undefined ? {} : { payload };
    const answer = await site.server.inject({
      method,
      url: `/api/v1${path}`,
      headers: { ...fromPage, cookie },
      ...body,
    });
    return { status: answer.statusCode, body: answer.json<Body & Partial<Problem>>() };
  };
  const list = async () => (await ask<{ approvals: ApprovalView[] }>('GET', '/approvals', ana)).body.approvals;

  assert.equal((await ask('PUT', '/approvals/rules', ana, rules)).status, 200);
  const first = await ask('DELETE', '/destinations/local', ana);
  assert.equal(first.status, 409);
  assert.equal(first.body.code, 'approvals.waiting');
  assert.equal((await ask('DELETE', '/destinations/local', ana)).body.code, 'approvals.waiting');
  const [waiting, ...more] = await list();
  for (const [path, body] of [
    ['/jobs/system', { destinations: [] }],
    ['/destinations/local', { config: { path: site.app.home }, ifNotUsable: 'keep' }],
  ] as const)
    assert.equal((await ask('PUT', path, ana, body)).body.code, 'approvals.waiting', `${path} would get no copies`);
  assert.ok(waiting && more.length === 0, 'asking twice is one request');
  const approve = `/approvals/${waiting.id}/approve`;
  assert.equal((await ask('POST', approve, ana, why)).body.code, 'approvals.own');
  assert.equal((await ask('POST', approve, rui, { reason: '' })).body.code, 'api.bad-request');
  assert.equal((await ask('POST', approve, rui, why)).status, 200);
  assert.equal((await ask('POST', approve, rui, why)).body.code, 'approvals.decided');
  assert.equal((await ask('DELETE', '/destinations/local', rui)).body.code, 'approvals.waiting', 'it is of who asked');
  assert.equal(listDestinations(site.app.store).length, 1);
  assert.equal((await ask('DELETE', '/destinations/local', ana)).status, 200);
  assert.equal(listDestinations(site.app.store).length, 0);

  const weaker = { retention: { last: 3 } };
  assert.equal((await ask('PUT', '/jobs/system', ana, weaker)).body.code, 'approvals.waiting');
  assert.equal((await ask('PUT', '/jobs/system', ana, { schedule: '0 6 * * *' })).status, 200, 'the rest goes on');
  const less = (await list()).find(({ action }) => action === 'retention.weaken');
  assert.equal((await ask('POST', `/approvals/${less?.id}/approve`, rui, why)).status, 200);
  const even = { retention: { last: 1 } };
  assert.equal(
    (await ask('PUT', '/jobs/system', ana, even)).body.code,
    'approvals.waiting',
    'it covers what was asked for',
  );
  clock.advance(25 * 60 * 60_000);
  assert.equal(listApprovals(site.app).find(({ id }) => id === less?.id)?.state, 'expired');
  // Sign-ins are over by now too: new ones.
  const later = `orbit=${startSignIn(accounts, other, { address: '127.0.0.1', agent: 'test' }).reveal()}`;
  const off = await ask('PUT', '/approvals/rules', later, { ...rules, isOn: false });
  assert.equal(off.body.code, 'approvals.waiting', 'one alone cannot switch four eyes off');
  const told = site.app.audit.list({ limit: 100 }).map(({ action, outcome, code }) => `${action} ${code ?? outcome}`);
  assert.ok(told.includes('POST /approvals/{id}/approve done'));
  assert.ok(told.includes('DELETE /destinations/{name} approvals.waiting'));
  assert.deepEqual(site.bugs, []);
});

test('what a token asks for is not approved by whoever made it', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const ana = await site.cookieOf('administrator');
  const accounts = { ...site.app, costs: cheapHashes };
  const rui = addAccount(accounts, 'rui', 'administrator');
  const other = `orbit=${startSignIn(accounts, rui, { address: '127.0.0.1', agent: 'test' }).reveal()}`;
  const ask = async (method: 'PUT' | 'POST' | 'DELETE', path: string, headers: Record<string, string>, body = {}) => {
    const url = `/api/v1${path}`;
    const answer = await site.server.inject({ method, url, headers: { ...fromPage, ...headers }, payload: body });
    return { status: answer.statusCode, body: answer.json<Partial<Problem> & { token?: string }>() };
  };
  assert.equal((await ask('PUT', '/approvals/rules', { cookie: ana }, rules)).status, 200);
  const made = await ask('POST', '/tokens', { cookie: ana }, { name: 'ci', scopes: ['settings:write'] });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const authorization = `Bearer ${made.body.token}`;
  assert.equal((await ask('DELETE', '/destinations/local', { authorization })).body.code, 'approvals.waiting');
  // Taking the token away afterwards helps nobody to forget it.
  removeApiToken(site.app, 'ci');
  const [waiting] = listApprovals(site.app);
  const approve = `/approvals/${waiting?.id}/approve`;
  assert.equal((await ask('POST', approve, { cookie: ana }, why)).body.code, 'approvals.own');
  assert.equal((await ask('POST', approve, { cookie: other }, why)).status, 200);
});

test('on the command line the same waits, and the second administrator proves who they are', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const home = site.app.home;
  await setPassword(
    { ...site.app, costs: cheapHashes },
    addAccount(site.app, 'rui', 'administrator'),
    new SecretString(goodPassword),
  );
  await writeFile(join(home, 'right'), goodPassword);
  await writeFile(join(home, 'wrong'), 'something else entirely');
  assert.equal((await cli(['approval', 'on'], { home })).exitCode, 0);
  for (const command of [
    ['job', 'set', 'system', '--keep-last', '2'],
    ['ceremony', 'start', '--abandon-previous', '--generate'],
    ['approval', 'off'],
  ]) {
    const { exitCode, stderr } = await cli(command, { home });
    assert.equal(exitCode, 1, command.join(' '));
    assert.match(stderr, /approvals\.waiting/);
  }
  const remove = () => cli(['destination', 'remove', 'local'], { home });
  const first = await remove();
  assert.equal(first.exitCode, 1);
  const id = /request ([0-9a-f]{8}) waits/.exec(first.stderr)?.[1] ?? '';
  const approve = (file: string) =>
    cli(['approval', 'approve', id, '--account', 'rui', '--password-file', join(home, file), '--reason', why.reason], {
      home,
    });
  const { stdout } = await cli(['approval', 'list'], { home });
  assert.match(stdout, new RegExp(`^${id} .*destination\\.remove local .* \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$`, 'm'));
  assert.match((await approve('wrong')).stderr, /approvals\.not-proved/);
  assert.equal((await remove()).exitCode, 1);
  assert.match((await approve('right')).stdout, /is approved/);
  assert.equal((await remove()).exitCode, 0);
});

test('snapshots are not removed by hand where the instance of this machine wants four eyes', async (context) => {
  const site = await consoleSite(context);
  const home = site.app.home;
  const repository = ['-r', join(site.folder, 'repository'), '--password-file', join(home, 'password')];
  await writeFile(join(home, 'password'), 'a password of a repository');
  await writeFile(join(home, 'some.txt'), 'content');
  for (const command of ['init', 'backup', 'backup']) {
    const done = await cli(['repo', command, ...repository, ...(command === 'init' ? [] : [join(home, 'some.txt')])], {
      home,
    });
    assert.equal(done.exitCode, 0, done.stderr);
  }
  assert.equal((await cli(['approval', 'on'], { home })).exitCode, 0);
  const forget = ['repo', 'forget', ...repository, '--keep-last', '1'];
  assert.equal((await cli([...forget, '--dry-run'], { home })).exitCode, 0, 'looking is free');
  assert.match((await cli(forget, { home })).stderr, /approvals\.waiting/);
  assert.match((await cli(['repo', 'prune', ...repository], { home })).stderr, /approvals\.waiting/);
  const place = join(site.folder, 'repository');
  assert.deepEqual(
    new Map(listApprovals(site.app).map(({ subject, about }) => [subject, about])),
    new Map([
      [`what no snapshot of ${place} reaches`, note('approval.unreached', { repository: place })],
      [`1 snapshots of ${place}`, note('approval.snapshots', { count: 1, repository: place })],
    ]),
    'whoever approves reads it in their language',
  );
  const left = await cli(['repo', 'snapshots', ...repository, '--json'], { home });
  assert.equal((JSON.parse(left.stdout) as unknown[]).length, 2);
});

test('a new key, new shares, another master password and other recipients wait, in the API and on the command line', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const home = site.app.home;
  const ana = { ...fromPage, cookie: await site.cookieOf('administrator') };
  const keyOf = () => currentKey(site.app.store);
  const before = keyOf();
  const send = async (method: 'POST' | 'PUT', path: string, payload: object): Promise<string> => {
    const answer = await site.server.inject({ method, url: `/api/v1/ceremony${path}`, headers: ana, payload });
    return answer.statusCode === 200 ? 'done' : answer.json<Problem>().code;
  };
  const approve = (): void => {
    const [waiting] = listApprovals(site.app).filter(({ state }) => state === 'waiting');
    decideApproval(site.app, waiting?.id ?? '', { verdict: 'approved', ...why }, { user: 'rui' });
  };
  const opening = { masterPassword: readyMasterPassword };
  const wrong = { masterPassword: 'not the one that opens it' };
  saveApprovalSettings(site.app, { ...rules, actions: ['ceremony.end'] }, { user: 'rui' });
  const receivers = ['Ana', 'Bruno'].map((name) => ({ name, delivery: 'link' }));
  const recipients = [{ recipient: before.recipient }];
  for (const [method, path, body] of [
    ['POST', '', { password: { generate: true }, previous: opening, custodians: { receivers, threshold: 2 } }],
    ['POST', '', { password: { generate: true }, previous: 'abandon' }],
    ['POST', '/shares', { opening, receivers, threshold: 2 }],
    ['PUT', '/password', { opening, password: { generate: true } }],
    ['PUT', '/recipients', { opening, recipients }],
  ] as const)
    assert.equal(await send(method, path, body), 'approvals.waiting', path);
  const waiting = listApprovals(site.app).filter(({ state }) => state === 'waiting');
  const key = before.id;
  const newKey = waiting.find(({ about }) => about?.code === 'approval.recovery-key');
  assert.deepEqual(
    JSON.parse(newKey?.detail ?? ''),
    { masterPassword: true, shares: { threshold: 2, names: 'Ana, Bruno' }, recipients: [] },
    'what opens the new key is part of what is approved',
  );
  assert.deepEqual(
    waiting.map(({ about }) => about).toSorted((one, other) => (one?.code ?? '').localeCompare(other?.code ?? '')),
    [
      note('approval.master-password', { key }),
      note('approval.recipients', { key }),
      note('approval.recovery-key', { key }),
      note('approval.recovery-key-abandoned', { key }),
      note('approval.shares', { key, threshold: 2, names: 'Ana, Bruno' }),
    ],
  );
  for (const { id } of listApprovals(site.app))
    decideApproval(site.app, id, { verdict: 'refused', ...why }, { user: 'rui' });
  assert.deepEqual(keyOf(), before, 'nothing was changed');

  // An approval covers what was asked for, and is not used up by a password that does not open the key.
  const split = { opening, receivers, threshold: 2 };
  assert.equal(await send('POST', '/shares', split), 'approvals.waiting');
  approve();
  assert.equal(
    await send('POST', '/shares', { ...split, receivers: [...receivers, { name: 'Carla', delivery: 'link' }] }),
    'approvals.waiting',
  );
  assert.equal(await send('POST', '/shares', { ...split, opening: wrong }), 'breakglass.wrong-password');
  assert.equal(await send('POST', '/shares', split), 'done');
  assert.equal(await send('POST', '/shares', split), 'approvals.waiting', 'it goes through once');

  await writeFile(join(home, 'master'), readyMasterPassword);
  await writeFile(join(home, 'next'), 'granite plum kettle orbit seven');
  const current = ['--current-password-file', join(home, 'master')];
  const password = ['ceremony', 'password', ...current, '--master-password-file', join(home, 'next')];
  for (const command of [
    ['custodian', 'split', 'Ana', 'Bruno', '--threshold', '2', ...current],
    ['ceremony', 'recipients', '--add', before.recipient, ...current],
    password,
  ]) {
    const { exitCode, stderr } = await cli(command, { home });
    assert.equal(exitCode, 1, command.join(' '));
    assert.match(stderr, /approvals\.waiting/, command.join(' '));
  }
  const mine = listApprovals(site.app).find(
    ({ subject, state }) => state === 'waiting' && subject.startsWith('master'),
  );
  decideApproval(site.app, mine?.id ?? '', { verdict: 'approved', ...why }, { user: 'rui' });
  const changed = await cli(password, { home });
  assert.equal(changed.exitCode, 0, changed.stderr);
  assert.deepEqual(site.bugs, []);
});

test('requests that an earlier version kept as sentences are codes and facts, and their approval still holds', async (context) => {
  const home = await temporaryFolder(context);
  const clock = fixedClock(new Date('2026-11-26T05:00:00Z'));
  const older = openStore(home);
  older.database.exec("DELETE FROM migration WHERE name IN ('094-key-set-approvals.sql', '096-approval-codes.sql')");
  const insert = older.database.prepare(
    `INSERT INTO approval (id, action, subject, detail, asked_by, asked_at, expires_at, state)
     VALUES (?, ?, ?, ?, 'ana', '2026-11-26T04:00:00.000Z', '2026-11-27T04:00:00.000Z', 'approved')`,
  );
  for (const [id, action, subject, detail] of [
    ['1', 'ceremony.end', 'recovery key 3ab7', ''],
    ['2', 'ceremony.end', 'shares of recovery key 3ab7', '2 of Ana of the north, Bia, Caio'],
    ['3', 'ceremony.end', 'master password of recovery key 3ab7', ''],
    ['4', 'ceremony.end', 'recipients of recovery key 3ab7', 'age1one age1two'],
    ['5', 'approval.weaken', 'off', '{"isOn":false}'],
    ['6', 'approval.weaken', 'asking less', '{"isOn":true}'],
    ['7', 'retention.weaken', '3f9a12cd', 'release legal'],
    ['8', 'retention.weaken', '3f9a12cd', 'unprotect protected'],
  ] as const)
    insert.run(id, action, subject, detail);
  older.close();
  const store = openStore(home);
  context.after(() => store.close());
  const key = '3ab7';
  const names = 'Ana of the north, Bia, Caio';
  const site = { store, clock, tell: () => assert.fail('nothing is asked again') };
  assert.deepEqual(
    listApprovals(site).map(({ about, detail }) => [about, detail]),
    [
      [note('approval.recovery-key', { key }), ''],
      [note('approval.shares', { key, names, threshold: 2 }), ''],
      [note('approval.master-password', { key }), ''],
      [note('approval.recipients', { key }), 'age1one age1two'],
      [note('approval.four-eyes-off', {}), '{"isOn":false}'],
      [note('approval.four-eyes-less', {}), '{"isOn":true}'],
      [note('approval.legal-hold-ends', { copy: '3f9a12cd' }), ''],
      [note('approval.protection-ends', { copy: '3f9a12cd' }), ''],
    ],
  );
  saveApprovalSettings(site, approvalSettings.parse({ isOn: true }), { user: 'rui' });
  const shares = note('approval.shares', { key, threshold: 2, names });
  assert.equal(requireApproval(site, { action: 'ceremony.end', subject: shares }, { user: 'ana' })?.id, '2');
  assert.equal(requireApproval(site, endedHold('3f9a12cd', 'legal'), { user: 'ana' })?.id, '7');
});
