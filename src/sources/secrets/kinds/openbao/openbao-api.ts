// The calls of the OpenBao / HashiCorp Vault HTTP API that reading a KV store takes. Shapes: API documentation, "KV secrets
// engine - version 1 / version 2", "AppRole auth method", "/sys/internal/ui/mounts".
import { Failure } from '../../../../base/failure.ts';
import type { SecretString } from '../../../../base/secret-string.ts';
import { type HttpAnswer, type HttpClient, pathPart } from '../../http-client.ts';

/** How to sign in: a token, or a role id and a secret id at an AppRole mount. */
export type BaoSignIn =
  | { token: SecretString }
  | { roleId: string; secretId: SecretString; mount: string; namespace: string };

/** A KV mount. `path` has no slash at its end. */
export interface KvMount {
  namespace: string;
  path: string;
  version: 1 | 2;
}

/** One version of a KV v2 secret, without its value. */
export interface KvVersion {
  number: number;
  createdAt: Date;
  isDestroyed: boolean;
}

/** What KV v2 knows of a secret besides its values; versions oldest first. */
export interface KvMetadata {
  createdAt: Date;
  updatedAt: Date;
  currentVersion: number;
  custom: Record<string, string>;
  versions: KvVersion[];
}

/** An open session with the server. A path is its parts, in clear. */
export interface BaoSession {
  mounts(namespace: string): Promise<KvMount[]>;
  /** Names below a folder; those of folders end with a slash. Empty when there is no such folder. */
  list(mount: KvMount, path: string[]): Promise<string[]>;
  metadata(mount: KvMount, path: string[]): Promise<KvMetadata>;
  /** The values, or undefined when this version was deleted or destroyed. The newest without `version`. */
  values(mount: KvMount, path: string[], version?: number): Promise<Record<string, unknown> | undefined>;
  /** Ends the session; a token that Orbit got for itself is revoked. */
  close(): Promise<void>;
}

/**
 * Signs in. What the server refuses throws Failure `secrets.not-authorised` or `secrets.refused` with its status.
 */
export async function openBaoSession(client: HttpClient, signIn: BaoSignIn, signal?: AbortSignal): Promise<BaoSession> {
  const token = 'token' in signIn ? signIn.token.reveal() : await appRoleToken(client, signIn, signal);
  const call = async (method: 'GET' | 'POST', namespace: string, path: string): Promise<HttpAnswer> =>
    await client({ method, path: `/v1/${path}`, headers: headers(namespace, token), signal });
  const get = async (namespace: string, path: string): Promise<unknown> =>
    dataOf(accepted(await call('GET', namespace, path), path), path);
  return {
    async mounts(namespace) {
      const data = object(await get(namespace, 'sys/internal/ui/mounts'), 'mounts');
      return Object.entries(object(data['secret'] ?? {}, 'mounts')).flatMap(([path, mount]): KvMount[] => {
        const { type, options } = object(mount, 'mounts');
        if (type !== 'kv' && type !== 'generic') return [];
        const version = object(options ?? {}, 'mounts')['version'] === '2' ? 2 : 1;
        return [{ namespace, path: path.replace(/\/$/, ''), version }];
      });
    },
    async list(mount, path) {
      const folder = `${kvPath(mount, path, 'metadata')}/?list=true`;
      const answer = await call('GET', mount.namespace, folder);
      if (answer.status === 404) return [];
      const keys = object(dataOf(accepted(answer, folder), folder), folder)['keys'];
      if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) throw strange(folder);
      return keys;
    },
    async metadata(mount, path) {
      const where = kvPath(mount, path, 'metadata');
      return metadataOf(object(await get(mount.namespace, where), where), where);
    },
    async values(mount, path, version) {
      const where = kvPath(mount, path, 'data') + (version === undefined ? '' : `?version=${version}`);
      const answer = await call('GET', mount.namespace, where);
      // A deleted version answers 404 with its metadata; 404 without is a secret that went away.
      const isDeleted = answer.status === 404 && mount.version === 2 && hasMetadata(answer.json);
      if (isDeleted) return undefined;
      const data = object(dataOf(accepted(answer, where), where), where);
      if (mount.version === 1) return data;
      return data['data'] === null ? undefined : object(data['data'], where);
    },
    async close() {
      if ('token' in signIn) return;
      await call('POST', signIn.namespace, 'auth/token/revoke-self').catch(() => undefined);
    },
  };
}

