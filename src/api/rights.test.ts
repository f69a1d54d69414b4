// Who may do what through the API: roles, scopes of tokens, other people's pages.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { addApiToken } from '../accounts/api-token.ts';
import { roles, type Role } from '../accounts/role.ts';
import { type Scope, scopes, scopesOf } from '../accounts/scope.ts';
import { fixedClock } from '../base/clock.ts';
import { consoleSite } from '../../test/support/console.ts';
import { apiContents, apiDownloads, apiRoutes, apiStreams } from './routes.ts';
import type { TokenView } from './schemas/accounts.ts';
import type { Problem } from './schemas/common.ts';
import { callApi } from '../../test/support/api-call.ts';

// Every way in below /api/v1 but those for anybody, as the tables of routes have it.
const guarded = [
  ...apiRoutes,
  ...[...apiStreams, ...apiDownloads, ...apiContents].map((spec) => ({ ...spec, method: 'GET' as const })),
].flatMap(({ method, path, allow }) =>
  allow === 'anyone' ? [] : [{ method, path, allow, url: path.replace(/\{\w+\}/g, 'x') }],
);

test('every route turns nobody away, and roles that lack its scope, with a problem', async (context) => {
  const site = await consoleSite(context);
  for (const { method, path, allow, url } of guarded) {
    const nobody = await callApi(site, undefined, method, url);
    assert.equal(nobody.status, 401, `${method} ${path}`);
    assert.equal(nobody.body.code, 'accounts.not-signed-in');
    assert.match(String(nobody.headers['content-type']), /^application\/problem\+json/);
    if (allow === 'account') continue;
    for (const role of roles.filter((each) => ![allow].flat().some((scope) => scopesOf(each).includes(scope)))) {
      const lower = await callApi(site, role, method, url);
      assert.equal(lower.status, 403, `${role} ${method} ${path}`);
      assert.equal(lower.body.code, 'api.not-allowed');
    }
  }
  assert.deepEqual(site.bugs, []);
});

test('every route lets in a token with its scope alone, and none that has all the others', async (context) => {
  const site = await consoleSite(context);
  const tokens = new Map<string, string>();
  const tokenWith = (wanted: readonly Scope[]): string => {
    const name = `t${hash('sha1', wanted.join(' ')).slice(0, 20)}`;
    const known = tokens.get(name) ?? addApiToken(site.app, { name, scopes: wanted, createdBy: 'test' }).token.reveal();
    tokens.set(name, known);
    return known;
  };
  const send = async (method: NonNullable<InjectOptions['method']>, url: string, token: string): Promise<string> => {
    const answer = await site.server.inject({
      method,
      url: `/api/v1${url}`,
      headers: { host: 'localhost', authorization: `Bearer ${token}` },
    });
    return answer.statusCode < 400 ? 'ok' : answer.json<Problem>().code;
  };
  const turnedAway = ['api.not-allowed', 'api.not-for-tokens', 'accounts.not-signed-in'];
  for (const { method, path, allow, url } of guarded) {
    const name = `${method} ${path}`;
    if (allow === 'account') {
      assert.equal(await send(method, url, tokenWith(scopes)), 'api.not-for-tokens', name);
      continue;
    }
    const wanted = [allow].flat();
    const others = scopes.filter((scope) => !wanted.includes(scope));
    assert.equal(await send(method, url, tokenWith(others)), 'api.not-allowed', name);
    // The stream stays open for whoever may: the service's own tests listen to it.
    if (path === '/runs/events') continue;
    for (const scope of wanted) assert.ok(!turnedAway.includes(await send(method, url, tokenWith([scope]))), name);
  }
  assert.equal(tokens.size > scopes.length, true);
});

test('a token is made with the least it can have, and gives away only what it has', async (context) => {
  const site = await consoleSite(context);
  const make = <Body = Problem>(body: object, headers: Record<string, string> = {}) =>
    callApi<Body>(
      site,
      Object.keys(headers).length === 0 ? 'administrator' : undefined,
      'POST',
      '/tokens',
      body,
      headers,
    );
  const least = await make<{ info: TokenView }>({ name: 'least' });
  assert.deepEqual(least.body.info.scopes, ['state:read']);
  assert.equal((await make({ name: 'both', role: 'auditor', scopes: ['state:read'] })).status, 400);
  assert.equal((await make({ name: 'odd', scopes: ['backups:eat'] })).status, 400);
  assert.equal(
    (await make({ name: 'late', expiresAt: '2020-01-01T00:00:00Z' })).body.code,
    'accounts.expires-in-the-past',
  );
  const helper = await make<{ token: string }>({ name: 'helper', scopes: ['accounts:write', 'backups:read'] });
  const bearer = { authorization: `Bearer ${helper.body.token}` };
  assert.equal((await make({ name: 'child', scopes: ['backups:read'] }, bearer)).status, 200);
  assert.equal((await make({ name: 'thief', scopes: ['backups:run'] }, bearer)).body.code, 'accounts.more-than-own');
  const asHelper = async (method: 'POST' | 'PUT', path: string, body: object) =>
    (await callApi(site, undefined, method, path, body, bearer)).body.code;
  assert.equal(await asHelper('POST', '/accounts', { name: 'eve', role: 'administrator' }), 'accounts.more-than-own');
  const { body: listed } = await callApi<{ tokens: TokenView[] }>(site, 'administrator', 'GET', '/tokens');
  assert.deepEqual(
    listed.tokens.map(({ name, usedAt }) => [name, usedAt !== undefined]),
    [
      ['child', false],
      ['helper', true],
      ['least', false],
    ],
  );
});

