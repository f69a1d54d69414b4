// A server that answers as the documentation of senhasegura's A2A API says: token, list, value, SSH key, custody, error codes.
import { constants, publicEncrypt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What the server holds and how it behaves; tests change it while it runs. */
export interface A2aWorld {
  credentials: Record<string, Record<string, unknown>>;
  keys: Record<string, Record<string, unknown>>;
  information: Record<string, Record<string, unknown>>;
  /** Ids whose custody is taken. */
  held: Set<string>;
  /** `METHOD path` → error code, or a status below 1000. */
  refuse: Map<string, number>;
  /** Seals values with this public key in PEM and this hash. */
  seal?: { publicKey: string; hash: string };
  tokenSeconds: number;
  tokensGiven: number;
  calls: string[];
}

/** Starts it below `/tenant/PREFIX`. Client `orbit`, secret `s3cret&=+ ä`. */
export async function a2aServer(context: TestContext, prefix: string): Promise<{ address: string; world: A2aWorld }> {
  const world: A2aWorld = {
    credentials: {},
    keys: {},
    information: {},
    held: new Set(),
    refuse: new Map(),
    tokenSeconds: 3600,
    tokensGiven: 0,
    calls: [],
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { status, json } = answer(world, `/tenant/${prefix}/`, request, body);
      send(response, status, json);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tenant`, world };
}

interface Answer {
  status: number;
  json: unknown;
}

function answer(world: A2aWorld, base: string, request: IncomingMessage, body: string): Answer {
  const url = request.url ?? '';
  if (!url.startsWith(base)) return { status: 404, json: { message: 'no Route matched with those values' } };
  const path = decodeURIComponent(url.slice(base.length));
  world.calls.push(`${request.method} ${path}`);
  if (path === 'oauth2/token') return token(world, new URLSearchParams(body));
  if (request.headers.authorization !== `Bearer jwt-${world.tokensGiven}`) {
    return { status: 401, json: { error: 'invalid_token' } };
  }
  const refused = world.refuse.get(`${request.method} ${path}`);
  if (refused !== undefined) return refused < 1000 ? { status: refused, json: undefined } : fault(refused);
  if (path === 'pam/credential') return listed(world);
  const [, kind = '', id = ''] = /^pam\/(credential\/custody|credential|key|info)\/(.+)$/.exec(path) ?? [];
  if (kind === 'credential/custody' && request.method === 'DELETE') {
    world.held.delete(id);
    return found({}, 'Custody released');
  }
  if (kind === 'credential') return credential(world, id);
  if (kind === 'key')
    return world.keys[id] === undefined ? fault(1015) : found({ key: sealed(world, { id, ...world.keys[id] }) });
  if (kind === 'info') {
    return world.information[id] === undefined
      ? fault(1023)
      : found({ info: sealed(world, { id, ...world.information[id] }) });
  }
  return {
    status: 404,
    json: { code: 404, response: { status: 404, message: 'Resource sub not found', error: true } },
  };
}

function token(world: A2aWorld, form: URLSearchParams): Answer {
  const isRight =
    form.get('grant_type') === 'client_credentials' &&
    form.get('client_id') === 'orbit' &&
    form.get('client_secret') === 's3cret&=+ ä';
  if (!isRight) return { status: 401, json: { error: 'invalid_client', message: 'Client authentication failed' } };
  world.tokensGiven += 1;
  const json = { token_type: 'Bearer', expires_in: world.tokenSeconds, access_token: `jwt-${world.tokensGiven}` };
  return { status: 200, json };
}

function listed(world: A2aWorld): Answer {
  const item = (id: string, values: Record<string, unknown>, type: string): unknown => ({
    id,
    identifier: `id-${id}`,
    username: values['username'],
    expiration: values['expiration'] ?? null,
    change: '2020-11-17 16:14:35',
    view: new Date().toISOString(),
    hostname: values['hostname'] ?? '',
    management_ip: '172.10.20.30',
    type,
    type_code: '1',
    device_model: 'Example Product',
    device_type: 'Server',
    device_vendor: 'Example Vendor',
    automatic_change: '0',
    connectivity: '',
    connectivity_code: '',
  });
  const credentials = [
    ...Object.entries(world.credentials).map(([id, values]) => item(id, values, 'Local User')),
    ...Object.entries(world.keys).map(([id, values]) => item(id, values, 'SSH Key')),
  ];
  return found({ credentials }, `${credentials.length} credentials found`);
}

function credential(world: A2aWorld, id: string): Answer {
  const values = world.credentials[id];
  if (values === undefined) return fault(1007);
  if (values['inactive'] === true) return fault(1008);
  world.held.add(id);
  const item = {
    id,
    tag: `tag-${id}`,
    username: values['username'],
    password: values['password'],
    content: values['password'],
    hostname: values['hostname'] ?? '',
    parent_credential_cod: null,
    parent_credential: null,
    additional: values['additional'] ?? '',
    domain: '',
    ip: '172.10.10.90',
    port: '22',
    model: 'Ubuntu',
    expiration_time: new Date().toISOString(),
  };
  return found({ credential: sealed(world, item) }, `Credential ${id}`);
}

function sealed(world: A2aWorld, item: Record<string, unknown>): Record<string, unknown> {
  const { seal } = world;
  if (seal === undefined) return item;
  const close = (value: unknown): unknown => {
    if (typeof value !== 'string' || value === '') return value;
    const clear = Buffer.from(value, 'utf8');
    const blocks: Buffer[] = [];
    for (let at = 0; at < clear.length; at += 100) {
      const options = { key: seal.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: seal.hash };
      blocks.push(publicEncrypt(options, clear.subarray(at, at + 100)));
    }
    return Buffer.concat(blocks).toString('base64');
  };
  const secret = new Set(['password', 'content', 'private_key']);
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, secret.has(name) ? close(value) : value]),
  );
}

function found(payload: Record<string, unknown>, message = 'ok'): Answer {
  const response = {
    status: 200,
    message,
    error: false,
    error_code: 0,
    detail: '',
    mensagem: message,
    erro: false,
    cod_erro: 0,
  };
  return { status: 200, json: { code: 200, response, ...payload } };
}

function fault(code: number): Answer {
  const message = `${code}: as documented`;
  const response = {
    status: 400,
    message,
    error: true,
    error_code: 1,
    detail: '',
    mensagem: message,
    erro: true,
    cod_erro: 1,
  };
  return { status: 400, json: { code: 400, response, exception: { code, message, detail: null } } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(json === undefined ? undefined : JSON.stringify(json));
}
