// The API as programs and the console use it: roles, other sites' pages, bad input, and what each route does.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { InjectOptions } from 'fastify';
import { addApiToken } from '../accounts/api-token.ts';
import { makeLink } from '../accounts/account-link.ts';
import { roles, type Role } from '../accounts/role.ts';
import { type Scope, scopes, scopesOf } from '../accounts/scope.ts';
import { type ConsoleSite, consoleSite, goodPassword, makeReady } from '../../test/support/console.ts';
import { apiContents, apiDownloads, apiRoutes, apiStreams } from './routes.ts';
import type { TokenView } from './schemas/accounts.ts';
import type { Problem } from './schemas/common.ts';
import type { Overview } from './schemas/overview.ts';
import type { RunView } from './schemas/runs.ts';

const fromPage = { 'sec-fetch-site': 'same-origin', host: '127.0.0.1:7420' };

interface Answer<Body> {
  status: number;
  body: Body;
  headers: Record<string, unknown>;
}

async function call<Body = Problem>(
  site: ConsoleSite,
  role: Role | undefined,
  method: NonNullable<InjectOptions['method']>,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const cookie = role === undefined ? {} : { cookie: await site.cookieOf(role) };
  const answer = await site.server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { ...fromPage, ...cookie, ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json<Body>(), headers: answer.headers };
}

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
    const nobody = await call(site, undefined, method, url);
    assert.equal(nobody.status, 401, `${method} ${path}`);
    assert.equal(nobody.body.code, 'accounts.not-signed-in');
    assert.match(String(nobody.headers['content-type']), /^application\/problem\+json/);
    if (allow === 'account') continue;
    for (const role of roles.filter((each) => ![allow].flat().some((scope) => scopesOf(each).includes(scope)))) {
      const lower = await call(site, role, method, url);
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
    call<Body>(site, Object.keys(headers).length === 0 ? 'administrator' : undefined, 'POST', '/tokens', body, headers);
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
    (await call(site, undefined, method, path, body, bearer)).body.code;
  assert.equal(await asHelper('POST', '/accounts', { name: 'eve', role: 'administrator' }), 'accounts.more-than-own');
  const { body: listed } = await call<{ tokens: TokenView[] }>(site, 'administrator', 'GET', '/tokens');
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
  const { body } = await call<{ paths: Record<string, Record<string, { security?: Record<string, string[]>[] }>> }>(
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
  const { body } = await call<{ paths: Record<string, Record<string, { description: string }>> }>(
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
      (await call(site, role, method as 'GET', url, method === 'GET' ? undefined : {})).status === 403;
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

test('the setup link makes the first account and signs in; a wrong password does not, and is slowed down', async (context) => {
  const site = await consoleSite(context);
  const door = await call<{ isSetUp: boolean }>(site, undefined, 'GET', '/session');
  assert.equal(door.body.isSetUp, false);
  const token = makeLink(site.app).reveal();
  const weak = await call(site, undefined, 'POST', '/links/use', { token, name: 'ana', password: 'password123' });
  assert.equal(weak.body.code, 'accounts.weak-password');
  const made = await call(site, undefined, 'POST', '/links/use', { token, name: 'ana', password: goodPassword });
  assert.equal(made.status, 200);
  assert.match(
    String(made.headers['set-cookie']),
    /^orbit=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  const again = await call(site, undefined, 'POST', '/links/use', { token, name: 'eve', password: goodPassword });
  assert.equal(again.body.code, 'accounts.bad-link');
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const wrong = await call(site, undefined, 'POST', '/session', { name: 'ana', password: 'not this one' });
    assert.equal(wrong.status, 401);
  }
  const shut = await call(site, undefined, 'POST', '/session', { name: 'ana', password: goodPassword });
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
  const { body } = await call<{ signIns: { id: string; isThis: boolean }[] }>(
    site,
    'operator',
    'GET',
    '/session/sign-ins',
  );
  assert.equal(body.signIns.length, 2);
  const theirs = body.signIns.find(({ isThis }) => !isThis);
  await call(site, 'auditor', 'DELETE', `/session/sign-ins/${theirs?.id ?? ''}`);
  const still = await site.server.inject({ url: '/api/v1/overview', headers: { ...fromPage, cookie } });
  assert.equal(still.statusCode, 200, 'nobody ends the sign-in of another');
  await call(site, 'operator', 'DELETE', `/session/sign-ins/${theirs?.id ?? ''}`);
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
    const answer = await call(site, 'administrator', method as 'POST', path, body as object);
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
  assert.equal((await call(site, 'auditor', 'GET', '/nowhere')).body.code, 'api.no-such-route');
  assert.equal((await call(site, 'auditor', 'GET', '/runs?limit=9999')).status, 400);
  assert.equal((await call(site, 'auditor', 'GET', '/runs/abc')).body.code, 'jobs.no-such-run');
  assert.deepEqual(site.bugs, []);
});

test('a destination that works is kept and used; one that does not is not, unless asked', async (context) => {
  const site = await consoleSite(context);
  const path = join(site.folder, 'copies');
  type Added = { isKept: boolean; probe: { isUsable: boolean; failure?: { code: string } } };
  const added = await call<Added>(site, 'administrator', 'POST', '/destinations', {
    name: 'near',
    kind: 'folder',
    config: { path },
    jobs: ['secrets'],
  });
  assert.deepEqual([added.status, added.body.isKept, added.body.probe.isUsable], [200, true, true]);
  const taken = await call(site, 'administrator', 'POST', '/destinations', {
    name: 'near',
    kind: 'folder',
    config: { path },
  });
  assert.deepEqual([taken.status, taken.body.code], [409, 'destinations.name-taken']);
  await writeFile(join(site.folder, 'file'), '');
  const wrong = { name: 'wrong', kind: 'folder', config: { path: join(site.folder, 'file', 'below') } };
  const refused = await call<Added>(site, 'administrator', 'POST', '/destinations', wrong);
  assert.equal(refused.body.isKept, false);
  assert.ok(refused.body.probe.failure?.code.startsWith('backend.'), JSON.stringify(refused.body));
  const kept = await call<Added>(site, 'administrator', 'POST', '/destinations', { ...wrong, ifNotUsable: 'keep' });
  assert.equal(kept.body.isKept, true);
  type List = { destinations: { name: string; jobs: string[]; state: string }[] };
  const { destinations } = (await call<List>(site, 'auditor', 'GET', '/destinations')).body;
  assert.deepEqual(
    destinations.map(({ name, jobs, state }) => [name, jobs, state]),
    [
      ['near', ['secrets'], 'reachable'],
      ['wrong', [], 'lost'],
    ],
  );
  const loss = await call<{ jobsWithoutCopy: string[] }>(site, 'auditor', 'GET', '/destinations/near/removal');
  assert.deepEqual(loss.body.jobsWithoutCopy, ['secrets']);
  assert.equal((await call(site, 'administrator', 'DELETE', '/destinations/near')).status, 200);
  assert.equal((await call(site, 'administrator', 'DELETE', '/destinations/near')).body.code, 'destinations.unknown');
});

test('a secret of a destination goes in and never comes out', async (context) => {
  const site = await consoleSite(context);
  const secretAccessKey = 'wJalrXUtnFEMI-canary';
  await call(site, 'administrator', 'POST', '/destinations', {
    name: 'cloud',
    kind: 's3',
    config: {
      endpoint: 'http://127.0.0.1:1',
      bucket: 'orbit',
      accessKeyId: 'AKIA',
      secretAccessKey,
      timeoutSeconds: 1,
    },
    ifNotUsable: 'keep',
  });
  for (const path of ['/destinations', '/overview', '/destination-kinds']) {
    const answer = await call<object>(site, 'auditor', 'GET', path);
    assert.equal(answer.status, 200);
    assert.ok(!JSON.stringify(answer.body).includes('canary'), path);
  }
});

test('a run is started, watched, cancelled and found in the history', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const none = await call<Overview>(site, 'auditor', 'GET', '/overview');
  assert.equal(none.body.verdict, 'no');
  assert.ok(none.body.gaps.some(({ what }) => what === 'only-this-machine'));
  const heard: string[] = [];
  site.desk.watch((event) => heard.push(event.type));
  for (const job of ['secrets', 'system']) {
    const started = await call<{ run: { id: number } }>(site, 'operator', 'POST', `/jobs/${job}/runs`);
    assert.equal(started.status, 200, JSON.stringify(started.body));
    await ended(site);
    const run = await call<RunView>(site, 'auditor', 'GET', `/runs/${started.body.run.id}`);
    assert.equal(run.body.outcome, 'succeeded', JSON.stringify(run.body));
  }
  assert.ok(heard.includes('live') && heard.includes('ended'));
  const home = await call<Overview>(site, 'auditor', 'GET', '/overview');
  assert.equal(home.body.verdict, 'yes-here');
  assert.deepEqual(home.body.problems, []);
  assert.equal(home.body.jobs.find(({ kind }) => kind === 'secrets')?.copies[0]?.state, 'good');
  const kits = await call<{ kits: { destination: string }[] }>(site, 'auditor', 'GET', '/recovery');
  assert.deepEqual(
    kits.body.kits.map(({ destination }) => destination),
    ['local'],
  );
  const stopped = await call(site, 'operator', 'POST', '/runs/1/cancel');
  assert.deepEqual([stopped.status, stopped.body.code], [409, 'jobs.run-not-live']);
  const page = await call<{ runs: RunView[]; next?: number }>(
    site,
    'auditor',
    'GET',
    '/runs?limit=1&outcome=succeeded',
  );
  assert.equal(page.body.runs.length, 1);
  assert.equal(page.body.next, page.body.runs[0]?.id);
  assert.deepEqual((await call<{ runs: RunView[] }>(site, 'auditor', 'GET', '/runs?kind=recordings')).body.runs, []);
});

test('a run that goes on is cancelled through the API, and a second start of its job is refused', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  for (let index = 0; index < 40; index += 1) {
    await writeFile(join(site.folder, 'source', `file-${index}`), Buffer.alloc(200_000, index));
  }
  const started = await call<{ run: { id: number } }>(site, 'operator', 'POST', '/jobs/system/runs');
  const second = await call(site, 'operator', 'POST', '/jobs/system/runs');
  assert.deepEqual([second.status, second.body.code], [409, 'jobs.already-running']);
  assert.equal((await call(site, 'operator', 'POST', `/runs/${started.body.run.id}/cancel`)).status, 200);
  await ended(site);
  const run = await call<RunView>(site, 'auditor', 'GET', `/runs/${started.body.run.id}`);
  assert.equal(run.body.outcome, 'cancelled');
});

test('a lost destination is an open problem until it is back', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const testIt = (): Promise<Answer<{ destination: { state: string } }>> =>
    call(site, 'operator', 'POST', '/destinations/local/test', {});
  assert.equal((await testIt()).body.destination.state, 'reachable');
  await rename(join(site.folder, 'copies'), join(site.folder, 'away'));
  assert.equal((await testIt()).body.destination.state, 'lost');
  const home = await call<Overview>(site, 'auditor', 'GET', '/overview');
  const lost = home.body.problems.find(({ what }) => what === 'destination-lost');
  assert.equal(lost?.subject, 'local');
  assert.ok((lost?.failure?.hint ?? '').length > 10);
  await rename(join(site.folder, 'away'), join(site.folder, 'copies'));
  assert.equal((await testIt()).body.destination.state, 'reachable');
  assert.deepEqual((await call<Overview>(site, 'auditor', 'GET', '/overview')).body.problems, []);
});

