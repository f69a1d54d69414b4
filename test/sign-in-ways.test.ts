// Signing in with more than a password: one-time codes, passkeys in a real browser, a real identity provider.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { TOTP, URI } from 'otpauth';
import type { SignInWays } from '../src/api/schemas/sign-in-ways.ts';
import type { Problem } from '../src/api/schemas/common.ts';
import { listAccounts } from '../src/accounts/account.ts';
import { scopesOf } from '../src/accounts/scope.ts';
import { fixedClock } from '../src/base/clock.ts';
import { fromPage } from './support/api-call.ts';
import { addAuthenticator, openBrowser } from './support/browser.ts';
import { type ConsoleSite, consoleSite, goodPassword } from './support/console.ts';
import { startIdentityProvider } from './support/identity-provider.ts';
import { needs } from './support/tools.ts';

const start = new Date('2026-11-26T05:00:00Z');

async function ask<Body>(site: ConsoleSite, path: string, payload?: object, cookie?: string) {
  const answer = await site.server.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url: `/api/v1${path}`,
    headers: { ...fromPage, ...(cookie === undefined ? {} : { cookie }) },
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json<Body & Partial<Problem>>(), headers: answer.headers };
}

test('with one-time codes a password alone does not sign in, a code does once, a recovery code does once', async (context) => {
  const clock = fixedClock(start);
  const site = await consoleSite(context, { clock });
  const cookie = await site.cookieOf('operator');
  for (const path of ['/session/codes/begin', '/session/passkeys/begin']) {
    const answer = await ask(site, path, {}, cookie);
    assert.equal(answer.body.code, 'accounts.current-password-wrong', 'an open browser is not enough');
  }
  const begun = await ask<{ uri: string; picture: string }>(
    site,
    '/session/codes/begin',
    { password: goodPassword },
    cookie,
  );
  assert.match(begun.body.picture, /^data:image\/svg\+xml;base64,/);
  const totp = URI.parse(begun.body.uri);
  assert.ok(totp instanceof TOTP);
  const code = (): string => totp.generate({ timestamp: clock.now().getTime() });
  const name = 'the-operator';
  const signIn = (given?: string) => ask(site, '/session', { name, password: goodPassword, code: given });
  assert.equal((await signIn()).status, 200, 'not before the first right code');
  const wrong = await ask(site, '/session/codes', { code: '000000' }, cookie);
  assert.equal(wrong.body.code, 'accounts.wrong-code');
  const on = await ask<{ recoveryCodes: string[] }>(site, '/session/codes', { code: code() }, cookie);
  assert.equal(on.body.recoveryCodes.length, 10);

  assert.equal((await signIn()).body.code, 'accounts.code-needed');
  assert.equal(
    (await signIn(code())).body.code,
    'accounts.wrong-code',
    'the code that switched it on was used by that',
  );
  clock.advance(30_000);
  assert.equal((await signIn(code())).status, 200);
  assert.equal((await signIn(code())).body.code, 'accounts.wrong-code', 'a code works once');
  const recovery = on.body.recoveryCodes[3] ?? '';
  assert.equal((await signIn(recovery.toLowerCase().replace('-', ' '))).status, 200);
  assert.equal((await signIn(recovery)).body.code, 'accounts.wrong-code');
  const ways = await ask<SignInWays>(site, '/session/ways', undefined, cookie);
  assert.deepEqual(ways.body.codes, { isOn: true, recoveryCodesLeft: 9 });

  const off = { password: 'another password entirely' };
  assert.equal((await ask(site, '/session/codes/end', off, cookie)).body.code, 'accounts.current-password-wrong');
  // Whoever guesses codes is slowed down like whoever guesses passwords.
  for (let guess = 0; guess < 3; guess++) assert.equal((await signIn('111111')).status, 401);
  assert.equal((await signIn('111111')).status, 429);
  clock.advance(20 * 60_000);
  assert.equal((await ask(site, '/session/codes/end', { password: goodPassword }, cookie)).status, 200);
  assert.equal((await signIn()).status, 200);
  assert.deepEqual(site.bugs, []);
});

