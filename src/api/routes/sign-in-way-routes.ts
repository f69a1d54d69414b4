// Ways to sign in besides the password: one-time codes, passkeys.
import { type Account, findAccount } from '../../accounts/account.ts';
import { beginCodes, confirmCodes, endCodes, hasCodes, recoveryCodesLeft } from '../../accounts/one-time-code.ts';
import {
  accountOfPasskey,
  addPasskey,
  askForPasskey,
  beginPasskey,
  listPasskeys,
  removePasskey,
} from '../../accounts/passkey.ts';
import { qrCodeSvg } from '../../breakglass/shares/qr-code.ts';
import { isFailure } from '../../base/failure.ts';
import { addressOf } from '../guard.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import { me } from '../schemas/session.ts';
import * as schemas from '../schemas/sign-in-ways.ts';
import { refuseUnproved, refuseWrongPassword, signIn, tellRefused } from '../sign-in.ts';
import type { ApiSite, Caller } from '../site.ts';

/** Routes about ways to sign in. */
export const signInWayRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/session/ways',
    allow: 'account',
    summary: 'How this account signs in besides the password',
    answer: schemas.signInWays,
    handle({ site, caller }) {
      const account = ownAccount(site, caller);
      return {
        codes: { isOn: hasCodes(site, account), recoveryCodesLeft: recoveryCodesLeft(site, account) },
        passkeys: listPasskeys(site, account.id),
        hasPassword: account.passwordSetAt !== undefined,
      };
    },
  }),
  route({
    method: 'POST',
    path: '/session/codes/begin',
    allow: 'account',
    summary: 'Begin with one-time codes: the secret for the authenticator, shown once',
    body: schemas.ownProof,
    answer: schemas.begunCodes,
    hasSecretAnswer: true,
    async handle({ site, caller, body, request }) {
      const account = ownAccount(site, caller);
      await refuseUnproved(site, account, body.password, request);
      const uri = beginCodes(site, account).reveal();
      return { uri, picture: `data:image/svg+xml;base64,${Buffer.from(qrCodeSvg(uri, 'otpauth')).toString('base64')}` };
    },
  }),
  route({
    method: 'POST',
    path: '/session/codes',
    allow: 'account',
    summary: 'Switch one-time codes on by a first right one; gives the recovery codes once',
    body: schemas.codeProof,
    answer: schemas.recoveryCodes,
    hasSecretAnswer: true,
    handle({ site, caller, body, request }) {
      const account = ownAccount(site, caller);
      site.limit.check(request.ip, account.name);
      try {
        return { recoveryCodes: confirmCodes(site, account, body.code).map((code) => code.reveal()) };
      } catch (error) {
        if (isFailure(error, 'accounts.wrong-code')) site.limit.refused(request.ip, account.name);
        throw error;
      }
    },
  }),
  route({
    method: 'POST',
    path: '/session/codes/end',
    allow: 'account',
    summary: 'Switch one-time codes off, with the password',
    body: schemas.passwordProof,
    answer: nothing,
    async handle({ site, caller, body, request }) {
      const account = ownAccount(site, caller);
      await refuseWrongPassword(site, account, body.password, request);
      endCodes(site, account);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/session/passkeys/begin',
    allow: 'account',
    summary: 'Options with which the browser makes a passkey',
    body: schemas.ownProof,
    answer: schemas.passkeyOptions,
    hasSecretAnswer: true,
    async handle({ site, caller, body, request }) {
      const account = ownAccount(site, caller);
      await refuseUnproved(site, account, body.password, request);
      return { options: { ...(await beginPasskey(site, account, addressOf(request))) } };
    },
  }),
  route({
    method: 'POST',
    path: '/session/passkeys',
    allow: 'account',
    summary: 'Keep the passkey that the browser made',
    body: schemas.newPasskey,
    answer: schemas.passkeyView,
    subject: ({ name }) => name,
    handle: ({ site, caller, body, request }) => addPasskey(site, ownAccount(site, caller), addressOf(request), body),
  }),
  route({
    method: 'DELETE',
    path: '/session/passkeys/{id}',
    allow: 'account',
    summary: 'Remove a passkey of this account',
    answer: nothing,
    handle({ site, caller, params }) {
      removePasskey(site, ownAccount(site, caller).id, params['id'] ?? '');
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/session/passkey/begin',
    allow: 'anyone',
    summary: 'Options with which the browser answers by a passkey',
    isAudited: false,
    answer: schemas.passkeyOptions,
    hasSecretAnswer: true,
    async handle({ site, request }) {
      return { options: { ...(await askForPasskey(site, addressOf(request), request.ip)) } };
    },
  }),
  route({
    method: 'POST',
    path: '/session/passkey',
    allow: 'anyone',
    summary: 'Sign in by a passkey',
    body: schemas.passkeyProof,
    answer: me,
    async handle({ site, body, request, reply }) {
      site.limit.check(request.ip, '');
      try {
        const account = await accountOfPasskey(site, addressOf(request), body.response);
        return signIn(site, account, { request, reply, method: 'passkey' });
      } catch (error) {
        if (!isFailure(error, 'accounts.passkey-refused')) throw error;
        tellRefused(site, request, { name: '', reason: error.message, method: 'passkey' });
        throw error;
      }
    },
  }),
];

/** The account behind a sign-in. @throws Failure `accounts.not-found` for a token, which has none. */
function ownAccount(site: ApiSite, caller: Caller): Account {
  return findAccount(site.store, caller.accountId ?? '');
}
