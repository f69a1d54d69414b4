// A real OpenID Connect provider on loopback whose only page signs in whom the test wants.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import Provider from 'oidc-provider';

/** People that the provider knows, with what it says of them. */
export type ProviderPeople = Record<string, { name: string; groups: string[] }>;

/** Starts a provider with one client. `person.id` decides who signs in next. */
export async function startIdentityProvider(
  context: TestContext,
  people: ProviderPeople,
  returnTo: string,
): Promise<{ issuer: string; clientId: string; clientSecret: string; person: { id: string } }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const person = { id: Object.keys(people)[0] ?? '' };
  const client = { client_id: 'orbit', client_secret: 'a client secret of the test', redirect_uris: [returnTo] };
  const provider = new Provider(issuer, {
    clients: [client],
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'groups'],
    claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: people[id]?.name, groups: people[id]?.groups }),
    }),
    loadExistingGrant: async (ctx: {
      oidc: {
        client: { clientId: string };
        session: { accountId: string };
        provider: { Grant: new (of: object) => Grant };
      };
    }) => {
      const { client: of, session } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: of.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid profile groups');
      await grant.save();
      return grant;
    },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/sign-in/${uid}` },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!(request.url ?? '').startsWith('/sign-in/')) return answer(request, response);
    const finish = (provider as unknown as Interactions).interactionFinished.bind(provider);
    void finish(request, response, { login: { accountId: person.id } }, { mergeWithLastSubmission: false });
  });
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { issuer, clientId: client.client_id, clientSecret: client.client_secret, person };
}

interface Grant {
  addOIDCScope(scope: string): void;
  save(): Promise<string>;
}

interface Interactions {
  interactionFinished(request: object, response: object, result: object, options: object): Promise<void>;
}
