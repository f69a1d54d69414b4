// A server that answers as Passbolt's documentation and API reference say, with stock gpg as its OpenPGP: it opens and verifies the
// challenge, signs and seals its answer, and holds messages that gpg sealed to the user. The real one was not run.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';

/** What the server holds and does. */
export interface PassboltWorld {
  address: string;
  userId: string;
  /** The user's private key, armored, under the passphrase. */
  privateKey: string;
  passphrase: string;
  serverFingerprint: string;
  resources: Record<string, unknown>[];
  folders: Record<string, unknown>[];
  metadataKeys: Record<string, unknown>[];
  /** Status to answer, by path without its query. */
  refuse: Map<string, number>;
  /** Another sign-in answers with this instead of the token that was sent. */
  replaceVerifyToken?: string;
  stop(): Promise<void>;
  /** A text sealed to the user by gpg. */
  seal(text: string): Promise<string>;
  /** A key shared for metadata: its id, and how to seal to it. */
  shareMetadataKey(): Promise<{ id: string; seal(text: string): Promise<string> }>;
}

const passphrase = 'a phrase: with "signs" ü';

/** Starts one, with keys and messages of gpg's own. Whoever starts it stops it, in `after`. */
export async function passboltServer(): Promise<PassboltWorld> {
  const home = await mkdtemp(join(tmpdir(), 'orbit-gnupg-'));
  const gpg = async (args: string[], input = ''): Promise<string> => {
    const always = [
      '--homedir',
      home,
      '--batch',
      '--yes',
      '--quiet',
      '--trust-model',
      'always',
      '--pinentry-mode',
      'loopback',
    ];
    const { exitCode, stdout, stderr } = await runProgram('gpg', [...always, ...args], { input });
    if (exitCode !== 0) throw new Error(`gpg ${args.join(' ')}: ${stderr}`);
    return stdout.toString('utf8');
  };
  const make = async (name: string, secret: string): Promise<string> => {
    await gpg(['--passphrase', secret, '--quick-generate-key', name, 'future-default', 'default', 'never']);
    return /fpr:+([0-9A-F]{40}):/.exec(await gpg(['--with-colons', '--list-keys', name]))?.[1] ?? '';
  };
  const serverFingerprint = await make('server@example.org', '');
  const userFingerprint = await make('user@example.org', passphrase);
  const sealTo = (recipient: string) => (text: string) => gpg(['--armor', '--recipient', recipient, '--encrypt'], text);
  const world: PassboltWorld = {
    address: '',
    userId: randomUUID(),
    privateKey: await gpg(['--passphrase', passphrase, '--armor', '--export-secret-keys', userFingerprint]),
    passphrase,
    serverFingerprint,
    resources: [],
    folders: [],
    metadataKeys: [],
    refuse: new Map(),
    seal: sealTo(userFingerprint),
    async stop() {
      server.close();
      await runProgram('gpgconf', ['--homedir', home, '--kill', 'all']);
      await rm(home, { recursive: true, force: true, maxRetries: 3 });
    },
    async shareMetadataKey() {
      const id = randomUUID();
      const fingerprint = await make(`metadata-${id}`, '');
      const armored = await gpg(['--passphrase', '', '--armor', '--export-secret-keys', fingerprint]);
      const key = { object_type: 'PASSBOLT_METADATA_PRIVATE_KEY', fingerprint, armored_key: armored, passphrase: '' };
      const data = await world.seal(JSON.stringify(key));
      world.metadataKeys.push({ id, fingerprint, metadata_private_keys: [{ metadata_key_id: id, data }] });
      return { id, seal: sealTo(fingerprint) };
    },
  };
  const keydata = await gpg(['--armor', '--export', serverFingerprint]);
  const token = randomUUID();

  async function answer(request: IncomingMessage): Promise<[number, unknown]> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    const refused = world.refuse.get(pathname);
    if (refused !== undefined) return [refused, 'refused'];
    if (pathname === '/auth/verify.json') return [200, { fingerprint: serverFingerprint, keydata }];
    if (pathname === '/auth/jwt/login.json')
      return await login(JSON.parse(await bodyOf(request)) as Record<string, string>);
    if (request.headers.authorization !== `Bearer ${token}`) return [401, 'Authentication is required to continue'];
    if (pathname === '/resources.json') {
      const withSecrets = searchParams.get('contain[secret]') === '1';
      return [200, world.resources.map(({ secrets, ...rest }) => (withSecrets ? { ...rest, secrets } : rest))];
    }
    if (pathname === '/folders.json') return [200, world.folders];
    if (pathname === '/metadata/keys.json')
      return world.metadataKeys.length > 0 ? [200, world.metadataKeys] : [404, ''];
    return [404, ''];
  }

  // The challenge must be sealed to the server and signed by the user; the answer is signed by the server.
  async function login(body: Record<string, string>): Promise<[number, unknown]> {
    const status: string[] = [];
    const opened = await runProgram('gpg', ['--homedir', home, '--batch', '--quiet', '--status-fd', '2', '--decrypt'], {
      input: body['challenge'] ?? '',
    });
    status.push(opened.stderr);
    const isSigned = opened.exitCode === 0 && status.join('').includes(`VALIDSIG ${userFingerprint}`);
    if (!isSigned || body['user_id'] !== world.userId)
      return [400, 'The user does not exist or the challenge is wrong.'];
    const challenge = JSON.parse(opened.stdout.toString('utf8')) as Record<string, unknown>;
    const isFresh = Number(challenge['verify_token_expiry']) > Date.now() / 1000;
    if (challenge['version'] !== '1.0.0' || challenge['domain'] !== world.address || !isFresh) return [400, 'no'];
    const reply = JSON.stringify({
      version: '1.0.0',
      domain: world.address,
      verify_token: world.replaceVerifyToken ?? challenge['verify_token'],
      access_token: token,
      refresh_token: randomUUID(),
    });
    const sign = ['--local-user', serverFingerprint, '--recipient', userFingerprint, '--armor', '--sign', '--encrypt'];
    return [200, { challenge: await gpg(sign, reply) }];
  }

  const server = createServer((request, response) => {
    void answer(request).then(([code, body]) => {
      const header = { status: code < 400 ? 'success' : 'error', code, message: '' };
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ header, body }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return world;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** A resource of the kind `slug` whose secret gpg sealed to the user. */
export async function passboltResource(
  world: Pick<PassboltWorld, 'seal'>,
  slug: string,
  secret: unknown,
  changes: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  return {
    id: randomUUID(),
    name: slug,
    username: 'user',
    uri: 'https://host',
    description: null,
    created: '2026-01-01T00:00:00+00:00',
    modified: '2026-02-01T00:00:00+00:00',
    expired: null,
    folder_parent_id: null,
    resource_type: { id: randomUUID(), slug },
    secrets: [{ data: await world.seal(typeof secret === 'string' ? secret : JSON.stringify(secret)) }],
    ...changes,
  };
}
