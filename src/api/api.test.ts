// The API as programs and the console use it: roles, other sites' pages, bad input, and what each route does.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeLink } from '../accounts/account-link.ts';
import { consoleSite, goodPassword } from '../../test/support/console.ts';
import { apiRoutes } from './routes.ts';
import type { Problem } from './schemas/common.ts';
import { callApi, fromPage } from '../../test/support/api-call.ts';

test('the setup link makes the first account and signs in; a wrong password does not, and is slowed down', async (context) => {
  const site = await consoleSite(context);
  const door = await callApi<{ isSetUp: boolean }>(site, undefined, 'GET', '/session');
  assert.equal(door.body.isSetUp, false);
  const token = makeLink(site.app).reveal();
  const weak = await callApi(site, undefined, 'POST', '/links/use', { token, name: 'ana', password: 'password123' });
  assert.equal(weak.body.code, 'accounts.weak-password');
  const made = await callApi(site, undefined, 'POST', '/links/use', { token, name: 'ana', password: goodPassword });
  assert.equal(made.status, 200);
  assert.match(
    String(made.headers['set-cookie']),
    /^orbit=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  const again = await callApi(site, undefined, 'POST', '/links/use', { token, name: 'eve', password: goodPassword });
  assert.equal(again.body.code, 'accounts.bad-link');
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const wrong = await callApi(site, undefined, 'POST', '/session', { name: 'ana', password: 'not this one' });
    assert.equal(wrong.status, 401);
  }
  const shut = await callApi(site, undefined, 'POST', '/session', { name: 'ana', password: goodPassword });
  assert.equal(shut.status, 429);
  assert.ok(Number(shut.headers['retry-after']) > 0);
});

test('a sign-in is listed, and revoking it ends it', async (context) => {
  const site = await consoleSite(context);
  const other = await site.server.inject({
    method: 'POST',
    url: '/api/v1/session',
    headers: fromPage,
    payload: (await site.cookieOf('operator'), { name: 'the-operator', password: goodPassword }),
  });
  const cookie = String(other.headers['set-cookie']).split(';')[0] ?? '';
  const { body } = await callApi<{ signIns: { id: string; isThis: boolean }[] }>(
    site,
    'operator',
    'GET',
    '/session/sign-ins',
  );
  assert.equal(body.signIns.length, 2);
  const theirs = body.signIns.find(({ isThis }) => !isThis);
  await callApi(site, 'auditor', 'DELETE', `/session/sign-ins/${theirs?.id ?? ''}`);
  const still = await site.server.inject({ url: '/api/v1/overview', headers: { ...fromPage, cookie } });
  assert.equal(still.statusCode, 200, 'nobody ends the sign-in of another');
  await callApi(site, 'operator', 'DELETE', `/session/sign-ins/${theirs?.id ?? ''}`);
  const ended = await site.server.inject({ url: '/api/v1/overview', headers: { ...fromPage, cookie } });
  assert.equal(ended.statusCode, 401);
});

