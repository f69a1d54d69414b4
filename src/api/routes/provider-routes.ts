// Signing in at an identity provider (OpenID Connect), and its settings.
import { requireAdministratorApproval } from '../../accounts/administrator-approval.ts';
import {
  providerConfig,
  leaveForProvider,
  returnFromProvider,
  saveProvider,
  shownProvider,
  shownSettings,
  testProvider,
} from '../../accounts/provider.ts';
import { scopesOf } from '../../accounts/scope.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { configFields } from '../../base/secret-schema.ts';
import { addressOf, cookieOf, refuseMoreThanOwn } from '../guard.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/sign-in-ways.ts';
import { signIn, tellRefused } from '../sign-in.ts';
import { tellChange } from '../tell-change.ts';

// Ties the way back to the browser that left: nobody else's sign-in can be slipped under a person's page.
const stateCookie = 'orbit_provider';
const stateSeconds = 300;

/** Routes about the identity provider. */
export const providerRoutes: AnyRoute[] = [
  route({
    method: 'POST',
    path: '/session/provider',
    allow: 'anyone',
    summary: 'Where the browser goes to sign in at the identity provider',
    isAudited: false,
    answer: schemas.providerPlace,
    async handle({ site, request, reply }) {
      const returnTo = `${addressOf(request)}/api/v1/session/provider/return`;
      const { url, state } = await leaveForProvider(site, returnTo, request.ip);
      const secure = site.isTls ? '; Secure' : '';
      reply.header(
        'set-cookie',
        // Lax: the provider's page sends the browser back, and a strict cookie would not come along.
        `${stateCookie}=${state}; Path=/api/v1/session/provider; Max-Age=${stateSeconds}; HttpOnly; SameSite=Lax${secure}`,
      );
      return { url };
    },
  }),
  route({
    method: 'GET',
    path: '/session/provider/return',
    allow: 'anyone',
    summary: 'Back from the identity provider: signs in and goes to the console',
    isAudited: true,
    query: schemas.providerReturn,
    answer: nothing,
    async handle({ site, query, request, reply }) {
      site.limit.check(request.ip, '');
      try {
        if (cookieOf(request, stateCookie) !== query.state) {
          throw new Failure('accounts.provider-refused', {
            message: 'the sign-in at the identity provider did not succeed: it was begun in another browser',
            hint: 'Begin again from the sign-in page.',
          });
        }
        const search = request.url.slice(request.url.indexOf('?') + 1);
        const account = await returnFromProvider(site, query.state, search);
        signIn(site, account, { request, reply, method: 'provider' });
      } catch (error) {
        if (!isFailure(error, 'accounts.provider-refused')) throw error;
        tellRefused(site, request, { name: '', reason: error.message, method: 'provider' });
        throw error;
      }
      reply.status(303).header('location', '/');
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/identity-provider',
    allow: 'accounts:read',
    summary: 'The identity provider, without its secret',
    answer: schemas.providerView,
    handle({ site }) {
      const provider = shownProvider(site);
      return { ...(provider === undefined ? {} : { provider }), fields: configFields(providerConfig) };
    },
  }),
  route({
    method: 'PUT',
    path: '/identity-provider',
    allow: 'accounts:write',
    summary: 'Set the identity provider',
    body: schemas.providerChange,
    answer: schemas.providerView,
    handle({ site, caller, body, request }) {
      // Its lists of groups say who becomes administrator.
      refuseMoreThanOwn(caller, scopesOf('administrator'));
      const settings = shownSettings(body);
      requireAdministratorApproval(site, { what: 'provider', settings }, personOf(caller, request));
      saveProvider(site, body);
      tellChange(site, caller, 'identity provider');
      const provider = shownProvider(site);
      return { ...(provider === undefined ? {} : { provider }), fields: configFields(providerConfig) };
    },
  }),
  route({
    method: 'POST',
    path: '/identity-provider/test',
    allow: 'accounts:write',
    summary: 'Ask the identity provider whether it answers, and where people sign in',
    body: nothing,
    answer: schemas.providerTested,
    handle: ({ site }) => testProvider(site),
  }),
  route({
    method: 'DELETE',
    path: '/identity-provider',
    allow: 'accounts:write',
    summary: 'Sign in without the identity provider; accounts that came from it cannot sign in then',
    answer: nothing,
    handle({ site, caller, request }) {
      refuseMoreThanOwn(caller, scopesOf('administrator'));
      requireAdministratorApproval(site, { what: 'provider', settings: undefined }, personOf(caller, request));
      saveProvider(site, undefined);
      tellChange(site, caller, 'identity provider removed');
      return {};
    },
  }),
];