test('the settings of the backup: schedule with its next runs, folders, the session files switch', async (context) => {
  const site = await consoleSite(context);
  const put = (job: string, body: object) =>
    call<Problem & { next: string[]; missingFolders: string[]; timeZone?: string }>(
      site,
      'administrator',
      'PUT',
      `/jobs/${job}`,
      body,
    );
  const zoned = await put('system', { schedule: '30 4 * * 1-5', timeZone: 'America/Sao_Paulo' });
  assert.equal(zoned.body.next.length, 5);
  assert.ok(
    zoned.body.next.every((at) => at.endsWith('T07:30:00.000Z')),
    'half past four in São Paulo',
  );
  assert.equal((await put('system', { timeZone: null })).body.timeZone, undefined);
  assert.equal((await put('system', { schedule: 'at five' })).body.code, 'jobs.bad-schedule');
  assert.equal((await put('system', { destinations: ['nowhere'] })).body.code, 'destinations.unknown');
  assert.equal((await put('recordings', { enabled: true })).body.code, 'jobs.no-folder');
  assert.equal((await put('secrets', { folders: ['/etc'] })).body.code, 'jobs.not-of-kind');
  await mkdir(join(site.folder, 'recordings'));
  const folders = [join(site.folder, 'recordings'), '/not/there'];
  assert.deepEqual((await put('recordings', { enabled: true, folders })).body.missingFolders, ['/not/there']);
  const next = await call<{ next: string[] }>(
    site,
    'auditor',
    'GET',
    `/schedule?schedule=${encodeURIComponent('0 5 * * *')}`,
  );
  assert.equal(next.body.next.length, 5);
  assert.equal((await call(site, 'auditor', 'GET', '/schedule?schedule=nonsense')).body.code, 'jobs.bad-schedule');
});

