// Who may pass: host, origin, cookie or token, scope. The cookie alone never changes anything for a page of another site.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findApiToken } from '../accounts/api-token.ts';
import { type Scope, roleFor, scopeFacts, scopesOf } from '../accounts/scope.ts';
import type { Account } from '../accounts/account.ts';
import { findSignIn, lifeMs } from '../accounts/sign-in.ts';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { Allow } from './route.ts';
import type { ApiSite, Caller } from './site.ts';

// RFC 6265bis section 4.1.3.2: with this prefix only the host itself, by TLS, can have set it.
const cookieName = (isTls: boolean): string => (isTls ? '__Host-orbit' : 'orbit');

/** Puts the token of a sign-in into the cookie, or takes it out. */
export function setSignInCookie(site: ApiSite, reply: FastifyReply, token: SecretString | undefined): void {
  const value = token?.reveal() ?? '';
  const ageSeconds = token === undefined ? 0 : Math.floor(lifeMs / 1000);
  const secure = site.isTls ? '; Secure' : '';
  reply.header(
    'set-cookie',
    `${cookieName(site.isTls)}=${value}; Path=/; Max-Age=${ageSeconds}; HttpOnly; SameSite=Strict${secure}`,
  );
}

/** Whoever sends this request, by bearer token or cookie; undefined for nobody. `isActive`: a person did something just now. */
export function callerOf(
  site: ApiSite,
  request: FastifyRequest,
  // The page says so itself when nobody has touched it: its own polling keeps no sign-in alive.
  isActive = request.headers['x-orbit-idle'] === undefined,
): Caller | undefined {
  const bearer = bearerOf(request);
  if (bearer !== undefined) {
    const token = findApiToken(site, new SecretString(bearer));
    if (token === undefined) return undefined;
    return { name: `token ${token.name}`, role: roleFor(token.scopes), scopes: token.scopes, owner: token.createdBy };
  }
  const cookie = cookieOf(request, cookieName(site.isTls));
  if (cookie === undefined) return undefined;
  const found = findSignIn(site, new SecretString(cookie), isActive);
  if (found === undefined) return undefined;
  const { account, signIn } = found;
  return { ...callerOfAccount(account), signInId: signIn.id };
}

/** The person of an account, who may do what their role may. */
export function callerOfAccount({ id, name, role }: Account): Caller {
  return { name, role, scopes: scopesOf(role), accountId: id };
}

/** @throws Failure `accounts.not-signed-in`, `api.not-for-tokens`, `api.not-allowed` unless the caller may do it. */
export function requireAllowed(caller: Caller | undefined, allow: Exclude<Allow, 'anyone'>): Caller {
  const known = requireCaller(caller);
  if (allow === 'account') {
    if (known.accountId !== undefined) return known;
    throw new Failure('api.not-for-tokens', {
      message: 'this belongs to the account of a person, and a token has none',
      hint: 'Sign in to the console.',
    });
  }
  const wanted = [allow].flat();
  if (wanted.some((scope) => known.scopes.includes(scope))) return known;
  const names = wanted.join(' or ');
  throw new Failure(
    'api.not-allowed',
    known.accountId === undefined
      ? {
          message: `${known.name} lacks the scope ${names}`,
          hint: 'An administrator makes a token that has it: orbit token add --scope.',
        }
      : {
          message: `${known.name} is ${known.role}; this needs ${rolesWith(wanted)} (${names})`,
          hint: 'Ask an administrator, or sign in with another account.',
        },
  );
}

/** @throws Failure `accounts.not-signed-in` for nobody. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (caller !== undefined) return caller;
  throw new Failure('accounts.not-signed-in', {
    message: 'nobody is signed in, or the sign-in has ended',
    hint: 'Sign in again. Programs send Authorization: Bearer with a token.',
  });
}

/**
 * Nobody gives others what they may not do themselves: who may make tokens and accounts is no administrator by that.
 * @throws Failure `accounts.more-than-own`.
 */
export function refuseMoreThanOwn(caller: Caller, given: readonly Scope[]): void {
  const lacking = given.filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length === 0) return;
  throw new Failure('accounts.more-than-own', {
    message: `${caller.name} may not do this and cannot allow it to others: ${lacking.join(', ')}`,
    hint: 'Ask for less, or let an administrator do it.',
  });
}

/** The roles that have one of the scopes, in words. */
export function rolesWith(scopes: readonly Scope[]): string {
  return [...new Set(scopes.flatMap((scope) => scopeFacts(scope).roles))].join(' or ');
}

/**
 * Refuses what another site's page made the browser send. Browsers say where a request comes from in Sec-Fetch-Site, older
 * ones in Origin; a request that changes something and says neither must carry a bearer token.
 * @throws Failure `api.foreign-site`.
 */
export function refuseForeignSite(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  // Whatever else stands in that header, the cookie would still count.
  if (bearerOf(request) !== undefined) return;
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isOwnOrigin = origin !== undefined && host !== undefined && origin === `${request.protocol}://${host}`;
  if (site === 'same-origin' || (site === undefined && isOwnOrigin)) return;
  throw new Failure('api.foreign-site', {
    message: 'this request does not come from the console',
    hint: 'Open the console itself. Programs send Authorization: Bearer with a token.',
  });
}

/**
 * Without TLS the service answers under names of this machine only, so that a page of another site cannot have its own
 * name point here (DNS rebinding). @throws Failure `api.foreign-host`.
 */
export function refuseForeignHost(site: ApiSite, request: FastifyRequest): void {
  if (site.isTls || isLoopbackName(hostName(request.headers.host ?? ''))) return;
  throw new Failure('api.foreign-host', {
    message: `this service does not answer under the name '${request.headers.host ?? ''}'`,
    hint: 'Use http://localhost and its port, through an SSH tunnel from elsewhere, or give the service a certificate.',
  });
}

/** True for names and addresses that never leave the machine. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);
}

/** The address the browser shows: what passkeys and ways back are bound to. */
export function addressOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.headers.host ?? ''}`;
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
}

/** A cookie of the request. */
export function cookieOf(request: FastifyRequest, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value !== undefined && value !== '') return value;
  }
  return undefined;
}
