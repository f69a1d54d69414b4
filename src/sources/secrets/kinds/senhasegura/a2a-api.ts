// The calls of senhasegura's A2A API that reading credentials takes. Shapes: the vendor's documentation of "A2A - PAM Core",
// versions 3.32 to 4.0 (list credentials, access a credential, query an SSH key, release the custody, query information).
import { Failure } from '../../../../base/failure.ts';
import type { Clock } from '../../../../base/clock.ts';
import type { SecretString } from '../../../../base/secret-string.ts';
import { type HttpAnswer, type HttpClient, pathPart } from '../../http-client.ts';

/** How to sign in (OAuth 2.0 client credentials) and below which path the API lies. */
export interface A2aSignIn {
  /** `iso` until 3.33 and still answered by 4.0; `api` in the documentation of 4.0. */
  prefix: 'iso' | 'api';
  clientId: string;
  clientSecret: SecretString;
}

/** A JSON object of an answer, its values not looked at yet. */
export type A2aObject = Record<string, unknown>;

/** What the API says is wrong with one item. */
export type A2aRefusal = 'inactive' | 'refused';

/** An open session. Values come as the server sends them: in clear, or sealed to the application's key. */
export interface A2aSession {
  /** Everything the application was granted, SSH keys among it; no values. */
  credentials(): Promise<A2aObject[]>;
  /** One credential with its value. Takes custody of it: `releaseCustody` must follow, whatever happens. */
  credential(id: string): Promise<A2aObject>;
  sshKey(id: string): Promise<A2aObject>;
  information(id: string): Promise<A2aObject>;
  releaseCustody(id: string): Promise<void>;
}

const inactiveCodes = new Set([1008, 1017, 1024]);
// A token is renewed before it ends: a call under way must not meet its end.
const renewBeforeMs = 60_000;

/** Signs in. @throws Failure `secrets.not-authorised`, `secrets.refused`, `secrets.strange-answer`. */
export async function openA2aSession(client: HttpClient, signIn: A2aSignIn, clock: Clock): Promise<A2aSession> {
  let token = await freshToken(client, signIn, clock);
  const call = async (method: 'GET' | 'DELETE', path: string): Promise<A2aObject> => {
    if (clock.now().getTime() > token.renewAtMs) token = await freshToken(client, signIn, clock);
    const headers = { authorization: `Bearer ${token.value}` };
    return accepted(await client({ method, path: `/${signIn.prefix}/${path}`, headers }), path);
  };
  return {
    async credentials() {
      const { credentials } = await call('GET', 'pam/credential');
      if (!Array.isArray(credentials)) throw strange('pam/credential');
      return credentials.map((item) => object(item, 'pam/credential'));
    },
    credential: async (id) => itemOf(await call('GET', `pam/credential/${pathPart(id)}`), 'credential', id),
    sshKey: async (id) => itemOf(await call('GET', `pam/key/${pathPart(id)}`), 'key', id),
    information: async (id) => itemOf(await call('GET', `pam/info/${pathPart(id)}`), 'info', id),
    async releaseCustody(id) {
      await call('DELETE', `pam/credential/custody/${pathPart(id)}`);
    },
  };
}

/** What a refusal is about: `inactive` items have no value to give, everything else is a failure of the reading. */
export function refusalOf(failure: Failure): A2aRefusal {
  return inactiveCodes.has(Number(failure.facts['apiCode'])) ? 'inactive' : 'refused';
}

async function freshToken(
  client: HttpClient,
  signIn: A2aSignIn,
  clock: Clock,
): Promise<{ value: string; renewAtMs: number }> {
  const path = 'oauth2/token';
  const answer = await client({
    method: 'POST',
    path: `/${signIn.prefix}/${path}`,
    isForm: true,
    body: {
      grant_type: 'client_credentials',
      client_id: signIn.clientId,
      client_secret: signIn.clientSecret.reveal(),
    },
  });
  if ([400, 401, 403].includes(answer.status)) throw notAuthorised(path);
  const { access_token: value, expires_in: seconds } = accepted(answer, path);
  if (typeof value !== 'string') throw strange(path);
  const lifetimeMs = (Number(seconds) || 3600) * 1000;
  return { value, renewAtMs: clock.now().getTime() + Math.max(0, lifetimeMs - renewBeforeMs) };
}

function accepted(answer: HttpAnswer, path: string): A2aObject {
  if (answer.status === 401 || answer.status === 403) throw notAuthorised(path);
  const json: A2aObject = isObject(answer.json) ? answer.json : {};
  const response: A2aObject = isObject(json['response']) ? json['response'] : {};
  const isError =
    answer.status < 200 || answer.status >= 300 || response['error'] === true || response['erro'] === true;
  if (!isError) return object(answer.json, path);
  const code = apiCodeOf(json, response);
  throw new Failure('secrets.refused', {
    message: `senhasegura refuses ${path}: ${code === undefined ? `status ${answer.status}` : meaningOf(code)}`,
    hint: 'Check in A2A › Applications that the authorization includes this item and PAM Core (docs/sources/secrets.md).',
    facts: { status: answer.status, ...(code === undefined ? {} : { apiCode: code }) },
  });
}

// The code stands in `exception.code`, or only in front of the message: "1007: Credential not found".
function apiCodeOf(json: A2aObject, response: A2aObject): number | undefined {
  const exception: A2aObject = isObject(json['exception']) ? json['exception'] : {};
  const texts = [exception['code'], exception['message'], response['message'], response['mensagem']];
  for (const text of texts) {
    const code = /^\s*(1\d{3})\b/.exec(String(text ?? ''))?.[1];
    if (code !== undefined) return Number(code);
  }
  return undefined;
}

const meanings: Record<number, string> = {
  1007: 'credential not found, or not granted to this application',
  1008: 'the credential is inactive',
  1009: 'no access to the credential',
  1010: 'the item is no credential',
  1015: 'SSH key not found, or not granted to this application',
  1016: 'the item is no SSH key',
  1017: 'the SSH key is inactive',
  1023: 'information not found, or not granted to this application',
  1024: 'the information is inactive',
};

function meaningOf(code: number): string {
  return `${meanings[code] ?? 'an error'} (${code})`;
}

function itemOf(json: A2aObject, name: string, id: string): A2aObject {
  const item = object(json[name], `${name} ${id}`);
  // Another item's value under this one's name would be worse than none.
  if (String(item['id'] ?? id) !== id) throw strange(`${name} ${id}`);
  return item;
}

function isObject(value: unknown): value is A2aObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown, where: string): A2aObject {
  if (isObject(value)) return value;
  throw strange(where);
}

function notAuthorised(path: string): Failure {
  return new Failure('secrets.not-authorised', {
    message: `senhasegura does not accept this application for ${path}`,
    hint: 'Check client id and secret, the expiry of the authorization, and the addresses it may be used from.',
  });
}

function strange(where: string): Failure {
  return new Failure('secrets.strange-answer', {
    message: `senhasegura answers ${where} in a shape that Orbit does not know`,
    hint: 'Check the address and the prefix (iso or api); if both are right, report the versions of both.',
  });
}
