// Requests to the API of a site under test, as its console sends them.
import type { InjectOptions } from 'fastify';
import type { Role } from '../../src/accounts/role.ts';
import type { Problem } from '../../src/api/schemas/common.ts';
import type { ConsoleSite } from './console.ts';

/** What a browser says of a request that the console's own page sends. */
export const fromPage = { 'sec-fetch-site': 'same-origin', host: '127.0.0.1:7420' };

interface Answer<Body> {
  status: number;
  body: Body;
  headers: Record<string, unknown>;
}

/** Sends a request below `/api/v1` as somebody of this role, or as nobody. */
export async function callApi<Body = Problem>(
  site: ConsoleSite,
  role: Role | undefined,
  method: NonNullable<InjectOptions['method']>,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const cookie = role === undefined ? {} : { cookie: await site.cookieOf(role) };
  const answer = await site.server.inject({
    method,
    url: `/api/v1${path}`,
    headers: { ...fromPage, ...cookie, ...headers },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json<Body>(), headers: answer.headers };
}
