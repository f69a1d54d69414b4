// A server that answers as OpenBao does: KV 1 and 2, namespaces, policies, AppRole. Shapes and status codes were recorded from
// OpenBao 2; where that program is installed (`bao`), the same tests run against it as well.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { freePort } from './ports.ts';

/** A running server. `call` speaks to it with the root token unless told otherwise. */
export interface BaoServer {
  address: string;
  call(method: string, path: string, body?: unknown, namespace?: string): Promise<Record<string, unknown>>;
  /** What the server was asked, `METHOD /v1/path`, in order; empty for the real one. */
  calls: string[];
}

const rootToken = 'root';

function callerOf(address: string): BaoServer['call'] {
  return async (method, path, body, namespace = '') => {
    const response = await fetch(`${address}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': rootToken, 'x-vault-namespace': namespace },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
}

/** Starts the installed `bao` in memory, on loopback. */
export async function realBao(context: TestContext, home: string): Promise<BaoServer> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = spawn(
    'bao',
    [
      'server',
      '-dev',
      '-dev-no-store-token',
      `-dev-root-token-id=${rootToken}`,
      `-dev-listen-address=127.0.0.1:${port}`,
    ],
    { env: { PATH: process.env['PATH'], HOME: home }, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  context.after(() => server.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    server.on('exit', () => reject(new Error(`bao ended: ${said}`)));
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('Root Token')) resolve();
    });
  });
  return { address, call: callerOf(address), calls: [] };
}

interface Version {
  data: unknown;
  created: string;
  deleted: string;
  destroyed: boolean;
}

interface Namespace {
  mounts: Map<string, { type: string; version: string }>;
  v1: Map<string, unknown>;
  v2: Map<string, { versions: Version[]; custom: unknown; created: string; updated: string }>;
}

interface World {
  namespaces: Map<string, Namespace>;
  policies: Map<string, { pattern: RegExp; capabilities: string[] }[]>;
  tokens: Map<string, string[]>;
  roles: Map<string, { policies: string[]; roleId: string; secretIds: string[] }>;
}

interface Answer {
  status: number;
  json?: unknown;
}

/** Starts the stand-in. */
export async function fakeBao(context: TestContext): Promise<BaoServer> {
  const calls: string[] = [];
  const world: World = {
    namespaces: new Map([
      ['', { mounts: new Map([['secret/', { type: 'kv', version: '2' }]]), v1: new Map(), v2: new Map() }],
    ]),
    policies: new Map([['root', [{ pattern: /^/, capabilities: ['read', 'list', 'update', 'delete'] }]]]),
    tokens: new Map([[rootToken, ['root']]]),
    roles: new Map(),
  };
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    void readJson(request).then((body) => send(response, answer(world, request, body)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, call: callerOf(address), calls };
}

function answer(world: World, request: IncomingMessage, body: Record<string, unknown>): Answer {
  const url = new URL(request.url ?? '', 'http://x');
  const path = decodeURIComponent(url.pathname.replace(/^\/v1\//, ''));
  const isList = url.searchParams.get('list') === 'true';
  const method = request.method ?? '';
  const name = String(request.headers['x-vault-namespace'] ?? '').replace(/\/$/, '');
  if (/^auth\/[^/]+\/login$/.test(path)) return login(world, body);
  const token = String(request.headers['x-vault-token'] ?? '');
  const policies = world.tokens.get(token);
  if (policies === undefined) return denied;
  if (path === 'auth/token/revoke-self') {
    world.tokens.delete(token);
    return { status: 204 };
  }
  const need = isList ? 'list' : method === 'GET' ? 'read' : method === 'DELETE' ? 'delete' : 'update';
  const wanted = name === '' ? path : `${name}/${path}`;
  const rules = policies.flatMap((policy) => world.policies.get(policy) ?? []);
  const may = rules.some((rule) => rule.pattern.test(wanted) && rule.capabilities.includes(need));
  const space = world.namespaces.get(name);
  if (path === 'sys/internal/ui/mounts' && space !== undefined) return mountsOf(space, rules, name);
  if (!may || space === undefined) return denied;
  if (method !== 'GET') return change(world, space, method, path, body);
  return read(world, space, path, isList, url);
}

const denied: Answer = { status: 403, json: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } };
const nothing: Answer = { status: 404, json: { errors: [] } };
const found = (data: unknown, status = 200): Answer => ({
  status,
  json: {
    request_id: randomUUID(),
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data,
    wrap_info: null,
    auth: null,
  },
});

// A mount is shown when some rule reaches below it.
function mountsOf(space: Namespace, rules: { pattern: RegExp }[], name: string): Answer {
  const prefix = name === '' ? '' : `${name}/`;
  const isSeen = (mount: string): boolean =>
    rules.some((rule) => {
      const source = rule.pattern.source.replace(/^\^/, '').replaceAll('\\/', '/');
      return source === '' || source.startsWith(prefix + mount);
    });
  const shown = [...space.mounts].filter(([mount]) => isSeen(mount));
  return found({
    auth: {},
    secret: Object.fromEntries(
      shown.map(([mount, { type, version }]) => [mount, { type, options: version === '' ? null : { version } }]),
    ),
  });
}

function login(world: World, body: Record<string, unknown>): Answer {
  const role = [...world.roles.values()].find((each) => each.roleId === body['role_id']);
  if (role === undefined || !role.secretIds.includes(String(body['secret_id']))) {
    return { status: 400, json: { errors: ['invalid role or secret ID'] } };
  }
  const token = `s.${randomUUID()}`;
  world.tokens.set(token, role.policies);
  return { status: 200, json: { data: null, auth: { client_token: token, lease_duration: 3600, renewable: true } } };
}

function read(world: World, space: Namespace, path: string, isList: boolean, url: URL): Answer {
  const role = /^auth\/approle\/role\/([^/]+)\/role-id$/.exec(path);
  if (role !== null) return found({ role_id: world.roles.get(role[1] ?? '')?.roleId });
  const mount = [...space.mounts.keys()].find((each) => path.startsWith(each)) ?? '';
  const isV2 = space.mounts.get(mount)?.version === '2';
  const [, kind = '', rest = ''] = isV2 ? (/^(data|metadata)\/?(.*)$/.exec(path.slice(mount.length)) ?? []) : [];
  const within = isV2 ? rest : path.slice(mount.length);
  if (isList) {
    const below = [...(isV2 ? space.v2 : space.v1).keys()]
      .filter((key) => key.startsWith(mount + within))
      .map((key) => key.slice((mount + within).length).replace(/^([^/]*\/).*$/, '$1'));
    return below.length === 0 ? nothing : found({ keys: [...new Set(below)].sort() });
  }
  if (!isV2) {
    const values = space.v1.get(mount + within);
    return values === undefined ? nothing : found(values);
  }
  const secret = space.v2.get(mount + within);
  if (secret === undefined) return nothing;
  if (kind === 'metadata') {
    const versions = secret.versions.map((version, index) => [
      String(index + 1),
      { created_time: version.created, deletion_time: version.deleted, destroyed: version.destroyed },
    ]);
    return found({
      cas_required: false,
      created_time: secret.created,
      current_version: versions.length,
      custom_metadata: secret.custom,
      delete_version_after: '0s',
      max_versions: 0,
      oldest_version: 0,
      updated_time: secret.updated,
      versions: Object.fromEntries(versions),
    });
  }
  const number = Number(url.searchParams.get('version') ?? 0) || secret.versions.length;
  const version = secret.versions[number - 1];
  if (version === undefined) return nothing;
  const isGone = version.destroyed || version.deleted !== '';
  const metadata = {
    created_time: version.created,
    custom_metadata: secret.custom,
    deletion_time: version.deleted,
    destroyed: version.destroyed,
    version: number,
  };
  return found({ data: isGone ? null : version.data, metadata }, isGone ? 404 : 200);
}

function change(world: World, space: Namespace, method: string, path: string, body: Record<string, unknown>): Answer {
  const now = new Date().toISOString();
  const at = (pattern: RegExp): string | undefined => pattern.exec(path)?.[1];
  const mountName = at(/^sys\/mounts\/(.+)$/);
  const policy = at(/^sys\/policies\/acl\/(.+)$/);
  const role = at(/^auth\/approle\/role\/([^/]+)$/);
  const secretIdOf = at(/^auth\/approle\/role\/([^/]+)\/secret-id$/);
  const namespace = at(/^sys\/namespaces\/(.+)$/);
  if (mountName !== undefined) {
    const options = body['options'] as { version?: string } | undefined;
    space.mounts.set(`${mountName}/`, { type: String(body['type']), version: options?.version ?? '' });
  } else if (policy !== undefined) world.policies.set(policy, rulesOf(String(body['policy'])));
  else if (role !== undefined) {
    const policies = body['token_policies'] as string[];
    world.roles.set(role, { policies, roleId: randomUUID(), secretIds: [] });
  } else if (secretIdOf !== undefined) {
    const secretId = randomUUID();
    world.roles.get(secretIdOf)?.secretIds.push(secretId);
    return found({ secret_id: secretId });
  } else if (namespace !== undefined) {
    world.namespaces.set(namespace, { mounts: new Map(), v1: new Map(), v2: new Map() });
  } else if (path === 'auth/token/create') {
    const token = `s.${randomUUID()}`;
    world.tokens.set(token, body['policies'] as string[]);
    return { status: 200, json: { data: null, auth: { client_token: token } } };
  } else if (!path.startsWith('sys/auth/')) return changeKv(space, method, path, body, now);
  return { status: 204 };
}

function changeKv(space: Namespace, method: string, path: string, body: Record<string, unknown>, now: string): Answer {
  const mount = [...space.mounts.keys()].find((each) => path.startsWith(each));
  if (mount === undefined) return nothing;
  if (space.mounts.get(mount)?.version !== '2') {
    space.v1.set(path, body);
    return { status: 204 };
  }
  const [, kind = '', rest = ''] = /^(data|metadata|destroy)\/(.*)$/.exec(path.slice(mount.length)) ?? [];
  const secret = space.v2.get(mount + rest) ?? { versions: [], custom: null, created: now, updated: now };
  const newest = secret.versions.at(-1);
  if (kind === 'metadata' && method !== 'DELETE') secret.custom = body['custom_metadata'];
  else if (kind === 'destroy') for (const number of body['versions'] as number[]) destroy(secret.versions[number - 1]);
  else if (method === 'DELETE' && kind === 'metadata') return space.v2.delete(mount + rest) ? { status: 204 } : nothing;
  else if (method === 'DELETE' && newest !== undefined) newest.deleted = now;
  else {
    secret.versions.push({ data: body['data'], created: now, deleted: '', destroyed: false });
    secret.updated = now;
  }
  space.v2.set(mount + rest, secret);
  return found({});
}

function destroy(version: Version | undefined): void {
  if (version === undefined) return;
  version.destroyed = true;
  version.data = undefined;
}

// path "secret/data/*" { capabilities = ["read"] }: a star at the end takes everything, a plus one part.
function rulesOf(policy: string): { pattern: RegExp; capabilities: string[] }[] {
  return [...policy.matchAll(/path\s+"([^"]+)"\s*{\s*capabilities\s*=\s*\[([^\]]*)\]\s*}/g)].map(
    ([, path = '', list = '']) => {
      const escaped = path.replace(/[.?()[\]{}^$|\\]/g, '\\$&').replaceAll('+', '[^/]+');
      return {
        pattern: new RegExp(`^${escaped.endsWith('*') ? escaped.slice(0, -1) : `${escaped}$`}`),
        capabilities: [...list.matchAll(/"([a-z]+)"/g)].map(([, capability = '']) => capability),
      };
    },
  );
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function send(response: ServerResponse, { status, json }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}
