// Four eyes for who administers: with a second administrator to ask, one alone makes none to approve with and takes none away.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Account, addAccount, listAccounts, setPassword } from '../src/accounts/account.ts';
import { type ApprovalSettings, listApprovals } from '../src/accounts/approval.ts';
import { startSignIn } from '../src/accounts/sign-in.ts';
import type { Problem } from '../src/api/schemas/common.ts';
import { note } from '../src/base/note.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { fromPage } from './support/api-call.ts';
import { cheapHashes, consoleSite, goodPassword } from './support/console.ts';

const rules: ApprovalSettings = { isOn: true, actions: [], hours: 24, viewHours: 8 };
const reason = { reason: 'agreed in the meeting' };

async function twoAdministrators(context: TestContext) {
  const site = await consoleSite(context);
  const ana = await site.cookieOf('administrator');
  const accounts = { ...site.app, costs: cheapHashes };
  const person = async (name: string): Promise<Account> => {
    const account = addAccount(accounts, name, 'administrator');
    await setPassword(accounts, account, new SecretString(goodPassword));
    return account;
  };
  const cookieOf = (account: Account): string =>
    `orbit=${startSignIn(accounts, account, { address: '127.0.0.1', agent: 'test' }).reveal()}`;
  const ask = async (method: 'PUT' | 'POST' | 'DELETE', path: string, cookie: string, payload: object = {}) => {
    const headers = { ...fromPage, ...(cookie.startsWith('Bearer') ? { authorization: cookie } : { cookie }) };
    const answer = await site.server.inject({ method, url: `/api/v1${path}`, headers, payload });
    const body = answer.json<Partial<Problem> & { token?: string }>();
    return { outcome: answer.statusCode === 200 ? 'done' : (body.code ?? ''), body };
  };
  const namesOf = (): string[] => listAccounts(site.app.store).map(({ name, role }) => `${name} ${role}`);
  return { site, ana, person, cookieOf, ask, namesOf };
}

test('no administrator makes another one, or takes one away, alone', async (context) => {
  const { site, ana, person, cookieOf, ask, namesOf } = await twoAdministrators(context);
  assert.equal((await ask('PUT', '/approvals/rules', ana, rules)).outcome, 'done');
  const alone = namesOf();
  assert.equal((await ask('POST', '/accounts', ana, { name: 'zoe', role: 'administrator' })).outcome, 'done');
  assert.equal((await ask('DELETE', '/accounts/zoe', ana)).outcome, 'done', 'with nobody to ask nobody is asked');
  assert.deepEqual(namesOf(), alone);

  const rui = cookieOf(await person('rui'));
  assert.equal((await ask('POST', '/accounts', ana, { name: 'eve', role: 'operator' })).outcome, 'done');
  const both = namesOf();
  const provider = { title: 'Ours', issuer: 'https://login.example/', clientId: 'orbit', administrators: ['me'] };
  for (const [method, path, body] of [
    ['POST', '/accounts', { name: 'zoe', role: 'administrator' }],
    ['PUT', '/accounts/eve', { role: 'administrator' }],
    ['PUT', '/accounts/rui', { role: 'operator' }],
    ['POST', '/accounts/rui/link', {}],
    ['POST', '/accounts/rui/forget-ways', {}],
    ['DELETE', '/accounts/rui', {}],
    ['PUT', '/identity-provider', provider],
    ['DELETE', '/identity-provider', {}],
  ] as const)
    assert.equal((await ask(method, path, ana, body)).outcome, 'approvals.waiting', `${method} ${path}`);
  assert.deepEqual(namesOf(), both, 'nothing was changed');
  const made = await ask('POST', '/tokens', ana, { name: 'ci', role: 'administrator' });
  const token = `Bearer ${made.body.token}`;
  assert.equal((await ask('POST', '/accounts/rui/link', token)).outcome, 'approvals.waiting', 'nor by a token');
  for (const [method, path, body] of [
    ['POST', '/accounts/eve/link', {}],
    ['PUT', '/accounts/eve', { role: 'auditor' }],
    ['DELETE', '/accounts/eve', {}],
  ] as const)
    assert.equal((await ask(method, path, ana, body)).outcome, 'done', `${method} ${path} of others`);

  const wanted = listApprovals(site.app).find(({ about }) => about?.code === 'approval.administrator');
  const zoe = listApprovals(site.app).find(({ subject }) => subject.startsWith('zoe'));
  assert.ok(wanted && zoe);
  assert.deepEqual(zoe.about, note('approval.administrator', { name: 'zoe' }));
  assert.equal((await ask('POST', `/approvals/${zoe.id}/approve`, ana, reason)).outcome, 'approvals.own');
  assert.equal((await ask('POST', `/approvals/${zoe.id}/approve`, rui, reason)).outcome, 'done');
  const other = { name: 'max', role: 'administrator' };
  assert.equal((await ask('POST', '/accounts', ana, other)).outcome, 'approvals.waiting', 'it was for zoe');
  assert.equal((await ask('POST', '/accounts', ana, { name: 'zoe', role: 'administrator' })).outcome, 'done');
  assert.deepEqual(namesOf(), [...both.filter((one) => !one.startsWith('eve')), 'zoe administrator'].toSorted());
  assert.deepEqual(site.bugs, []);
});

test('an administrator leaves, and gets a new link, of their own accord', async (context) => {
  const { site, ana, person, cookieOf, ask, namesOf } = await twoAdministrators(context);
  const rui = cookieOf(await person('rui'));
  assert.equal((await ask('PUT', '/approvals/rules', ana, rules)).outcome, 'done');
  assert.equal((await ask('POST', '/accounts/RUI/link', rui)).outcome, 'done');
  assert.equal((await ask('PUT', '/accounts/rui', rui, { role: 'auditor' })).outcome, 'done');
  assert.ok(namesOf().includes('rui auditor'));
  assert.deepEqual(site.bugs, []);
});

test('whoever may only manage accounts takes no ways to sign in from those who may do more', async (context) => {
  const { ana, person, ask } = await twoAdministrators(context);
  await person('rui');
  const made = await ask('POST', '/tokens', ana, { name: 'desk', scopes: ['accounts:read', 'accounts:write'] });
  const desk = `Bearer ${made.body.token}`;
  for (const [method, path] of [
    ['POST', '/accounts/rui/forget-ways'],
    ['DELETE', '/accounts/rui'],
    ['DELETE', '/identity-provider'],
  ] as const)
    assert.equal((await ask(method, path, desk)).outcome, 'accounts.more-than-own', path);
});
