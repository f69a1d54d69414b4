// Requests made from the OpenAPI document, right ones and wrong ones, as every role: none may end in a 500.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { roles } from '../src/accounts/role.ts';
import { consoleSite, makeReady } from './support/console.ts';

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  minimum?: number;
  maximum?: number;
}

interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

// What tends to break: long, empty, odd and hostile texts beside names that are really there.
const text = fc.oneof(
  fc.constantFrom(
    'local',
    'system',
    'secrets',
    'x',
    '',
    '../../etc/passwd',
    '\0',
    '0 5 * * *',
    'every 4 hours',
    '00:00',
    'a'.repeat(3000),
    '%',
    "'; --",
    '2026-11-26T00:00:00Z',
    '9999-12-31T23:59:59Z',
    'https://127.0.0.1:1',
    '-1',
    '1e400',
    '\ud800',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const anything = fc.oneof(
  { depthSize: 'small' },
  text,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }),
);

// Mostly a value as the schema wants it, sometimes anything.
function valueOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const right = (): fc.Arbitrary<unknown> => {
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => valueOf(each, depth + 1)));
    switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
      case 'object': {
        const properties = Object.entries(schema.properties ?? {});
        const model = Object.fromEntries(properties.map(([name, each]) => [name, valueOf(each, depth + 1)]));
        return fc.record(model, { requiredKeys: [] });
      }
      case 'array':
        return fc.array(valueOf(schema.items ?? {}, depth + 1), { maxLength: 3 });
      case 'integer':
      case 'number':
        return fc.oneof(
          fc.integer({ min: schema.minimum ?? -5, max: Math.min(schema.maximum ?? 100, 1000) }),
          fc.double(),
        );
      case 'boolean':
        return fc.boolean();
      case 'string':
        return text;
      case undefined:
      default:
        return anything;
    }
  };
  return depth > 4 ? anything : fc.oneof({ weight: 6, arbitrary: right() }, { weight: 1, arbitrary: anything });
}

// A right request would contact other machines, write to places that chance names, or run for long: they get wrong ones only,
// and are tried rightly by tests of their own.
const apart = new Set([
  'post /jobs/{name}/runs',
  'post /destinations',
  'post /destinations/host-keys',
  'post /channels/{name}/test',
  'post /jobs/{job}/sources/{name}/test',
  'post /drills',
  'post /restores',
]);
// One would turn every later answer into a 401, the other stays open for whoever may.
const untried = new Set(['delete /session', 'get /runs/events']);

// What the server itself answers below /api/v1, read off the tree it prints; without the HEAD that comes with every GET.
function routesOf(server: FastifyInstance): string[] {
  const above: string[] = [];
  return server
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', segment = '', methods = ''] = /^(.*?)[├└]── (\S+) \(([A-Z, ]+)\)$/.exec(line) ?? [];
      above.splice(indent.length / 4, above.length, segment);
      const path = withoutNames(above.join('').replace('/api/v1', ''));
      const isApi = above[0]?.startsWith('/api/v1/') === true && path !== '/openapi.json';
      const own = methods.split(', ').filter((method) => method !== 'HEAD');
      return isApi ? own.map((method) => `${method.toLowerCase()} ${path}`) : [];
    });
}

function withoutNames(path: string): string {
  return path.replace(/:\w+(\|:\w+)*|\{\w+\}/g, '*');
}