test('an administrator takes codes and passkeys from somebody who lost them, and ends the sign-ins', async (context) => {
  const site = await consoleSite(context);
  const administrator = await site.cookieOf('administrator');
  const auditor = await site.cookieOf('auditor');
  const begun = await ask<{ uri: string }>(site, '/session/codes/begin', { password: goodPassword }, auditor);
  const totp = URI.parse(begun.body.uri);
  assert.ok(totp instanceof TOTP);
  assert.equal((await ask(site, '/session/codes', { code: totp.generate() }, auditor)).status, 200);
  const signIn = () => ask(site, '/session', { name: 'the-auditor', password: goodPassword });
  assert.equal((await signIn()).body.code, 'accounts.code-needed');
  // A link for a new password is no way around the code.
  const linked = await ask<{ link: string }>(site, '/accounts/the-auditor/link', {}, administrator);
  const token = linked.body.link.split('#')[1] ?? '';
  const asked = await ask<{ needsCode: boolean }>(site, '/links/read', { token });
  assert.equal(asked.body.needsCode, true);
  const use = (code?: string) =>
    ask(site, '/links/use', { token, name: 'the-auditor', password: 'another good long password', code });
  assert.equal((await use()).body.code, 'accounts.code-needed');
  assert.equal((await use('000000')).body.code, 'accounts.wrong-code');
  assert.equal((await signIn()).body.code, 'accounts.code-needed', 'nothing was changed');
  assert.equal((await ask(site, '/accounts/the-auditor/forget-ways', {}, administrator)).status, 200);
  assert.equal((await signIn()).status, 200);
  assert.equal((await ask(site, '/session/ways', undefined, auditor)).status, 401);
  assert.equal((await use()).status, 200, 'the link was not used up');
});

test('a passkey made in a browser signs in there without a name or a password', needs('chromium'), async (context) => {
  const site = await consoleSite(context);
  const address = await site.server.listen({ host: '127.0.0.1', port: 0 });
  const url = address.replace('127.0.0.1', 'localhost');
  const cookie = await site.cookieOf('custodian');
  const browser = await openBrowser();
  context.after(() => browser.close());
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  await page.goto(`${url}/health`);
  const { devTools, authenticatorId } = await addAuthenticator(page);
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url }]);
  const call = <Answer>(path: string, body: unknown) =>
    page.evaluate(
      async ([to, content]) => {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`/api/v1${to}`, { method: 'POST', headers, body: JSON.stringify(content) });
        return await answer.json();
      },
      [path, body] as const,
    ) as Promise<Answer & Partial<Problem>>;
  // As text: the types of the browser are not those of Node.
  const inPage = (how: 'create' | 'get', parse: string, options: unknown): Promise<unknown> =>
    page.evaluate(`(async () => {
      const publicKey = PublicKeyCredential.${parse}(${JSON.stringify(options)});
      return (await navigator.credentials.${how}({ publicKey })).toJSON();
    })()`);
  const make = (options: unknown) => inPage('create', 'parseCreationOptionsFromJSON', options);
  const answerTo = (options: unknown) => inPage('get', 'parseRequestOptionsFromJSON', options);

  const begun = await call<{ options: unknown }>('/session/passkeys/begin', { password: goodPassword });
  const response = await make(begun.options);
  const added = await call<{ id: string }>('/session/passkeys', { name: 'my telephone', response });
  assert.ok(added.id, JSON.stringify(added));
  const again = await call('/session/passkeys', { name: 'the same again', response });
  assert.equal(again.code, 'accounts.passkey-refused', 'a challenge is used once');

  await page.context().clearCookies();
  const asked = await call<{ options: unknown }>('/session/passkey/begin', {});
  const proof = await answerTo(asked.options);
  const me = await call<{ name: string }>('/session/passkey', { response: proof });
  assert.equal(me.name, 'the-custodian', JSON.stringify(me));
  assert.equal((await call('/session/passkey', { response: proof })).code, 'accounts.passkey-refused', 'replayed');

  await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  const unasked = await call<{ options: unknown }>('/session/passkey/begin', {});
  await assert.rejects(answerTo(unasked.options), /NotAllowedError/, 'the browser asks its owner first');
  await page.goto(`${address}/health`);
  assert.equal((await call('/session/passkey/begin', {})).code, 'accounts.passkey-needs-name');
  assert.deepEqual(site.bugs, []);
});

