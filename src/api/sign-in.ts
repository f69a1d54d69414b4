// What every way of signing in ends with, and what is done when one is refused.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Account, accountOf } from '../accounts/account.ts';
import { hasCodes, useCode } from '../accounts/one-time-code.ts';
import { startSignIn } from '../accounts/sign-in.ts';
import { orbitEvent } from '../base/event.ts';
import { Failure, isFailure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import { callerOfAccount, setSignInCookie } from './guard.ts';
import type { Me } from './schemas/session.ts';
import type { ApiSite, Caller } from './site.ts';

/** Gives the browser its cookie, and tells who signed in and how. */
export function signIn(
  site: ApiSite,
  account: Account,
  { request, reply, method }: { request: FastifyRequest; reply: FastifyReply; method: string },
): Me {
  const from = { address: request.ip, agent: request.headers['user-agent'] ?? '' };
  setSignInCookie(site, reply, startSignIn(site, account, from));
  const facts = { user: account.name, address: request.ip, role: account.role, method };
  site.tell(orbitEvent('sign-in.succeeded', facts, site.clock.now()));
  return meOf(callerOfAccount(account));
}

/** Who a caller is, for the page. */
export function meOf({ name, role, scopes, accountId }: Caller): Me {
  return { name, role, scopes: [...scopes], via: accountId === undefined ? 'token' : 'sign-in' };
}

/** Counts and tells a refused sign-in. */
export function tellRefused(
  site: ApiSite,
  request: FastifyRequest,
  { name, reason, method }: { name: string; reason: string; method: string },
): void {
  site.limit.refused(request.ip, name);
  const facts = { user: name === '' ? 'unknown' : name, address: request.ip, reason, method };
  site.tell(orbitEvent('sign-in.failed', facts, site.clock.now()));
}

/** The account of name and password, and of the one-time code where it has codes. @throws Failure `accounts.*`. */
export async function signInByPassword(
  site: ApiSite,
  request: FastifyRequest,
  given: { name: string; password: string; code?: string | undefined },
): Promise<Account> {
  const account = await site.limit.attempt(request.ip, given.name, () => provedAccount(site, request, given));
  site.limit.succeeded(request.ip, given.name);
  return account;
}

async function provedAccount(
  site: ApiSite,
  request: FastifyRequest,
  { name, password, code }: { name: string; password: string; code?: string | undefined },
): Promise<Account> {
  const account = await accountOf(site, name, new SecretString(password));
  if (account === undefined) {
    tellRefused(site, request, { name, reason: 'wrong name or password', method: 'password' });
    throw new Failure('accounts.wrong-password', {
      message: 'there is no account with this name and password',
      hint: 'Look at the keyboard layout and Caps Lock. An administrator can make a link for a new password.',
    });
  }
  refuseWithoutCode(site, request, account, code);
  return account;
}

/** @throws Failure `accounts.code-needed`, `accounts.wrong-code` where the account signs in with one-time codes. */
export function refuseWithoutCode(
  site: ApiSite,
  request: FastifyRequest,
  account: Account,
  code: string | undefined,
): void {
  if (!hasCodes(site, account)) return;
  if (code === undefined || code === '') {
    throw new Failure('accounts.code-needed', {
      message: 'this account signs in with a one-time code besides the password',
      hint: 'Type the six digits that the authenticator shows, or a recovery code.',
    });
  }
  try {
    useCode(site, account, code);
  } catch (error) {
    if (isFailure(error, 'accounts.wrong-code'))
      tellRefused(site, request, { name: account.name, reason: 'wrong one-time code', method: 'password' });
    throw error;
  }
}

/**
 * A sign-in that somebody else got hold of adds no way to sign in of theirs: whoever has a password proves it first.
 * @throws Failure `accounts.current-password-wrong`.
 */
export async function refuseUnproved(
  site: ApiSite,
  account: Account,
  password: string | undefined,
  request: FastifyRequest,
): Promise<void> {
  if (account.passwordSetAt !== undefined) await refuseWrongPassword(site, account, password ?? '', request);
}

/** @throws Failure `accounts.current-password-wrong`, counted like a refused sign-in. */
export async function refuseWrongPassword(
  site: ApiSite,
  account: Account,
  password: string,
  request: FastifyRequest,
): Promise<void> {
  await site.limit.attempt(request.ip, account.name, async () => {
    if ((await accountOf(site, account.name, new SecretString(password))) !== undefined) return;
    site.limit.refused(request.ip, account.name);
    throw new Failure('accounts.current-password-wrong', {
      message: 'the current password is another one',
      hint: 'Type the password you signed in with. Nothing was changed.',
    });
  });
}