test('no request made from the OpenAPI document ends in a 500, and every refusal is a problem', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const asAdministrator = {
    cookie: await site.cookieOf('administrator'),
    'sec-fetch-site': 'same-origin',
    host: '127.0.0.1:7420',
  };
  const document = (await site.server.inject({ url: '/api/v1/openapi.json', headers: asAdministrator })).json<{
    paths: Record<string, Record<string, Operation>>;
  }>();
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, method, operation })),
  );
  const names = operations.map(({ name }) => name);
  // Nothing below /api/v1 is missing in the document, and no exception outlives its route.
  assert.deepEqual(names.map(withoutNames).toSorted(), routesOf(site.server).toSorted());
  for (const name of [...apart, ...untried]) assert.ok(names.includes(name), name);
  const statuses = new Set<number>();
  for (const { name, path, method, operation } of operations) {
    if (untried.has(name)) continue;
    const parameters = operation.parameters ?? [];
    const body = operation.requestBody?.content['application/json'].schema;
    const requests = fc.record({
      role: fc.constantFrom(...roles, 'administrator' as const),
      path: fc.array(
        fc.oneof({ weight: 2, arbitrary: fc.constantFrom('local', 'system', 'x') }, { weight: 1, arbitrary: text }),
        {
          minLength: 3,
          maxLength: 3,
        },
      ),
      query: fc.record(
        Object.fromEntries(
          parameters.filter((each) => each.in === 'query').map(({ name, schema }) => [name, valueOf(schema)]),
        ),
        { requiredKeys: [] },
      ),
      key: fc.option(fc.constantFrom('one', 'two', 'with a blank', ''), { nil: undefined }),
      body: apart.has(name) ? fc.oneof(text, fc.integer(), fc.array(text)) : valueOf(body ?? { type: 'object' }),
    });
    await fc.assert(
      fc.asyncProperty(requests, async (sent) => {
        let index = 0;
        const filled = path.replace(/\{\w+\}/g, () => encodeURIComponent((sent.path[index++] ?? 'x').toWellFormed()));
        const query = new URLSearchParams(
          Object.entries(sent.query).map(([name, value]): [string, string] => [
            name,
            typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
          ]),
        );
        const cookie = await site.cookieOf(sent.role);
        const answer = await site.server.inject({
          method: method.toUpperCase() as 'GET',
          url: `/api/v1${filled}?${query.toString()}`,
          headers: {
            ...asAdministrator,
            cookie,
            'content-type': 'application/json',
            ...(sent.key === undefined ? {} : { 'idempotency-key': sent.key }),
          },
          payload: JSON.stringify(sent.body) ?? '{}',
        });
        statuses.add(answer.statusCode);
        assert.ok(
          answer.statusCode < 500,
          `${answer.statusCode} ${answer.body} ${String(site.bugs.map((bug) => (bug as Error).stack))}`,
        );
        if (answer.statusCode >= 400)
          assert.match(String(answer.headers['content-type']), /^application\/problem\+json/, `${answer.statusCode}`);
      }),
      { numRuns: 12, seed: 20_261_126 },
    );
  }
  for (const status of [200, 400, 403, 404, 422]) assert.ok(statuses.has(status), `${status} was among the answers`);
  assert.deepEqual(site.bugs, []);
});

test('the same request with the same key is done once, another with that key is refused, a secret answer is not repeated', async (context) => {
  const site = await consoleSite(context);
  const cookie = await site.cookieOf('administrator');
  const send = (path: string, key: string, payload: object) =>
    site.server.inject({
      method: 'POST',
      url: `/api/v1${path}`,
      headers: { cookie, 'sec-fetch-site': 'same-origin', host: '127.0.0.1:7420', 'idempotency-key': key },
      payload,
    });
  const config = { url: 'http://127.0.0.1:9/', signingSecret: 'a secret that is long enough' };
  const hook = { name: 'hook', kind: 'webhook', config };
  const first = await send('/channels', 'k1', hook);
  assert.equal(first.statusCode, 200, first.body);
  const again = await send('/channels', 'k1', hook);
  assert.deepEqual([again.statusCode, again.json()], [200, first.json()]);
  assert.equal(
    (await send('/channels', 'k1', { ...hook, name: 'other' })).json<{ code: string }>().code,
    'api.idempotency-key-used',
  );
  assert.equal((await send('/channels', 'k2', hook)).json<{ code: string }>().code, 'notify.channel-exists');
  const token = { name: 'prometheus', role: 'auditor' };
  assert.equal((await send('/tokens', 'k3', token)).statusCode, 200);
  assert.equal((await send('/tokens', 'k3', token)).json<{ code: string }>().code, 'api.answer-not-kept');
  const kept = site.app.store.database
    .prepare('SELECT answer FROM idempotent_answer')
    .all()
    .map(({ answer }) => String(answer))
    .join();
  assert.ok(!kept.includes('orbit_'));
});
