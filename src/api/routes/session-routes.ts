// Signing in and out, one-time links, one's own sign-ins and password.
import { findAccount, refuseWeakAccountPassword, setPassword } from '../../accounts/account.ts';
import { isSetUp, readLink, useLink } from '../../accounts/account-link.ts';
import { hasCodes } from '../../accounts/one-time-code.ts';
import { shownProvider } from '../../accounts/provider.ts';
import { endSignIn, listSignIns } from '../../accounts/sign-in.ts';
import { orbitEvent } from '../../base/event.ts';
import { SecretString } from '../../base/secret-string.ts';
import { callerOf, setSignInCookie } from '../guard.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/session.ts';
import { meOf, refuseWithoutCode, refuseWrongPassword, signIn, signInByPassword } from '../sign-in.ts';

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
      const provider = shownProvider(site);
      return {
        isSetUp: isSetUp(site.store),
        version: site.version,
        ...(provider === undefined ? {} : { provider: String(provider['title']) }),
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
      const account = await signInByPassword(site, request, body);
      return signIn(site, account, { request, reply, method: 'password' });
    },
  }),
  route({
    method: 'DELETE',
    path: '/session',
    allow: 'account',
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
      return account === undefined ? {} : { account: account.name, needsCode: hasCodes(site, account) };
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
      const { name, code } = body;
      const token = new SecretString(body.token);
      const password = new SecretString(body.password);
      const known = readLink(site, token);
      if (known !== undefined) {
        // A code is used up by this: not for a password that would be refused.
        refuseWeakAccountPassword(password, known.name);
        await site.limit.attempt(request.ip, known.name, async () => refuseWithoutCode(site, request, known, code));
      }
      const account = await useLink(site, token, { name, password });
      return signIn(site, account, { request, reply, method: 'password' });
    },
  }),
  route({
    method: 'GET',
    path: '/session/sign-ins',
    allow: 'account',
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
    allow: 'account',
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
    allow: 'account',
    summary: 'Change the password of this account; ends its other sign-ins',
    body: schemas.passwordChange,
    answer: schemas.me,
    async handle({ site, caller, body, request, reply }) {
      const account = findAccount(site.store, caller.accountId ?? '');
      await refuseWrongPassword(site, account, body.current, request);
      await setPassword(site, account, new SecretString(body.next));
      return signIn(site, account, { request, reply, method: 'password' });
    },
  }),
];
