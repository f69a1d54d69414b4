// Accounts and tokens, for administrators.
import { addAccount, findAccount, listAccounts, removeAccount } from '../../accounts/account.ts';
import { makeLink } from '../../accounts/account-link.ts';
import { addApiToken, listApiTokens, removeApiToken } from '../../accounts/api-token.ts';
import type { Account } from '../../accounts/account.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/accounts.ts';
import { nothing } from '../schemas/common.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about accounts and tokens. */
export const accountRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/accounts',
    allow: 'administrator',
    summary: 'All accounts',
    answer: schemas.accountList,
    handle: ({ site }) => ({ accounts: listAccounts(site.store) }),
  }),
  route({
    method: 'POST',
    path: '/accounts',
    allow: 'administrator',
    summary: 'Make an account; its password is set through the link that is given once',
    body: schemas.newAccount,
    answer: schemas.accountLink,
    subject: ({ name }) => name,
    handle({ site, caller, body }) {
      const account = addAccount(site, body.name, body.role);
      tellChange(site, caller, 'account added', account.name);
      return linkFor(site, account);
    },
  }),
  route({
    method: 'POST',
    path: '/accounts/{name}/link',
    allow: 'administrator',
    summary: 'A link by which the account gets a new password',
    answer: schemas.accountLink,
    handle({ site, caller, params }) {
      const account = findAccount(site.store, params['name'] ?? '');
      tellChange(site, caller, 'password link made', account.name);
      return linkFor(site, account);
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{name}',
    allow: 'administrator',
    summary: 'Remove an account and end its sign-ins',
    answer: nothing,
    handle({ site, caller, params }) {
      const account = removeAccount(site.store, params['name'] ?? '');
      tellChange(site, caller, 'account removed', account.name);
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/tokens',
    allow: 'administrator',
    summary: 'Tokens of programs',
    answer: schemas.tokenList,
    handle: ({ site }) => ({ tokens: listApiTokens(site) }),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    allow: 'administrator',
    summary: 'Make a token for a program; it is shown once',
    body: schemas.newToken,
    answer: schemas.madeToken,
    subject: ({ name }) => name,
    handle({ site, caller, body }) {
      const { name, role, expiresAt } = body;
      const expiry = expiresAt === undefined ? {} : { expiresAt };
      const { token, info } = addApiToken(site, { name, role, createdBy: caller.name, ...expiry });
      tellChange(site, caller, 'token made', name);
      const shown = token.reveal();
      return { token: shown, info };
    },
  }),
  route({
    method: 'DELETE',
    path: '/tokens/{name}',
    allow: 'administrator',
    summary: 'Remove a token',
    answer: nothing,
    handle({ site, caller, params }) {
      removeApiToken(site, params['name'] ?? '');
      tellChange(site, caller, 'token removed', params['name']);
      return {};
    },
  }),
];

function linkFor(site: ApiSite, account: Account) {
  const token = makeLink(site, account);
  return { account, link: `${site.origin}/setup#${token.reveal()}` };
}
