// A server that answers as JumpServer's API reference and source say: signed requests only, pages, secrets one by one, histories.
// The real one is a family of services that cannot be started for a test.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What the server holds and does. */
export interface JumpServerWorld {
  address: string;
  keyId: string;
  keySecret: string;
  /** By organisation. */
  accounts: Record<string, Record<string, unknown>[]>;
  histories: Record<string, Record<string, unknown>[]>;
  /** Status to answer, by `path` without its query. */
  refuse: Map<string, number>;
  /** The call at which a page fails, by `path?query`. */
  refusePage: Set<string>;
  needsMfa: boolean;
  calls: string[];
}

/** Starts one. */
export async function jumpServer(context: TestContext): Promise<JumpServerWorld> {
  const world: JumpServerWorld = {
    address: '',
    keyId: '1b4f6a2c-0000-4000-8000-000000000001',
    keySecret: 'the secret of the key',
    accounts: {},
    histories: {},
    refuse: new Map(),
    refusePage: new Set(),
    needsMfa: false,
    calls: [],
  };
  const server = createServer((request, response) => {
    const [status, json] = answer(world, request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  world.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return world;
}

function answer(world: JumpServerWorld, request: IncomingMessage): [number, unknown] {
  world.calls.push(`${request.method} ${request.url}`);
  if (!isSigned(world, request)) return [401, { detail: 'Invalid signature.' }];
  const url = new URL(request.url ?? '', 'http://x');
  const refused = world.refuse.get(url.pathname) ?? (world.refusePage.has(request.url ?? '') ? 500 : undefined);
  if (refused !== undefined) return [refused, { detail: 'refused' }];
  const accounts = world.accounts[String(request.headers['x-jms-org'])] ?? [];
  const page = (items: unknown[]): [number, unknown] => {
    const [limit, offset] = ['limit', 'offset'].map((name) => Number(url.searchParams.get(name)));
    if (!limit) return [200, items];
    return [
      200,
      { count: items.length, next: null, previous: null, results: items.slice(offset, (offset ?? 0) + limit) },
    ];
  };
  const listed = accounts.map(({ secret: _secret, passphrase: _passphrase, ...rest }) => ({
    ...rest,
    has_secret: true,
  }));
  if (url.pathname === '/api/v1/accounts/accounts/') return page(listed);
  const [, id, histories] = /^\/api\/v1\/accounts\/account-secrets\/([^/]+)\/(histories\/)?$/.exec(url.pathname) ?? [];
  const account = accounts.find((each) => each['id'] === id);
  if (account === undefined) return [404, { detail: 'Not found.' }];
  if (world.needsMfa) return [412, { code: 'mfa', detail: 'This action requires confirm current user' }];
  return histories === undefined ? [200, account] : page(world.histories[String(id)] ?? []);
}

// As drf-httpsig verifies: the headers that the client names, with at least the target and the date among them.
function isSigned(world: JumpServerWorld, request: IncomingMessage): boolean {
  const header = request.headers.authorization ?? '';
  const part = (name: string): string => new RegExp(`[ ,]${name}="([^"]*)"`).exec(header)?.[1] ?? '';
  const names = part('headers').split(' ');
  const isWhole = header.startsWith('Signature ') && ['(request-target)', 'date'].every((name) => names.includes(name));
  if (!isWhole || part('keyId') !== world.keyId || part('algorithm') !== 'hmac-sha256') return false;
  const lines = names.map((name) =>
    name === '(request-target)'
      ? `${name}: ${(request.method ?? '').toLowerCase()} ${request.url}`
      : `${name}: ${String(request.headers[name])}`,
  );
  const expected = createHmac('sha256', world.keySecret).update(lines.join('\n')).digest();
  const given = Buffer.from(part('signature'), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** An account as the server gives it. */
export const jumpServerAccount = (number: number, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  id: randomUUID(),
  name: `account ${number}`,
  username: `user${number}`,
  secret_type: { value: 'password', label: 'Password' },
  secret: `secret ${number}`,
  privileged: false,
  is_active: true,
  comment: '',
  date_created: '2026/01/01 08:00:00 +0000',
  date_updated: '2026/02/01 10:00:00 +0200',
  asset: {
    id: randomUUID(),
    name: `host${number}`,
    address: `10.0.0.${number}`,
    category: { value: 'host', label: 'Host' },
    type: { value: 'linux', label: 'Linux' },
    platform: { id: 1, name: 'Linux' },
  },
  ...changes,
});
