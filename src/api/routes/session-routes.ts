// Signing in and out, one-time links, one's own sign-ins and password.
import { accountOf, findAccount, setPassword } from '../../accounts/account.ts';
import { isSetUp, readLink, useLink } from '../../accounts/account-link.ts';
import { type Account } from '../../accounts/account.ts';
import { endSignIn, listSignIns, startSignIn } from '../../accounts/sign-in.ts';
import { orbitEvent } from '../../base/event.ts';
import { Failure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf, setSignInCookie } from '../guard.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/session.ts';
import type { ApiSite, Caller } from '../site.ts';

/** Routes about who is signed in. */
export const sessionRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/session',
    allow: 'anyone',
    summary: 'Who is signed in, and whether there is an account at all',
    answer: schemas.door,
    handle({ site, request }) {
      const caller = callerOf(site, request);
      return {
        isSetUp: isSetUp(site.store),
        version: site.version,
        ...(caller === undefined ? {} : { me: meOf(caller) }),
      };
    },
  }),
  route({
    method: 'POST',
    path: '/session',
    allow: 'anyone',
    summary: 'Sign in',
    body: schemas.credentials,
    answer: schemas.me,
    subject: ({ name }) => name.slice(0, 64),
    async handle({ site, body, request, reply }) {
      site.limit.check(request.ip, body.name);
      const account = await accountOf(site, body.name, new SecretString(body.password));
      if (account === undefined) {
        site.limit.refused(request.ip, body.name);
        const facts = { user: body.name, address: request.ip, reason: 'wrong name or password', method: 'password' };
        site.tell(orbitEvent('sign-in.failed', facts, site.clock.now()));
        throw new Failure('accounts.wrong-password', {
          message: 'there is no account with this name and password',
          hint: 'Look at the keyboard layout and Caps Lock. An administrator can make a link for a new password.',
        });
      }
      site.limit.succeeded(request.ip, body.name);
      return signIn(site, account, request, reply);
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    allow: 'auditor',
    summary: 'Sign out',
    answer: nothing,
    handle({ site, caller, reply }) {
      if (caller.signInId !== undefined) endSignIn(site, caller.signInId);
      setSignInCookie(site, reply, undefined);
      site.tell(orbitEvent('sign-in.ended', { user: caller.name, role: caller.role }, site.clock.now()));
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/links/read',
    allow: 'anyone',
    summary: 'What a one-time link is for',
    isAudited: false,
    body: schemas.linkQuestion,
    answer: schemas.linkAnswer,
    handle({ site, body }) {
      const account = readLink(site, new SecretString(body.token));
      return account === undefined ? {} : { account: account.name };
    },
  }),
  route({
    method: 'POST',
    path: '/links/use',
    allow: 'anyone',
    summary: 'Make the first account, or set the password of the one the link is for; signs in',
    body: schemas.linkUse,
    answer: schemas.me,
    async handle({ site, body, request, reply }) {
      const { name, password } = body;
      const account = await useLink(site, new SecretString(body.token), { name, password: new SecretString(password) });
      return signIn(site, account, request, reply);
    },
  }),
  route({
    method: 'GET',
    path: '/session/sign-ins',
    allow: 'auditor',
    summary: 'Where this account is signed in',
    answer: schemas.signIns,
    handle({ site, caller }) {
      const all = listSignIns(site, caller.accountId ?? '');
      return {
        signIns: all.map(({ id, createdAt, seenAt, address, agent }) => {
          return { id, createdAt, seenAt, address, agent, isThis: id === caller.signInId };
        }),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/session/sign-ins/{id}',
    allow: 'auditor',
    summary: 'End one of the sign-ins of this account',
    answer: nothing,
    handle({ site, caller, params }) {
      const own = listSignIns(site, caller.accountId ?? '').find(({ id }) => id === params['id']);
      if (own !== undefined) endSignIn(site, own.id);
      return {};
    },
  }),
  route({
    method: 'PUT',
    path: '/session/password',
    allow: 'auditor',
    summary: 'Change the password of this account; ends its other sign-ins',
    body: schemas.passwordChange,
    answer: schemas.me,
    async handle({ site, caller, body, request, reply }) {
      const account = findAccount(site.store, caller.accountId ?? '');
      site.limit.check(request.ip, account.name);
      if ((await accountOf(site, account.name, new SecretString(body.current))) === undefined) {
        site.limit.refused(request.ip, account.name);
        throw new Failure('accounts.current-password-wrong', {
          message: 'the current password is another one',
          hint: 'Type the password you signed in with. Nothing was changed.',
        });
      }
      await setPassword(site, account, new SecretString(body.next));
      return signIn(site, account, request, reply);
    },
  }),
];

function signIn(site: ApiSite, account: Account, request: FastifyRequest, reply: FastifyReply) {
  const from = { address: request.ip, agent: request.headers['user-agent'] ?? '' };
  setSignInCookie(site, reply, startSignIn(site, account, from));
  const facts = { user: account.name, address: request.ip, role: account.role, method: 'password' };
  site.tell(orbitEvent('sign-in.succeeded', facts, site.clock.now()));
  return meOf({ name: account.name, role: account.role, accountId: account.id });
}

function meOf({ name, role, accountId }: Caller) {
  return { name, role, via: accountId === undefined ? ('token' as const) : ('sign-in' as const) };
}
