// Signing in at a mail server by OAuth 2 (RFC 6749): a fresh access token for each connection, handed over as XOAUTH2.
import { note } from '../../base/note.ts';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretString } from '../../base/secret-string.ts';
import type { DeliveryEvent } from '../channel.ts';
import { sendRequest } from '../http.ts';
import type { TlsConfig } from '../tls.ts';

/** How Orbit proves itself to the provider that gives out tokens. */
export interface OauthClient {
  tokenUrl: string;
  clientId: string;
  clientSecret?: SecretString | undefined;
  /** Absent: the client signs in for itself (client credentials). */
  refreshToken?: SecretString | undefined;
  scope?: string | undefined;
}

const tokenAnswer = z.object({ access_token: z.string().min(1).max(16_384) });

/** Asks for an access token. @throws Failure `notify.not-authorised`, and those of `sendRequest` */
export async function accessToken(
  client: OauthClient,
  tls: TlsConfig,
  operation: Operation<DeliveryEvent>,
): Promise<string> {
  const { refreshToken: refresh, clientSecret, scope } = client;
  const form = new URLSearchParams({
    client_id: client.clientId,
    ...(refresh === undefined
      ? { grant_type: 'client_credentials' }
      : { grant_type: 'refresh_token', refresh_token: refresh.reveal() }),
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret.reveal() }),
    ...(scope === undefined ? {} : { scope }),
  });
  const url = new URL(client.tokenUrl);
  const name = `the token service ${url.host}`;
  const text = await sendRequest(url, {
    ...(operation.signal === undefined ? {} : { signal: operation.signal }),
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    tls,
    name,
  });
  const answer = tokenAnswer.safeParse(parsed(text));
  if (answer.success) {
    operation.report?.({ type: 'step', note: note('channel.token-given', { server: name }) });
    return answer.data.access_token;
  }
  throw new Failure('notify.not-authorised', {
    message: `${name} answered without an access token`,
    hint: 'Check the token address, the client and its secret or refresh token.',
  });
}

/** The initial response of XOAUTH2. */
export function xoauth2(user: string, token: string): string {
  return Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString('base64');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