async function appRoleToken(
  client: HttpClient,
  signIn: Exclude<BaoSignIn, { token: SecretString }>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = `auth/${signIn.mount.split('/').map(pathPart).join('/')}/login`;
  const answer = await client({
    method: 'POST',
    path: `/v1/${path}`,
    headers: headers(signIn.namespace, undefined),
    body: { role_id: signIn.roleId, secret_id: signIn.secretId.reveal() },
    signal,
  });
  if (answer.status === 400 || answer.status === 403) throw notAuthorised(path, answer.status);
  const token = object(object(accepted(answer, path).json, path)['auth'], path)['client_token'];
  if (typeof token !== 'string') throw strange(path);
  return token;
}

function headers(namespace: string, token: string | undefined): Record<string, string> {
  return {
    // A local proxy passes only requests that say they mean it.
    'x-vault-request': 'true',
    ...(namespace === '' ? {} : { 'x-vault-namespace': namespace }),
    ...(token === undefined ? {} : { 'x-vault-token': token }),
  };
}

function kvPath(mount: KvMount, path: string[], kind: 'data' | 'metadata'): string {
  const parts = [...mount.path.split('/'), ...(mount.version === 2 ? [kind] : []), ...path];
  return parts.map(pathPart).join('/');
}

function accepted(answer: HttpAnswer, path: string): HttpAnswer {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  if (status === 401 || status === 403) throw notAuthorised(path, status);
  const reason =
    status === 503
      ? 'it is sealed'
      : status >= 300 && status < 400
        ? 'it points to another server'
        : `status ${status}`;
  throw new Failure('secrets.refused', {
    message: `the vault refuses ${decodeURIComponent(path)}: ${reason}`,
    hint: 'Give the address of the active, unsealed server, and check that the path is still there.',
    facts: { status },
  });
}

function notAuthorised(path: string, status: number): Failure {
  return new Failure('secrets.not-authorised', {
    message: `the vault does not let this credential read ${decodeURIComponent(path)}`,
    hint: 'Check that it has not expired, and give its policy list and read there (docs/sources/secrets.md).',
    facts: { status },
  });
}

function metadataOf(data: Record<string, unknown>, where: string): KvMetadata {
  const versions = Object.entries(object(data['versions'] ?? {}, where)).map(([number, value]): KvVersion => {
    const { created_time: created, destroyed } = object(value, where);
    return {
      number: Number(number),
      createdAt: dateOf(created, where),
      isDestroyed: destroyed === true,
    };
  });
  const custom = Object.entries(object(data['custom_metadata'] ?? {}, where));
  return {
    createdAt: dateOf(data['created_time'], where),
    updatedAt: dateOf(data['updated_time'], where),
    currentVersion: Number(data['current_version']),
    custom: Object.fromEntries(custom.map(([name, value]) => [name, String(value)])),
    versions: versions.sort((one, other) => one.number - other.number),
  };
}

function hasMetadata(json: unknown): boolean {
  if (typeof json !== 'object' || json === null || !('data' in json)) return false;
  return typeof json.data === 'object' && json.data !== null && 'metadata' in json.data;
}

function dataOf(answer: HttpAnswer, where: string): unknown {
  return object(answer.json, where)['data'];
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw strange(where);
  return value as Record<string, unknown>;
}

function dateOf(value: unknown, where: string): Date {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) throw strange(where);
  return date;
}

function strange(where: string): Failure {
  return new Failure('secrets.strange-answer', {
    message: `the vault answers ${decodeURIComponent(where)} in a shape that Orbit does not know`,
    hint: 'Check that the address is that of the API; if it is, report the versions of both.',
  });
}
