// Signing in at an identity provider (OpenID Connect, authorization code with PKCE). Which role somebody gets is decided
// by a claim of the provider; whoever has none of the listed values does not come in.
import type { Configuration } from 'openid-client';
import { z } from 'zod';
import { Failure, isFailure } from '../base/failure.ts';
import { field, readConfig, secretText, splitSecrets } from '../base/secret-schema.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import { type Account, type AccountSite, addAccount, findAccount, listAccounts } from './account.ts';
import type { Challenges } from './challenges.ts';
import { type Role, roles } from './role.ts';

const values = (title: string) => field(z.array(z.string().min(1).max(200)).max(100).default([]), title);

/** The settings of the identity provider. */
export const providerConfig = z.strictObject({
  title: field(z.string().min(1).max(60).default('Single sign-on'), 'Title', 'What the button says'),
  issuer: field(z.url({ protocol: /^https?$/ }), 'Issuer', 'https://login.example/realms/main'),
  clientId: field(z.string().min(1).max(200), 'Client id'),
  clientSecret: secretText('Client secret').optional(),
  nameClaim: field(z.string().min(1).max(100).default('preferred_username'), 'Claim with the name'),
  roleClaim: field(z.string().min(1).max(100).default('groups'), 'Claim with the groups'),
  administrators: values('Groups of administrators'),
  operators: values('Groups of operators'),
  auditors: values('Groups of auditors'),
  custodians: values('Groups of custodians'),
});

/** The settings of the identity provider. */
export type ProviderConfig = z.output<typeof providerConfig>;

/** What is waited for between leaving for the provider and coming back. */
export interface ProviderChallenge {
  verifier: string;
  nonce: string;
  returnTo: string;
}

/** Where the provider's settings live. */
export interface ProviderSite extends AccountSite {
  instanceKey: InstanceKey;
  providerChallenges: Challenges<ProviderChallenge>;
}

// Loaded with the first sign-in there.
const openIdClient = () => import('openid-client');

const settingName = 'accounts:provider';
const purpose = 'accounts:provider';
const stored = z.object({ plain: z.record(z.string(), z.unknown()), sealed: z.string() });

/** Keeps the settings, or removes them. A secret that is left out stays, for the same client of the same issuer. @throws Failure `config.invalid`. */
export function saveProvider({ store, instanceKey }: Omit<ProviderSite, 'providerChallenges'>, config: unknown): void {
  if (config === undefined) {
    store.database.prepare('DELETE FROM setting WHERE name = ?').run(settingName);
    return;
  }
  const { plain, secrets: given } = splitSecrets(readConfig(providerConfig, config));
  const kept = readStored(store);
  const isSame = kept?.plain['issuer'] === plain['issuer'] && kept?.plain['clientId'] === plain['clientId'];
  const secrets = kept !== undefined && isSame ? { ...openSecrets(instanceKey, kept.sealed), ...given } : given;
  const sealed = instanceKey.seal(purpose, JSON.stringify(secrets)).toString('base64');
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(settingName, JSON.stringify({ plain, sealed }));
}

function readStored(store: ProviderSite['store']): z.output<typeof stored> | undefined {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  return row === undefined ? undefined : stored.parse(JSON.parse(String(row['value'])));
}

function openSecrets(instanceKey: InstanceKey, sealed: string): Record<string, unknown> {
  const opened = instanceKey.open(purpose, Buffer.from(sealed, 'base64'));
  try {
    return JSON.parse(opened.toString('utf8')) as Record<string, unknown>;
  } finally {
    opened.fill(0);
  }
}

/** The settings as they may be shown, when there is a provider. */
export function shownProvider({ store }: Pick<AccountSite, 'store'>): Record<string, unknown> | undefined {
  return readStored(store)?.plain;
}

/** Settings as they may be shown. @throws Failure `config.invalid`. */
export function shownSettings(config: unknown): Record<string, unknown> {
  return splitSecrets(readConfig(providerConfig, config)).plain;
}

/** Asks the provider who it is and where people sign in. @throws Failure `accounts.no-provider`, `accounts.provider-unreachable`. */
export async function testProvider(site: ProviderSite): Promise<{ signsInAt: string }> {
  const { client } = await discover(site);
  return { signsInAt: client.serverMetadata().authorization_endpoint ?? '' };
}

/** Where to send the browser; `state` comes back with it. @throws Failure `accounts.no-provider`, `accounts.provider-unreachable`. */
export async function leaveForProvider(
  site: ProviderSite,
  returnTo: string,
  address: string,
): Promise<{ url: string; state: string }> {
  const oidc = await openIdClient();
  const { client, config } = await discover(site);
  const verifier = oidc.randomPKCECodeVerifier();
  const nonce = oidc.randomNonce();
  const state = site.providerChallenges.issue({ verifier, nonce, returnTo }, address);
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: returnTo,
    scope: ['openid', 'profile', ...(config.roleClaim === 'groups' ? ['groups'] : [])].join(' '),
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  return { url: url.href, state };
}

