// Servers with one Bitwarden account: a real Vaultwarden where that program is installed, and a stand-in that answers as
// Vaultwarden was seen to (connect/token, prelogin, sync, attachments), for what a real one cannot be made to do.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type BitwardenAccount, derivedKey, sealDeep, sealFile, sealText } from './bitwarden-account.ts';
import { freePort, waitForPort } from './ports.ts';

/** An item in clear, as a client has it before sealing. */
export interface ClearItem {
  type: number;
  name: string;
  folder?: string;
  /** In the organisation's collection, sealed with its key. */
  isShared?: boolean;
  /** Sealed with a key of its own. */
  hasOwnKey?: boolean;
  isDeleted?: boolean;
  /** A stand-in's only. */
  isArchived?: boolean;
  files?: Record<string, string>;
  [part: string]: unknown;
}

/** A server that holds the account. */
export interface BitwardenServer {
  address: string;
  clientId: string;
  clientSecret: string;
}

/** What the stand-in can be made to do. */
export interface StandIn extends BitwardenServer {
  /** What was asked, `METHOD /path`, with the body where it is a form or JSON. */
  calls: { call: string; body: string; headers: IncomingMessage['headers'] }[];
  /** Its items as they lie sealed; change them as you like. */
  ciphers: Record<string, unknown>[];
  /** Calls to refuse, `METHOD /path`, with their status. */
  refuse: Map<string, number>;
}

const organisation = 'Ops team';
const collection = 'Network/Switches';

