// The calls of the Bitwarden API that reading a vault takes: sign-in with a personal API key, prelogin, sync, attachments.
// Bitwarden, self-hosted Bitwarden and Vaultwarden answer them alike. No password, nor a hash of it, is ever sent.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../../../../base/failure.ts';
import type { SecretString } from '../../../../base/secret-string.ts';
import type { BitwardenKdf } from '../../bitwarden-crypto.ts';
import { type HttpAnswer, type HttpClient, httpClient, isSafeAddress, pathPart } from '../../http-client.ts';

/** Where the server is, and with which key of the account. */
export interface BitwardenSignIn {
  address: string;
  authority?: string | undefined;
  clientId: string;
  clientSecret: SecretString;
}

const name = z.string().nullish();
const cipher = z.looseObject({
  id: z.string().min(1),
  organizationId: name,
  key: name,
  name,
  deletedDate: name,
  attachments: z.array(z.looseObject({ id: z.string(), fileName: name, key: name })).nullish(),
});
const sync = z.looseObject({
  profile: z.looseObject({
    email: z.string().min(1),
    key: z.string(),
    privateKey: name,
    organizations: z.array(z.looseObject({ id: z.string(), name, key: name })).nullish(),
  }),
  folders: z.array(z.looseObject({ id: name, name })).nullish(),
  collections: z.array(z.looseObject({ id: name, organizationId: name, name })).nullish(),
  ciphers: z.array(cipher),
});
const prelogin = z.looseObject({
  kdf: z.number().int(),
  kdfIterations: z.number().int().min(1),
  kdfMemory: z.number().int().nullish(),
  kdfParallelism: z.number().int().nullish(),
});

/** An item as the server has it: its texts are sealed. */
export type SealedItem = z.infer<typeof cipher>;
/** A whole vault as the server has it. */
export type SealedVault = z.infer<typeof sync>;

/** A signed-in session. */
export interface BitwardenSession {
  /** Everything the account sees, sealed, of one moment. */
  sync(signal?: AbortSignal): Promise<SealedVault>;
  /** How the account's key is made of its master password. */
  kdf(email: string, signal?: AbortSignal): Promise<BitwardenKdf>;
  /** A sealed file. */
  attachment(itemId: string, attachmentId: string, signal?: AbortSignal): Promise<Buffer>;
}

// A server leaves out what it thinks a client of that version cannot show: SSH keys, for one that says nothing.
const client = { 'bitwarden-client-name': 'cli', 'bitwarden-client-version': '2026.1.0', 'device-type': '25' };
const answerBytesMax = 512 * 1024 * 1024;

/** Signs in. @throws Failure `secrets.not-authorised`, `secrets.refused`, and those of the HTTP client. */
export async function openBitwardenSession(signIn: BitwardenSignIn): Promise<BitwardenSession> {
  const http = httpClient({ address: signIn.address, authority: signIn.authority, answerBytesMax });
  const token = await signedIn(http, signIn);
  const headers = { ...client, authorization: `Bearer ${token.reveal()}` };
  const get = async (path: string, signal?: AbortSignal): Promise<unknown> =>
    accepted(await http({ method: 'GET', path, headers, signal }), path).json;
  return {
    sync: async (signal) => shaped(sync, await get('/api/sync?excludeDomains=true', signal), 'the sync'),
    async kdf(email, signal) {
      const path = '/identity/accounts/prelogin';
      const answer = await http({ method: 'POST', path, headers: client, body: { email }, signal });
      const { kdf: kdfType, ...rest } = shaped(prelogin, accepted(answer, path).json, 'the prelogin');
      return { kdfType, ...rest };
    },
    async attachment(itemId, attachmentId, signal) {
      const path = `/api/ciphers/${pathPart(itemId)}/attachment/${pathPart(attachmentId)}`;
      const { url } = shaped(z.looseObject({ url: z.string() }), await get(path, signal), 'an attachment');
      return await download(signIn, url, signal);
    },
  };
}

async function signedIn(http: HttpClient, { clientId, clientSecret }: BitwardenSignIn): Promise<{ reveal(): string }> {
  const path = '/identity/connect/token';
  const answer = await http({
    method: 'POST',
    path,
    headers: client,
    isForm: true,
    body: {
      grant_type: 'client_credentials',
      scope: 'api',
      client_id: clientId,
      client_secret: clientSecret.reveal(),
      deviceType: client['device-type'],
      // The same device in every run: the server tells people of new ones.
      deviceIdentifier: deviceId(clientId),
      deviceName: 'Orbit',
    },
  });
  if (answer.status === 400 || answer.status === 401) throw notAuthorised(answer.status);
  const { access_token: token } = shaped(
    z.looseObject({ access_token: z.string().min(1) }),
    accepted(answer, path).json,
    'the sign-in',
  );
  return { reveal: () => token };
}

// The address of a file carries its own permission and may be that of a storage service, so the session's token stays here.
async function download({ address, authority }: BitwardenSignIn, url: string, signal?: AbortSignal): Promise<Buffer> {
  if (!URL.canParse(url)) throw strange('an attachment');
  const { origin, pathname, search } = new URL(url);
  if (!isSafeAddress(origin)) throw strange('an attachment');
  const trusted = origin === new URL(address).origin ? { authority } : {};
  const http = httpClient({ address: origin, answerBytesMax, ...trusted });
  const answer = await http({ method: 'GET', path: pathname + search, isBinary: true, signal });
  return accepted(answer, 'a file').bytes ?? Buffer.alloc(0);
}

function accepted(answer: HttpAnswer, path: string): HttpAnswer {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  if (status === 401 || status === 403) throw notAuthorised(status);
  throw new Failure('secrets.refused', {
    message: `the Bitwarden server refuses ${path.replace(/\?.*/, '')}: status ${status}`,
    hint: 'Give the address of the web vault (https://vault.example), and check that the item is still there.',
    facts: { status },
  });
}

function notAuthorised(status: number): Failure {
  return new Failure('secrets.not-authorised', {
    message: 'the Bitwarden server does not accept the API key',
    hint: 'Take client id (user.…) and client secret from Settings › Security › Keys of the account; a new master password changes them.',
    facts: { status },
  });
}

function shaped<Shape>(schema: z.ZodType<Shape>, json: unknown, what: string): Shape {
  const { success, data } = schema.safeParse(json);
  if (success) return data;
  throw strange(what);
}

function strange(what: string): Failure {
  return new Failure('secrets.strange-answer', {
    message: `the Bitwarden server answers ${what} in a shape that Orbit does not know`,
    hint: 'Check that the address is that of the web vault; if it is, report the versions of both.',
  });
}

function deviceId(clientId: string): string {
  const hex = createHash('sha256').update(`orbit device ${clientId}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
