// Accounts and tokens, for administrators.
import { requireAdministratorApproval } from '../../accounts/administrator-approval.ts';
import { addAccount, changeRole, findAccount, listAccounts, removeAccount } from '../../accounts/account.ts';
import { makeLink } from '../../accounts/account-link.ts';
import { type ApiToken, addApiToken, listApiTokens, removeApiToken } from '../../accounts/api-token.ts';
import { forgetWays } from '../../accounts/forget-ways.ts';
import { leastScopes, readScopes, roleFor, scopeFacts, scopes, scopesOf } from '../../accounts/scope.ts';
import { endSignIn, listSignIns } from '../../accounts/sign-in.ts';
import type { Account } from '../../accounts/account.ts';
import { refuseMoreThanOwn } from '../guard.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/accounts.ts';
import { nothing } from '../schemas/common.ts';
import { allSignIns } from '../schemas/sign-in-ways.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about accounts and tokens. */
export const accountRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/accounts',
    allow: 'accounts:read',
    summary: 'All accounts',
    answer: schemas.accountList,
    handle: ({ site }) => ({ accounts: listAccounts(site.store) }),
  }),
  route({
    method: 'POST',
    path: '/accounts',
    allow: 'accounts:write',
    summary: 'Make an account; its password is set through the link that is given once',
    body: schemas.newAccount,
    answer: schemas.accountLink,
    hasSecretAnswer: true,
    subject: ({ name }) => name,
    handle({ site, caller, body, request }) {
      refuseMoreThanOwn(caller, scopesOf(body.role));
      requireAdministratorApproval(site, { what: 'add', ...body }, personOf(caller, request));
      const account = addAccount(site, body.name, body.role);
      tellChange(site, caller, 'account added', account.name);
      return linkFor(site, account);
    },
  }),
  route({
    method: 'POST',
    path: '/accounts/{name}/link',
    allow: 'accounts:write',
    summary: 'A link by which the account gets a new password',
    answer: schemas.accountLink,
    hasSecretAnswer: true,
    handle({ site, caller, params, request }) {
      const account = findAccount(site.store, params['name'] ?? '');
      refuseMoreThanOwn(caller, scopesOf(account.role));
      requireAdministratorApproval(site, { what: 'link', account }, personOf(caller, request));
      tellChange(site, caller, 'password link made', account.name);
      return linkFor(site, account);
    },
  }),
  route({
    method: 'DELETE',
    path: '/accounts/{name}',
    allow: 'accounts:write',
    summary: 'Remove an account and end its sign-ins',
    answer: nothing,
    handle({ site, caller, params, request }) {
      const account = findAccount(site.store, params['name'] ?? '');
      refuseMoreThanOwn(caller, scopesOf(account.role));
      requireAdministratorApproval(site, { what: 'remove', account }, personOf(caller, request));
      removeAccount(site.store, account.id);
      tellChange(site, caller, 'account removed', account.name);
      return {};
    },
  }),
  route({
    method: 'PUT',
    path: '/accounts/{name}',
    allow: 'accounts:write',
    summary: 'Change what an account may do; ends its sign-ins',
    body: schemas.accountChange,
    answer: schemas.accountView,
    handle({ site, caller, params, body, request }) {
      const account = findAccount(site.store, params['name'] ?? '');
      refuseMoreThanOwn(caller, [...scopesOf(account.role), ...scopesOf(body.role)]);
      requireAdministratorApproval(site, { what: 'role', account, role: body.role }, personOf(caller, request));
      const changed = changeRole(site.store, account.id, body.role);
      tellChange(site, caller, `role ${body.role}`, changed.name);
      return changed;
    },
  }),
  route({
    method: 'POST',
    path: '/accounts/{name}/forget-ways',
    allow: 'accounts:write',
    summary: 'Take one-time codes and passkeys from an account whose owner lost them; ends its sign-ins',
    answer: nothing,
    handle({ site, caller, params, request }) {
      const account = findAccount(site.store, params['name'] ?? '');
      refuseMoreThanOwn(caller, scopesOf(account.role));
      requireAdministratorApproval(site, { what: 'forget-ways', account }, personOf(caller, request));
      forgetWays(site, account);
      tellChange(site, caller, 'one-time codes and passkeys taken', account.name);
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/sign-ins',
    allow: 'accounts:read',
    summary: "Everybody's sign-ins",
    answer: allSignIns,
    handle: ({ site }) => ({
      signIns: listAccounts(site.store).flatMap(({ id: accountId, name }) =>
        listSignIns(site, accountId).map(({ id, createdAt, seenAt, address, agent }) => {
          return { id, account: name, createdAt, seenAt, address, agent };
        }),
      ),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/sign-ins/{id}',
    allow: 'accounts:write',
    summary: "End anybody's sign-in",
    answer: nothing,
    handle({ site, params }) {
      endSignIn(site, params['id'] ?? '');
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/tokens',
    allow: 'accounts:read',
    summary: 'Tokens of programs',
    answer: schemas.tokenList,
    handle: ({ site }) => ({ tokens: listApiTokens(site).map(viewOf) }),
  }),
  route({
    method: 'GET',
    path: '/token-scopes',
    allow: 'accounts:read',
    summary: 'What a token can be allowed',
    answer: schemas.scopeList,
    handle: () => ({
      scopes: scopes.map((scope) => {
        const { roles, title } = scopeFacts(scope);
        return { scope, title, roles: [...roles] };
      }),
    }),
  }),
  route({
    method: 'POST',
    path: '/tokens',
    allow: 'accounts:write',
    summary: 'Make a token for a program; it is shown once',
    body: schemas.newToken,
    answer: schemas.madeToken,
    hasSecretAnswer: true,
    subject: ({ name }) => name,
    handle({ site, caller, body }) {
      const { name, role, expiresAt } = body;
      const wanted = readScopes(body.scopes ?? (role === undefined ? leastScopes : scopesOf(role)));
      refuseMoreThanOwn(caller, wanted);
      const expiry = expiresAt === undefined ? {} : { expiresAt };
      const { token, info } = addApiToken(site, { name, scopes: wanted, createdBy: caller.name, ...expiry });
      tellChange(site, caller, 'token made', name);
      const shown = token.reveal();
      return { token: shown, info: viewOf(info) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/tokens/{name}',
    allow: 'accounts:write',
    summary: 'Remove a token',
    answer: nothing,
    handle({ site, caller, params }) {
      removeApiToken(site, params['name'] ?? '');
      tellChange(site, caller, 'token removed', params['name']);
      return {};
    },
  }),
];

function viewOf(token: ApiToken): schemas.TokenView {
  return { ...token, role: roleFor(token.scopes) };
}

function linkFor(site: ApiSite, account: Account) {
  const token = makeLink(site, account);
  return { account, link: `${site.origin}/setup#${token.reveal()}` };
}