/** A running stand-in. */
export async function standInBitwarden(
  context: TestContext,
  account: BitwardenAccount,
  items: ClearItem[],
): Promise<StandIn> {
  const [userId, organisationId, collectionId, clientSecret] = [randomUUID(), randomUUID(), randomUUID(), 'a key'];
  const folderIds = new Map(items.flatMap(({ folder }) => (folder === undefined ? [] : [[folder, randomUUID()]])));
  const files = new Map<string, Buffer>();
  const ciphers = items.map((item): Record<string, unknown> => {
    const { sealed, key } = sealedItem(item, account);
    const id = randomUUID();
    const attachments = Object.entries(item.files ?? {}).map(([name, content]) => {
      const fileId = randomBytes(10).toString('hex');
      files.set(`/attachments/${id}/${fileId}`, sealFile(Buffer.from(content), derivedKey(name)));
      return { id: fileId, fileName: sealText(name, key), key: sealText(derivedKey(name), key), object: 'attachment' };
    });
    return {
      ...sealed,
      id,
      folderId: folderIds.get(item.folder ?? '') ?? null,
      organizationId: item.isShared === true ? organisationId : null,
      collectionIds: item.isShared === true ? [collectionId] : [],
      attachments: attachments.length === 0 ? null : attachments,
      creationDate: '2026-01-01T00:00:00.000000Z',
      revisionDate: '2026-02-01T00:00:00.000000Z',
      archivedDate: item.isArchived === true ? '2026-03-01T00:00:00.000000Z' : null,
      deletedDate: item.isDeleted === true ? '2026-03-01T00:00:00.000000Z' : null,
    };
  });
  const world: StandIn = {
    address: '',
    clientId: `user.${userId}`,
    clientSecret,
    calls: [],
    ciphers,
    refuse: new Map(),
  };
  const token = randomUUID();
  const sync = (version: string): unknown => ({
    profile: {
      id: userId,
      email: account.email,
      key: account.sealedKey,
      privateKey: account.sealedPrivateKey,
      organizations: [{ id: organisationId, name: organisation, key: account.sealedOrganisationKey, status: 2 }],
    },
    folders: [...folderIds].map(([name, id]) => ({ id, name: sealText(name, account.key), object: 'folder' })),
    collections: [
      { id: collectionId, organizationId: organisationId, name: sealText(collection, account.organisationKey) },
    ],
    // SSH keys are for clients of 2024.12 and later only.
    ciphers: ciphers.filter(({ type }) => type !== 5 || version >= '2024.12.0'),
    object: 'sync',
  });
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
      const call = `${request.method} ${pathname}`;
      world.calls.push({ call, body, headers: request.headers });
      const send = (status: number, json?: unknown): void =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      const refused = world.refuse.get(call);
      if (refused !== undefined) return send(refused, { message: 'refused' });
      if (call === 'POST /identity/connect/token') {
        const form = new URLSearchParams(body);
        const isRight =
          form.get('grant_type') === 'client_credentials' &&
          form.get('scope') === 'api' &&
          form.get('client_id') === world.clientId &&
          form.get('client_secret') === world.clientSecret &&
          ['deviceType', 'deviceIdentifier', 'deviceName'].every((name) => form.get(name));
        return isRight
          ? send(200, { access_token: token, expires_in: 7200, token_type: 'Bearer', scope: 'api' })
          : send(400, { error: '', error_description: '', ErrorModel: { Message: 'Incorrect client_secret' } });
      }
      if (call === 'POST /identity/accounts/prelogin') {
        return send(200, { kdfMemory: null, kdfParallelism: null, ...account.kdf });
      }
      const file = files.get(pathname);
      if (file !== undefined && searchParams.get('token') === 'once') return void response.end(file);
      if (request.headers.authorization !== `Bearer ${token}`) return send(401, { message: 'Unauthorized' });
      if (call === 'GET /api/sync') return send(200, sync(String(request.headers['bitwarden-client-version'] ?? '')));
      const [, id, fileId] = /^\/api\/ciphers\/([^/]+)\/attachment\/([^/]+)$/.exec(pathname) ?? [];
      if (id === undefined || !files.has(`/attachments/${id}/${fileId}`)) return send(404, { message: 'none' });
      send(200, { id: fileId, url: `${world.address}/attachments/${id}/${fileId}?token=once`, object: 'attachment' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  world.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return world;
}

/** A real Vaultwarden in this folder, with the account registered and its items saved as a client would. */
export async function realVaultwarden(
  context: TestContext,
  folder: string,
  account: BitwardenAccount,
  items: ClearItem[],
): Promise<BitwardenServer> {
  const address = await startVaultwarden(context, folder);
  const json = (body: unknown): RequestInit => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  let token = '';
  const call = async (method: string, path: string, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const headers = new Headers(init.headers);
    if (token !== '') headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(address + path, { method, ...init, headers });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const { email, passwordHash } = account;
  const keys = { publicKey: account.publicKey, encryptedPrivateKey: account.sealedPrivateKey };
  const registration = { email, name: 'x', masterPasswordHash: passwordHash, key: account.sealedKey, keys };
  await call('POST', '/identity/accounts/register', json({ ...registration, ...account.kdf }));
  const form = {
    grant_type: 'password',
    scope: 'api offline_access',
    client_id: 'cli',
    username: email,
    password: passwordHash,
    deviceType: '25',
    deviceIdentifier: randomUUID(),
    deviceName: 'test',
  };
  token = String((await call('POST', '/identity/connect/token', { body: new URLSearchParams(form) }))['access_token']);
  const profile = await call('GET', '/api/accounts/profile');
  const apiKey = await call('POST', '/api/accounts/api-key', json({ masterPasswordHash: passwordHash }));
  const team = await call(
    'POST',
    '/api/organizations',
    json({
      name: organisation,
      billingEmail: email,
      collectionName: sealText(collection, account.organisationKey),
      key: account.sealedOrganisationKey,
      planType: 0,
    }),
  );
  const collections = (await call('GET', `/api/organizations/${String(team['id'])}/collections`))['data'];
  const [{ id: collectionId }] = collections as [{ id: string }];
  const folderIds = new Map<string, unknown>();
  for (const { folder: name } of items) {
    if (name === undefined || folderIds.has(name)) continue;
    folderIds.set(name, (await call('POST', '/api/folders', json({ name: sealText(name, account.key) })))['id']);
  }
  for (const item of items) {
    const { sealed, key } = sealedItem(item, account);
    const cipher = { ...sealed, folderId: folderIds.get(item.folder ?? '') ?? null };
    const made =
      item.isShared === true
        ? await call(
            'POST',
            '/api/ciphers/create',
            json({ cipher: { ...cipher, organizationId: team['id'] }, collectionIds: [collectionId] }),
          )
        : await call('POST', '/api/ciphers', json(cipher));
    for (const [name, content] of Object.entries(item.files ?? {})) {
      const bytes = sealFile(Buffer.from(content), derivedKey(name));
      const request = { key: sealText(derivedKey(name), key), fileName: sealText(name, key), fileSize: bytes.length };
      const { attachmentId } = await call('POST', `/api/ciphers/${String(made['id'])}/attachment/v2`, json(request));
      const upload = new FormData();
      upload.append('data', new Blob([new Uint8Array(bytes)]), request.fileName);
      await call('POST', `/api/ciphers/${String(made['id'])}/attachment/${String(attachmentId)}`, { body: upload });
    }
    if (item.isDeleted === true) await call('PUT', `/api/ciphers/${String(made['id'])}/delete`);
  }
  return { address, clientId: `user.${String(profile['id'])}`, clientSecret: String(apiKey['apiKey']) };
}

async function startVaultwarden(context: TestContext, folder: string): Promise<string> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server: ChildProcess = spawn('vaultwarden', [], {
    cwd: folder,
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      DATA_FOLDER: folder,
      ROCKET_ADDRESS: '127.0.0.1',
      ROCKET_PORT: String(port),
      DOMAIN: address,
      WEB_VAULT_ENABLED: 'false',
      SIGNUPS_ALLOWED: 'true',
      LOGIN_RATELIMIT_MAX_BURST: '100',
    },
  });
  context.after(() => server.kill('SIGKILL'));
  await waitForPort(port);
  return address;
}

function sealedItem(item: ClearItem, account: BitwardenAccount): { sealed: Record<string, unknown>; key: Buffer } {
  const {
    type,
    folder: _folder,
    isShared,
    hasOwnKey,
    isDeleted: _isDeleted,
    isArchived: _isArchived,
    files: _files,
    ...parts
  } = item;
  const outer = isShared === true ? account.organisationKey : account.key;
  const key = hasOwnKey === true ? derivedKey(item.name) : outer;
  const sealed = sealDeep(parts, key) as Record<string, unknown>;
  return { sealed: { ...sealed, type, ...(hasOwnKey === true ? { key: sealText(key, outer) } : {}) }, key };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