/**
 * The account of whoever comes back; made at the first time, its role follows the provider each time.
 * @throws Failure `accounts.provider-refused`, `accounts.provider-unreachable`, `accounts.name-taken`.
 */
export async function returnFromProvider(site: ProviderSite, state: string, query: string): Promise<Account> {
  const challenge = site.providerChallenges.take(state);
  if (challenge === undefined) throw refused('this sign-in was not begun here, or took longer than five minutes');
  const oidc = await openIdClient();
  const { client, config } = await discover(site);
  const claims = await trying(async () => {
    const tokens = await oidc.authorizationCodeGrant(client, new URL(`${challenge.returnTo}?${query}`), {
      pkceCodeVerifier: challenge.verifier,
      expectedState: state,
      expectedNonce: challenge.nonce,
      idTokenExpected: true,
    });
    const told = tokens.claims();
    if (told === undefined) throw refused('it sent no identity');
    // Providers may leave groups out of the token and give them here.
    if (told[config.roleClaim] !== undefined && told[config.nameClaim] !== undefined) return told;
    const more = await oidc.fetchUserInfo(client, tokens.access_token, told.sub);
    return { ...more, ...told };
  });
  return accountOfClaims(site, config, claims);
}

function accountOfClaims(site: ProviderSite, config: ProviderConfig, claims: Record<string, unknown>): Account {
  const role = roleOf(config, claims[config.roleClaim]);
  const name = claims[config.nameClaim];
  if (typeof name !== 'string') throw refused(`it sent no ${config.nameClaim}`);
  if (role === undefined) throw refused(`${name} is in none of the groups that may sign in`);
  const subject = `${config.issuer} ${String(claims['sub'])}`;
  const { database } = site.store;
  const known = database.prepare('SELECT id FROM account WHERE provider_subject = ?').get(subject);
  if (known !== undefined) {
    database.prepare('UPDATE account SET role = ? WHERE id = ?').run(role, String(known['id']));
    return findAccount(site.store, String(known['id']));
  }
  // An account with a password is somebody's already: the provider must not hand it to whoever bears its name there.
  const waiting = listAccounts(site.store).find((account) => account.name.toLowerCase() === name.toLowerCase());
  if (waiting?.passwordSetAt !== undefined) throw refused(`there is a local account '${name}'`);
  if (waiting !== undefined && isOfAnother(site, waiting, config)) {
    throw refused(`the account '${name}' belongs to somebody else of this provider`);
  }
  const account = waiting ?? addAccount(site, name, role);
  database.prepare('UPDATE account SET role = ?, provider_subject = ? WHERE id = ?').run(role, subject, account.id);
  return findAccount(site.store, account.id);
}

// People may change the name that a provider tells of them; its subject is who they are. Accounts of a provider that was replaced
// go to whoever bears their name at the new one.
function isOfAnother({ store }: ProviderSite, { id }: Account, { issuer }: ProviderConfig): boolean {
  const row = store.database.prepare('SELECT provider_subject FROM account WHERE id = ?').get(id);
  return String(row?.['provider_subject'] ?? '').startsWith(`${issuer} `);
}

function roleOf(config: ProviderConfig, claim: unknown): Role | undefined {
  const groups = new Set((Array.isArray(claim) ? claim : [claim]).map(String));
  const groupsOf = {
    administrator: config.administrators,
    operator: config.operators,
    auditor: config.auditors,
    custodian: config.custodians,
  };
  return roles.find((role) => groupsOf[role].some((group) => groups.has(group)));
}

async function discover(site: ProviderSite): Promise<{ client: Configuration; config: ProviderConfig }> {
  const kept = readStored(site.store);
  if (kept === undefined) {
    throw new Failure('accounts.no-provider', {
      message: 'no identity provider is set up',
      hint: 'Sign in by name and password. An administrator can set a provider up.',
    });
  }
  const config = readConfig(providerConfig, { ...kept.plain, ...openSecrets(site.instanceKey, kept.sealed) });
  const issuer = new URL(config.issuer);
  const oidc = await openIdClient();
  // Plain HTTP only to this machine itself, as for the console.
  const isOnHere = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
  const options = { timeout: 15, ...(isOnHere ? { execute: [oidc.allowInsecureRequests] } : {}) };
  const client = await trying(() =>
    oidc.discovery(issuer, config.clientId, config.clientSecret?.reveal(), undefined, options),
  );
  return { client, config };
}

async function trying<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isFailure(error)) throw error;
    const isAnswer = error instanceof Error && ('error' in error || 'code' in error) && error.name !== 'TypeError';
    if (isAnswer) throw refused(error.message, error);
    throw new Failure('accounts.provider-unreachable', {
      message: 'the identity provider cannot be reached',
      hint: 'Sign in with a local account. Check the issuer address, and that this machine trusts its certificate.',
      cause: error,
    });
  }
}

function refused(why: string, cause?: unknown): Failure {
  return new Failure('accounts.provider-refused', {
    message: `the sign-in at the identity provider did not succeed: ${why}`,
    hint: 'Begin again from the sign-in page. An administrator decides which groups may sign in.',
    ...(cause === undefined ? {} : { cause }),
  });
}
