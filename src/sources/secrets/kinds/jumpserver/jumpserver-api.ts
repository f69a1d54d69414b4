// The calls of JumpServer's API that reading accounts takes (API reference, "Accounts"), each signed with an access key:
// HTTP signatures (draft-cavage) with HMAC-SHA256 over the target, the accepted type and the date.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../../base/clock.ts';
import { Failure } from '../../../../base/failure.ts';
import type { SecretString } from '../../../../base/secret-string.ts';
import { type HttpAnswer, httpClient, pathPart } from '../../http-client.ts';

/** Where the server is, and with which access key. */
export interface JumpServerSignIn {
  address: string;
  authority?: string | undefined;
  keyId: string;
  keySecret: SecretString;
}

const text = z.string().nullish();
// A choice is `{value, label}`, and was a bare value in earlier versions.
const choice = z
  .union([z.string(), z.looseObject({ value: z.string() })])
  .nullish()
  .transform((given) => (typeof given === 'object' ? (given?.value ?? '') : (given ?? '')));
const account = z.looseObject({
  id: z.string().min(1),
  name: text,
  username: text,
  secret_type: choice,
  secret: text,
  passphrase: text,
  privileged: z.boolean().nullish(),
  is_active: z.boolean().nullish(),
  comment: text,
  // The account that one signs in with before switching to this one.
  su_from: z.looseObject({ name: text, username: text }).nullish(),
  date_created: text,
  date_updated: text,
  asset: z
    .looseObject({
      name: text,
      address: text,
      type: choice,
      category: choice,
      platform: z.looseObject({ name: text }).nullish(),
    })
    .nullish(),
});
const past = z.looseObject({ secret: text, secret_type: choice, history_date: text });

/** An account; `secret` only when it was asked for alone. */
export type JumpServerAccount = z.infer<typeof account>;
/** What an account's secret was. */
export type JumpServerPast = z.infer<typeof past>;

/** Calls in one organisation. */
export interface JumpServerSession {
  /** Every account, without its secret, page by page. */
  accounts(signal?: AbortSignal): AsyncIterable<JumpServerAccount>;
  account(id: string, signal?: AbortSignal): Promise<JumpServerAccount>;
  /** Earlier secrets, newest first. */
  history(id: string, signal?: AbortSignal): Promise<JumpServerPast[]>;
}

const pageSize = 100;
const accountsMax = 1_000_000;

/** A session in the organisation with this id. */
export function jumpServerSession(signIn: JumpServerSignIn, organisation: string, clock: Clock): JumpServerSession {
  const client = httpClient(signIn);
  const prefix = new URL(signIn.address).pathname.replace(/\/+$/, '');
  const get = async (path: string, signal?: AbortSignal): Promise<unknown> => {
    const date = clock.now().toUTCString();
    const headers = {
      accept: 'application/json',
      date,
      'x-jms-org': organisation,
      authorization: signature(signIn, `${prefix}${path}`, date),
    };
    return accepted(await client({ method: 'GET', path, headers, signal }), path).json;
  };
  async function* pages<Item>(path: string, item: z.ZodType<Item>, signal?: AbortSignal): AsyncGenerator<Item> {
    const page = z.union([
      z.looseObject({ count: z.number().int(), results: z.array(item) }),
      // Unpaged, as some calls answer.
      z.array(item).transform((results) => ({ count: results.length, results })),
    ]);
    for (let offset = 0; ; ) {
      const { count, results } = shaped(page, await get(`${path}?limit=${pageSize}&offset=${offset}`, signal), path);
      yield* results;
      offset += results.length;
      if (offset >= count) return;
      if (results.length === 0 || offset > accountsMax) throw strange(path);
    }
  }
  return {
    accounts: (signal) => pages('/api/v1/accounts/accounts/', account, signal),
    async account(id, signal) {
      const path = `/api/v1/accounts/account-secrets/${pathPart(id)}/`;
      return shaped(account, await get(path, signal), path);
    },
    history: (id, signal) =>
      Array.fromAsync(pages(`/api/v1/accounts/account-secrets/${pathPart(id)}/histories/`, past, signal)),
  };
}

function signature({ keyId, keySecret }: JumpServerSignIn, target: string, date: string): string {
  const signed = [`(request-target): get ${target}`, 'accept: application/json', `date: ${date}`].join('\n');
  const code = createHmac('sha256', keySecret.reveal()).update(signed).digest('base64');
  const parts = { keyId, algorithm: 'hmac-sha256', headers: '(request-target) accept date', signature: code };
  return `Signature ${Object.entries(parts)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}`;
}

function accepted(answer: HttpAnswer, path: string): HttpAnswer {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  const where = path.replace(/\?.*/, '');
  if (status === 412) {
    throw new Failure('secrets.not-authorised', {
      message: `JumpServer wants a person to confirm by second factor before ${where} is read`,
      hint: 'A program cannot: set SECURITY_VIEW_AUTH_NEED_MFA to false, or export by hand (docs/sources/secrets.md).',
      facts: { status },
    });
  }
  if (status === 401 || status === 403) {
    throw new Failure('secrets.not-authorised', {
      message: `JumpServer does not let this access key read ${where}`,
      hint: 'Check key id, secret, the addresses the key may come from, and the role: view account and view account secret.',
      facts: { status },
    });
  }
  throw new Failure('secrets.refused', {
    message: `JumpServer refuses ${where}: status ${status}`,
    hint: 'Check the address, and that the account is still there.',
    facts: { status },
  });
}

function shaped<Shape>(schema: z.ZodType<Shape>, json: unknown, path: string): Shape {
  const { success, data } = schema.safeParse(json);
  if (success) return data;
  throw strange(path);
}

function strange(path: string): Failure {
  return new Failure('secrets.strange-answer', {
    message: `JumpServer answers ${path} in a shape that Orbit does not know`,
    hint: 'Check that the address is that of JumpServer; if it is, report the versions of both.',
  });
}
