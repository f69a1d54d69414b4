// Passkeys (WebAuthn): a key in the browser, the telephone or on a stick, which asks its owner for a finger or a PIN.
// They are bound to the name people reach the console by, so that no other site can ask for them.
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { isIP } from 'node:net';
import { Failure } from '../base/failure.ts';
import { type Account, type AccountSite, findAccount } from './account.ts';
import type { Challenges } from './challenges.ts';

/** A passkey as it is listed. Times are ISO. */
export interface Passkey {
  id: string;
  name: string;
  createdAt: string;
  usedAt?: string;
}

/** Whose challenge it is: of an account that adds one, or of somebody who signs in. */
export type PasskeyChallenge = { accountId: string | undefined };

/** Where passkeys live, and the address that the browser shows. */
export interface PasskeySite extends AccountSite {
  passkeyChallenges: Challenges<PasskeyChallenge>;
}

const passkeysMax = 20;

// Loaded with the first passkey: the others need not wait for it.
const webAuthn = () => import('@simplewebauthn/server');

/** The passkeys of an account, by their time. */
export function listPasskeys({ store }: Pick<AccountSite, 'store'>, accountId: string): Passkey[] {
  return store.database
    .prepare('SELECT * FROM account_passkey WHERE account_id = ? ORDER BY created_at')
    .all(accountId)
    .map((row) => ({
      id: String(row['id']),
      name: String(row['name']),
      createdAt: String(row['created_at']),
      ...(row['used_at'] === null ? {} : { usedAt: String(row['used_at']) }),
    }));
}

/** What the browser needs to make a passkey. @throws Failure `accounts.passkey-needs-name`. */
export async function beginPasskey(
  site: PasskeySite,
  account: Account,
  origin: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const known = listPasskeys(site, account.id);
  if (known.length >= passkeysMax) throw refused(`an account has at most ${passkeysMax} passkeys`);
  const { generateRegistrationOptions } = await webAuthn();
  return await generateRegistrationOptions({
    rpName: 'Orbit',
    rpID: relyingParty(origin),
    userName: account.name,
    userID: Uint8Array.from(Buffer.from(account.id, 'utf8')),
    challenge: bytesOf(site.passkeyChallenges.issue({ accountId: account.id }, account.id)),
    attestationType: 'none',
    excludeCredentials: known.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** Keeps the passkey that the browser made. @throws Failure `accounts.passkey-refused`. */
export async function addPasskey(
  site: PasskeySite,
  account: Account,
  origin: string,
  made: { name: string; response: unknown },
): Promise<Passkey> {
  const { verifyRegistrationResponse } = await webAuthn();
  const { registrationInfo, verified } = await verifying(() =>
    verifyRegistrationResponse({
      response: made.response as RegistrationResponseJSON,
      expectedChallenge: (challenge) => site.passkeyChallenges.take(challenge)?.accountId === account.id,
      expectedOrigin: origin,
      expectedRPID: relyingParty(origin),
      requireUserVerification: true,
    }),
  );
  if (!verified || registrationInfo === undefined) throw refused('it does not prove what it says');
  const { id, publicKey, counter, transports } = registrationInfo.credential;
  const { changes } = site.store.database
    .prepare(
      `INSERT OR IGNORE INTO account_passkey (id, account_id, name, public_key, counter, transports, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      id,
      account.id,
      made.name,
      publicKey,
      counter,
      JSON.stringify(transports ?? []),
      site.clock.now().toISOString(),
    );
  const added = listPasskeys(site, account.id).find((passkey) => passkey.id === id);
  if (changes === 0 || added === undefined) throw refused('it is known already');
  return added;
}

/** Removes a passkey. Removing one that is gone is fine. */
export function removePasskey({ store }: Pick<AccountSite, 'store'>, accountId: string, id: string): void {
  store.database.prepare('DELETE FROM account_passkey WHERE account_id = ? AND id = ?').run(accountId, id);
}

/** What the browser at `address` needs to sign somebody in by a passkey: it knows by itself whose. */
export async function askForPasskey(
  site: PasskeySite,
  origin: string,
  address: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await webAuthn();
  return await generateAuthenticationOptions({
    rpID: relyingParty(origin),
    challenge: bytesOf(site.passkeyChallenges.issue({ accountId: undefined }, address)),
    userVerification: 'required',
  });
}

/** The account whose passkey answered. @throws Failure `accounts.passkey-refused`. */
export async function accountOfPasskey(site: PasskeySite, origin: string, response: unknown): Promise<Account> {
  const { database } = site.store;
  const answer = response as AuthenticationResponseJSON;
  const row = database.prepare('SELECT * FROM account_passkey WHERE id = ?').get(String(answer.id));
  if (row === undefined) throw refused('it is not known here, or was removed');
  const { verifyAuthenticationResponse } = await webAuthn();
  const { authenticationInfo, verified } = await verifying(() =>
    verifyAuthenticationResponse({
      response: answer,
      expectedChallenge: (challenge) => {
        const taken = site.passkeyChallenges.take(challenge);
        return taken !== undefined && taken.accountId === undefined;
      },
      expectedOrigin: origin,
      expectedRPID: relyingParty(origin),
      requireUserVerification: true,
      credential: {
        id: String(row['id']),
        publicKey: Uint8Array.from(row['public_key'] as Uint8Array),
        counter: Number(row['counter']),
      },
    }),
  );
  if (!verified) throw refused('its signature is not right');
  database
    .prepare('UPDATE account_passkey SET counter = ?, used_at = ? WHERE id = ?')
    .run(authenticationInfo.newCounter, site.clock.now().toISOString(), String(row['id']));
  return findAccount(site.store, String(row['account_id']));
}

// The library throws plain errors for what a browser or an attacker sends: each is a refusal.
async function verifying<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw refused(error instanceof Error ? error.message : 'it cannot be read', error);
  }
}

function relyingParty(origin: string): string {
  const { hostname } = new URL(origin);
  if (isIP(hostname) === 0 && !hostname.startsWith('[')) return hostname;
  throw new Failure('accounts.passkey-needs-name', {
    message: `passkeys belong to a name, and ${hostname} is an address`,
    hint: 'Open the console under http://localhost and its port, or by TLS under the name of the machine.',
  });
}

function bytesOf(challenge: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(challenge, 'base64url'));
}

function refused(why: string, cause?: unknown): Failure {
  return new Failure('accounts.passkey-refused', {
    message: `the passkey was refused: ${why}`,
    hint: 'Try again from the console itself. A passkey that was removed here can be removed from the browser too.',
    ...(cause === undefined ? {} : { cause }),
  });
}