test('the OpenAPI document names the scope of every route', async (context) => {
  const site = await consoleSite(context);
  const { body } = await callApi<{ paths: Record<string, Record<string, { security?: Record<string, string[]>[] }>> }>(
    site,
    'custodian',
    'GET',
    '/openapi.json',
  );
  for (const { method, path, allow } of guarded) {
    const security = body.paths[path]?.[method.toLowerCase()]?.security ?? [];
    const tokens = security.flatMap((each) => each['token'] ?? []);
    assert.deepEqual(tokens, allow === 'account' ? [] : [allow].flat(), `${method} ${path}`);
    assert.ok(security.some((each) => 'signIn' in each));
  }
});

// Written down by hand, so that a route given to the wrong role is seen by whoever reads the change.
const forCustodians = [
  'DELETE /session',
  'DELETE /session/passkeys/{id}',
  'DELETE /session/sign-ins/{id}',
  'GET /maintenance',
  'GET /overview',
  'GET /recovery',
  'GET /session/sign-ins',
  'GET /session/ways',
  'POST /session/codes',
  'POST /session/codes/begin',
  'POST /session/codes/end',
  'POST /session/passkeys',
  'POST /session/passkeys/begin',
  'PUT /session/password',
];

// Watching a recording takes a reason, which is written down before the first byte.
const forAuditors = ['POST /recordings/{id}/viewings'];

test('from the OpenAPI document: a custodian may do what is listed here and nothing else, an auditor changes nothing', async (context) => {
  const site = await consoleSite(context);
  const { body } = await callApi<{ paths: Record<string, Record<string, { description: string }>> }>(
    site,
    'auditor',
    'GET',
    '/openapi.json',
  );
  const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { description }]) => ({ method: method.toUpperCase(), path, description })),
  );
  const open: string[] = [];
  for (const { method, path, description } of operations) {
    if (description === 'For anybody.' || path.endsWith('/events')) continue;
    const name = `${method} ${path}`;
    const url = path.replace(/\{\w+\}/g, 'x');
    const refused = async (role: Role): Promise<boolean> =>
      (await callApi(site, role, method as 'GET', url, method === 'GET' ? undefined : {})).status === 403;
    if (name === 'DELETE /session') open.push(name);
    else if (!(await refused('custodian'))) open.push(name);
    if (method === 'GET' || path.startsWith('/session')) continue;
    assert.equal(await refused('auditor'), !forAuditors.includes(name), name);
  }
  assert.deepEqual(open.sort(), forCustodians);
});

test('a request that another site’s page sends changes nothing, cookie or not', async (context) => {
  const site = await consoleSite(context);
  const cookie = await site.cookieOf('administrator');
  const send = (headers: Record<string, string>) =>
    site.server.inject({
      method: 'DELETE',
      url: '/api/v1/session',
      headers: { host: '127.0.0.1:7420', cookie, ...headers },
    });
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:9999' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    // Credentials in the address of a form: the browser sends them, and the cookie beside them.
    { 'sec-fetch-site': 'same-site', authorization: 'Basic eDp5' },
    {},
  ]) {
    const answer = await send(headers);
    assert.equal(answer.statusCode, 403, JSON.stringify(headers));
    assert.equal(answer.json<Problem>().code, 'api.foreign-site');
  }
  assert.equal((await send({ origin: 'http://127.0.0.1:7420' })).statusCode, 200);
});

test('without TLS the service does not answer under a name that somebody pointed at it', async (context) => {
  const site = await consoleSite(context);
  const answer = await site.server.inject({ url: '/api/v1/session', headers: { host: 'rebound.example:7420' } });
  assert.equal(answer.statusCode, 421);
  for (const host of ['localhost:7420', '127.0.0.1', '[::1]:7420']) {
    assert.equal((await site.server.inject({ url: '/api/v1/session', headers: { host } })).statusCode, 200, host);
  }
});

test('a program uses the API with a token, within the token’s scopes', async (context) => {
  const site = await consoleSite(context);
  const { token } = addApiToken(site.app, { name: 'ci', scopes: ['state:read'], createdBy: 'test' });
  const send = (method: 'GET' | 'POST', url: string, value: string) =>
    site.server.inject({
      method,
      url: `/api/v1${url}`,
      headers: { host: 'localhost', authorization: `Bearer ${value}` },
    });
  assert.equal((await send('GET', '/overview', token.reveal())).statusCode, 200);
  assert.equal((await send('POST', '/jobs/system/runs', token.reveal())).statusCode, 403);
  assert.equal((await send('GET', '/overview', 'orbit_guessed')).statusCode, 401);
});

test('a page that only listens keeps no sign-in alive', async (context) => {
  const clock = fixedClock(new Date('2026-11-28T05:00:00Z'));
  const site = await consoleSite(context, { clock });
  const cookie = await site.cookieOf('operator');
  const url = await site.server.listen({ host: '127.0.0.1', port: 0 });
  clock.advance(20 * 60_000);
  const stop = new AbortController();
  const stream = await fetch(`${url}/api/v1/runs/events`, { headers: { cookie }, signal: stop.signal });
  assert.equal(stream.status, 200);
  clock.advance(20 * 60_000);
  assert.equal((await fetch(`${url}/api/v1/runs/events`, { headers: { cookie } })).status, 401);
  stop.abort();
});