test('bad input is a problem that names the field and never the value', async (context) => {
  const site = await consoleSite(context);
  const secret = 'a-secret-that-must-not-come-back';
  const bodies: [string, string, unknown][] = [
    ['POST', '/session', { name: '', password: secret }],
    ['POST', '/session', { name: 'a', password: { value: secret } }],
    ['POST', '/destinations', { name: 'x', kind: 's3', config: { secretAccessKey: secret, endpoint: 5 } }],
    ['PUT', '/jobs/system', { enabled: secret }],
    ['PUT', '/jobs/system', { folders: ['relative'] }],
    ['POST', '/tokens', { name: secret.repeat(9), role: 'auditor' }],
  ];
  for (const [method, path, body] of bodies) {
    const answer = await callApi(site, 'administrator', method as 'POST', path, body as object);
    assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
    assert.ok(answer.body.code !== undefined && answer.body.detail.length > 5, path);
    assert.ok(!JSON.stringify(answer.body).includes(secret), path);
  }
  const cookie = await site.cookieOf('administrator');
  for (const [type, payload, status] of [
    ['application/json', '{"name":', 400],
    ['application/json', '{"__proto__": {"x": 1}}', 400],
    ['text/plain', 'name', 415],
    ['application/json', `{"name":"${'x'.repeat(2 ** 21)}"}`, 413],
  ] as const) {
    const answer = await site.server.inject({
      method: 'PUT',
      url: '/api/v1/jobs/system',
      headers: { ...fromPage, cookie, 'content-type': type },
      payload,
    });
    assert.equal(answer.statusCode, status, `${type} ${payload.slice(0, 30)}`);
    assert.equal(answer.json<Problem>().code, 'api.bad-request');
  }
  assert.equal((await callApi(site, 'auditor', 'GET', '/nowhere')).body.code, 'api.no-such-route');
  assert.equal((await callApi(site, 'auditor', 'GET', '/runs?limit=9999')).status, 400);
  assert.equal((await callApi(site, 'auditor', 'GET', '/runs/abc')).body.code, 'jobs.no-such-run');
  assert.deepEqual(site.bugs, []);
});

test('an administrator makes an account whose owner sets the password through the link', async (context) => {
  const site = await consoleSite(context);
  const made = await callApi<{ link: string }>(site, 'administrator', 'POST', '/accounts', {
    name: 'bob',
    role: 'auditor',
  });
  const token = made.body.link.split('#')[1] ?? '';
  const read = await callApi<{ account?: string }>(site, undefined, 'POST', '/links/read', { token });
  assert.equal(read.body.account, 'bob');
  const used = await callApi<{ role: string }>(site, undefined, 'POST', '/links/use', {
    token,
    name: '',
    password: goodPassword,
  });
  assert.equal(used.body.role, 'auditor');
  assert.equal((await callApi(site, 'administrator', 'DELETE', '/accounts/bob')).status, 200);
  const change = { current: 'not it', next: goodPassword };
  assert.equal(
    (await callApi(site, 'operator', 'PUT', '/session/password', change)).body.code,
    'accounts.current-password-wrong',
  );
});

test('every answer forbids framing, sniffing and caching, and the OpenAPI document names every route', async (context) => {
  const site = await consoleSite(context);
  const answer = await callApi<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
    site,
    'auditor',
    'GET',
    '/openapi.json',
  );
  assert.equal(answer.body.openapi, '3.1.0');
  for (const { method, path } of apiRoutes)
    assert.ok(answer.body.paths[path]?.[method.toLowerCase()], `${method} ${path}`);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
  assert.equal(answer.headers['x-frame-options'], 'DENY');
  const health = await site.server.inject({ url: '/health', headers: { host: 'monitor.example' } });
  assert.equal(health.statusCode, 200, 'the health answer is for monitors under any name');
});

test('nonsense sent to every route is refused, never a bug', async (context) => {
  const site = await consoleSite(context);
  await rm(join(site.folder, 'nothing'), { force: true });
  const values = [null, 0, '', [], { a: 1 }, 'x'.repeat(5000), '\u0000', { name: [], config: 'x' }, -1, true];
  for (const { method, path } of apiRoutes) {
    if (path === '/session' && method === 'DELETE') continue;
    for (const value of values) {
      const url = path.replace(/\{\w+\}/g, encodeURIComponent(JSON.stringify(value).slice(0, 80)));
      const cookie = await site.cookieOf('administrator');
      const headers = { ...fromPage, cookie, 'content-type': 'application/json' };
      const payload = method === 'GET' ? {} : { payload: JSON.stringify(value) };
      const answer = await site.server.inject({ method, url: `/api/v1${url}`, headers, ...payload });
      assert.ok(answer.statusCode < 500, `${method} ${url} ${JSON.stringify(value).slice(0, 40)}: ${answer.body}`);
    }
  }
  assert.deepEqual(site.bugs, []);
});
