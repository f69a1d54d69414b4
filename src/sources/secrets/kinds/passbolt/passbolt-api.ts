// The calls of the Passbolt API that reading takes: sign-in by JWT with OpenPGP challenges, resources with their secrets, folders,
// metadata keys. Shapes: API reference and "Authentication" of Passbolt's documentation.
import { randomUUID } from 'node:crypto';
import { createMessage, encrypt, type PrivateKey, type PublicKey, readKey } from 'openpgp';
import { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import { Failure } from '../../../../base/failure.ts';
import { type HttpAnswer, type HttpClient, httpClient } from '../../http-client.ts';
import { openMessage } from './passbolt-keys.ts';

/** Where the server is, who signs in, and the key that the server must have. */
export interface PassboltSignIn {
  address: string;
  authority?: string | undefined;
  userId: string;
  serverFingerprint: string;
}

const text = z.string().nullish();
const resource = z.looseObject({
  id: z.string().min(1),
  name: text,
  username: text,
  uri: text,
  description: text,
  created: text,
  modified: text,
  expired: text,
  folder_parent_id: text,
  metadata: text,
  metadata_key_id: text,
  metadata_key_type: text,
  resource_type: z.looseObject({ slug: z.string() }).nullish(),
  secrets: z.array(z.looseObject({ data: z.string() })).nullish(),
});
const folder = z.looseObject({
  id: z.string(),
  name: text,
  folder_parent_id: text,
  metadata: text,
  metadata_key_id: text,
  metadata_key_type: text,
});
const metadataKey = z.looseObject({
  id: z.string(),
  metadata_private_keys: z.array(z.looseObject({ data: z.string() })).nullish(),
});

/** A resource as the server has it: its secret is sealed, and since version 5 its name as well. */
export type SealedResource = z.infer<typeof resource>;
/** A folder as the server has it. */
export type SealedFolder = z.infer<typeof folder>;
/** A key of metadata, sealed to the user. */
export type SealedMetadataKey = z.infer<typeof metadataKey>;

/** A signed-in session. Its token ends after minutes: sign in for every reading. */
export interface PassboltSession {
  resources(withSecrets: boolean, signal?: AbortSignal): Promise<SealedResource[]>;
  /** None where the server knows no folders. */
  folders(signal?: AbortSignal): Promise<SealedFolder[]>;
  /** None where the server seals no metadata. */
  metadataKeys(signal?: AbortSignal): Promise<SealedMetadataKey[]>;
}

/** Signs in. @throws Failure `secrets.untrusted`, `secrets.not-authorised` and those of the HTTP client. */
export async function openPassboltSession(
  signIn: PassboltSignIn,
  key: PrivateKey,
  clock: Clock,
  signal?: AbortSignal,
): Promise<PassboltSession> {
  const http = httpClient({ ...signIn, answerBytesMax: 512 * 1024 * 1024 });
  const token = await accessToken(http, signIn, key, clock, signal);
  const headers = { authorization: `Bearer ${token}` };
  const list = async <Item>(path: string, item: z.ZodType<Item>, mayMiss: boolean, stop?: AbortSignal) => {
    const answer = await http({ method: 'GET', path, headers, signal: stop });
    if (mayMiss && answer.status === 404) return [];
    return bodyOf(z.array(item), accepted(answer, path), path);
  };
  return {
    resources: (withSecrets, stop) =>
      list(
        `/resources.json?api-version=v2${withSecrets ? `&${contain('secret')}&${contain('resource-type')}` : ''}`,
        resource,
        false,
        stop,
      ),
    folders: (stop) => list('/folders.json?api-version=v2', folder, true, stop),
    metadataKeys: (stop) => list(`/metadata/keys.json?${contain('metadata_private_keys')}`, metadataKey, true, stop),
  };
}

const contain = (what: string): string => `${encodeURIComponent(`contain[${what}]`)}=1`;

// Both sides prove themselves: the server opens what only its key opens, and its answer is signed with that key.
async function accessToken(
  http: HttpClient,
  signIn: PassboltSignIn,
  key: PrivateKey,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<string> {
  const serverKey = await serverKeyOf(http, signIn, signal);
  const verifyToken = randomUUID();
  const challenge = {
    version: '1.0.0',
    domain: signIn.address.replace(/\/+$/, ''),
    verify_token: verifyToken,
    verify_token_expiry: Math.floor(clock.now().getTime() / 1000) + 120,
  };
  const sealed = await encrypt({
    message: await createMessage({ text: JSON.stringify(challenge) }),
    encryptionKeys: serverKey,
    signingKeys: key,
  });
  const path = '/auth/jwt/login.json';
  const answer = await http({ method: 'POST', path, body: { user_id: signIn.userId, challenge: sealed }, signal });
  if (answer.status >= 400 && answer.status < 404) throw notAuthorised(path, answer.status);
  const reply = bodyOf(z.looseObject({ challenge: z.string() }), accepted(answer, path), path);
  const shape = z.looseObject({ verify_token: z.literal(verifyToken), access_token: z.string().min(1) });
  const { success, data } = shape.safeParse(parsed(await openMessage(reply.challenge, key, serverKey)));
  if (!success) throw strange(path);
  return data.access_token;
}

async function serverKeyOf(http: HttpClient, signIn: PassboltSignIn, signal?: AbortSignal): Promise<PublicKey> {
  const path = '/auth/verify.json';
  const answer = accepted(await http({ method: 'GET', path, signal }), path);
  const { keydata } = bodyOf(z.looseObject({ keydata: z.string() }), answer, path);
  const key = await readKey({ armoredKey: keydata }).catch(() => undefined);
  const isPinned = key?.getFingerprint().toUpperCase() === signIn.serverFingerprint.replaceAll(/\s/g, '').toUpperCase();
  if (key !== undefined && isPinned) return key;
  throw new Failure('secrets.untrusted', {
    message: 'the Passbolt server has another OpenPGP key than the one in the settings',
    hint: 'If its key was really replaced, give the new fingerprint; ask the administrator by another way.',
  });
}

function accepted(answer: HttpAnswer, path: string): HttpAnswer {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  if (status === 401 || status === 403) throw notAuthorised(path, status);
  throw new Failure('secrets.refused', {
    message: `Passbolt refuses ${path.replace(/\?.*/, '')}: status ${status}`,
    hint: 'Check the address, and that JWT authentication is enabled there.',
    facts: { status },
  });
}

function notAuthorised(path: string, status: number): Failure {
  return new Failure('secrets.not-authorised', {
    message: `Passbolt does not let this user in at ${path.replace(/\?.*/, '')}`,
    hint: 'Check user id and key, and that no second factor is asked of this user: a program cannot give one.',
    facts: { status },
  });
}

function bodyOf<Body>(schema: z.ZodType<Body>, answer: HttpAnswer, path: string): Body {
  const { success, data } = z.looseObject({ body: schema }).safeParse(answer.json);
  if (success) return data.body;
  throw strange(path);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function strange(path: string): Failure {
  return new Failure('secrets.strange-answer', {
    message: `Passbolt answers ${path.replace(/\?.*/, '')} in a shape that Orbit does not know`,
    hint: 'Check that the address is that of Passbolt; if it is, report the versions of both.',
  });
}