test('somebody of the right group comes in by the identity provider, with the role of that group; others do not', async (context) => {
  const site = await consoleSite(context);
  const url = await site.server.listen({ host: '127.0.0.1', port: 0 });
  const people = {
    u1: { name: 'ana', groups: ['staff', 'vault-admins'] },
    u2: { name: 'rui', groups: ['staff'] },
    u3: { name: 'the-administrator', groups: ['vault-admins'] },
  };
  const provider = await startIdentityProvider(context, people, `${url}/api/v1/session/provider/return`);
  const cookie = await site.cookieOf('administrator');
  assert.equal((await ask(site, '/session/provider', {})).body.code, 'accounts.no-provider');
  const { issuer, clientId, clientSecret, person } = provider;
  const settings = { title: 'Company', issuer, clientId, clientSecret, administrators: ['vault-admins'] };
  const set = await site.server.inject({
    method: 'PUT',
    url: '/api/v1/identity-provider',
    headers: { ...fromPage, cookie },
    payload: settings,
  });
  assert.equal(set.statusCode, 200, set.body);
  assert.ok(!set.body.includes(clientSecret));
  assert.equal((await ask<{ provider: string }>(site, '/session')).body.provider, 'Company');

  const comeIn = () => followProvider(context, url);
  const back = await comeIn();
  assert.equal(back.status, 303, await back.text());
  assert.equal(back.headers.get('location'), '/');
  const session = (back.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const door = await ask<{ me: object }>(site, '/session', undefined, session);
  assert.deepEqual(door.body.me, {
    name: 'ana',
    role: 'administrator',
    scopes: scopesOf('administrator'),
    via: 'sign-in',
  });
  people.u1.groups = ['staff'];
  assert.match(await (await comeIn()).text(), /ana is in none of the groups/);
  person.id = 'u3';
  assert.match(await (await comeIn()).text(), /there is a local account 'the-administrator'/);
  // Who may rename themselves there is not therefore somebody else here.
  people.u2.name = 'ana';
  people.u2.groups = ['vault-admins'];
  person.id = 'u2';
  assert.match(await (await comeIn()).text(), /the account 'ana' belongs to somebody else of this provider/);
  const stolen = await followProvider(context, url, { withoutCookie: true });
  assert.match(await stolen.text(), /begun in another browser/);
  assert.deepEqual(
    listAccounts(site.app.store).map(({ name }) => name),
    ['ana', 'the-administrator'],
  );
  assert.deepEqual(site.bugs, []);
});

// What a browser does, without one: follows the provider's redirects with its cookies, back to the service.
async function followProvider(_: TestContext, url: string, { withoutCookie = false } = {}): Promise<Response> {
  const origin = { origin: url, 'content-type': 'application/json' };
  const left = await fetch(`${url}/api/v1/session/provider`, { method: 'POST', headers: origin, body: '{}' });
  const state = (left.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  let next = ((await left.json()) as { url: string }).url;
  const jar = new Map<string, string>();
  for (let hop = 0; hop < 10; hop++) {
    if (next.startsWith(url)) {
      return await fetch(next, { redirect: 'manual', headers: withoutCookie ? {} : { cookie: state } });
    }
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(next, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/s);
      jar.set(name, value);
    }
    const location = answer.headers.get('location');
    assert.ok(location !== null, `${answer.status} at ${next}: ${await answer.text()}`);
    next = new URL(location, next).href;
  }
  throw new Error('the provider goes in circles');
}