test('retention is set and taken away, and setting less than before is told', async (context) => {
  const site = await consoleSite(context);
  site.app.notifier.channels.add({
    name: 'all',
    kind: 'webhook',
    config: { url: 'http://127.0.0.1:1/', signingSecret: 'x' },
  });
  const told = (): number =>
    site.app.store.database.prepare("SELECT 1 FROM channel_message WHERE event LIKE '%retention.weakened%'").all()
      .length;
  const put = (retention: object | null) =>
    call<{ retention?: object; code?: string }>(site, 'administrator', 'PUT', '/jobs/system', { retention });
  assert.deepEqual((await put({ daily: 7, weekly: 4 })).body.retention, { daily: 7, weekly: 4 });
  assert.equal(told(), 1, 'before, every copy stayed');
  await put({ daily: 14, weekly: 4 });
  assert.equal(told(), 1);
  await put({ daily: 14 });
  assert.equal(told(), 2);
  assert.equal((await put({ daily: 0 })).body.code, 'api.bad-request');
  assert.equal((await put(null)).body.retention, undefined);
  assert.equal(told(), 2);
});

test('what a run does about a lost destination, and whether a change starts one, is set by whoever may change a job', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  interface Answer {
    whenLost?: string;
    waitMinutes?: number;
    onChange?: boolean;
    code?: string;
  }
  const put = (job: string, change: object) =>
    call<Answer>(site, 'administrator', 'PUT', `/jobs/${job}`, change).then(({ body }) => body);
  const { whenLost, waitMinutes, onChange } = await put('secrets', {});
  assert.deepEqual([whenLost, waitMinutes, onChange], ['resume', 30, true]);
  const changed = await put('secrets', { whenLost: 'wait', waitMinutes: 5, onChange: false });
  assert.deepEqual([changed.whenLost, changed.waitMinutes, changed.onChange], ['wait', 5, false]);
  assert.equal((await put('system', { onChange: false })).code, 'jobs.not-of-kind');
  assert.equal((await put('system', { whenLost: 'never' })).code, 'api.bad-request');
  const start = (body: object) => call<{ run: { id: number } }>(site, 'operator', 'POST', '/jobs/secrets/runs', body);
  assert.equal((await start({ acceptDrop: ' ' })).status, 400);
  const started = await start({ acceptDrop: 'the old site was closed' });
  assert.equal(started.status, 200);
  const { id } = started.body.run;
  const kept = await call<{ dropAccepted?: string }>(site, 'auditor', 'GET', `/runs/${id}`);
  assert.equal(kept.body.dropAccepted, 'the old site was closed');
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

test('an administrator makes an account whose owner sets the password through the link', async (context) => {
  const site = await consoleSite(context);
  const made = await call<{ link: string }>(site, 'administrator', 'POST', '/accounts', {
    name: 'bob',
    role: 'auditor',
  });
  const token = made.body.link.split('#')[1] ?? '';
  const read = await call<{ account?: string }>(site, undefined, 'POST', '/links/read', { token });
  assert.equal(read.body.account, 'bob');
  const used = await call<{ role: string }>(site, undefined, 'POST', '/links/use', {
    token,
    name: '',
    password: goodPassword,
  });
  assert.equal(used.body.role, 'auditor');
  assert.equal((await call(site, 'administrator', 'DELETE', '/accounts/bob')).status, 200);
  const change = { current: 'not it', next: goodPassword };
  assert.equal(
    (await call(site, 'operator', 'PUT', '/session/password', change)).body.code,
    'accounts.current-password-wrong',
  );
});

test('channels are added, tested with every step told, and removed', async (context) => {
  const site = await consoleSite(context);
  const added = await call<{ name: string }>(site, 'administrator', 'POST', '/channels', {
    name: 'chat',
    kind: 'webhook',
    config: { url: 'http://127.0.0.1:1/hook', signingSecret: 'canary' },
  });
  assert.equal(added.status, 200, JSON.stringify(added.body));
  const tested = await call<{ isDelivered: boolean; failure?: { code: string } }>(
    site,
    'operator',
    'POST',
    '/channels/chat/test',
  );
  assert.deepEqual([tested.body.isDelivered, tested.body.failure?.code], [false, 'notify.unreachable']);
  const list = await call<object>(site, 'auditor', 'GET', '/channels');
  assert.ok(!JSON.stringify(list.body).includes('canary'));
  assert.equal((await call(site, 'administrator', 'DELETE', '/channels/chat')).status, 200);
  assert.equal((await call(site, 'administrator', 'DELETE', '/channels/chat')).status, 404);
});

test('every answer forbids framing, sniffing and caching, and the OpenAPI document names every route', async (context) => {
  const site = await consoleSite(context);
  const answer = await call<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
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

async function ended(site: ConsoleSite): Promise<void> {
  if (site.desk.live().length === 0) return;
  await new Promise<void>((resolve) => {
    const stop = site.desk.watch((event) => {
      if (event.type !== 'ended' || site.desk.live().length > 0) return;
      stop();
      resolve();
    });
  });
}
