// For the day an authenticator is lost: codes and passkeys of an account go, and its sign-ins end.
import type { Account, AccountSite } from './account.ts';
import { endCodes } from './one-time-code.ts';
import { listPasskeys, removePasskey } from './passkey.ts';
import { endSignIn, listSignIns } from './sign-in.ts';

/** Leaves the account with its password, or with nothing where it has none. */
export function forgetWays(site: AccountSite, account: Account): void {
  endCodes(site, account);
  for (const { id } of listPasskeys(site, account.id)) removePasskey(site, account.id, id);
  for (const { id } of listSignIns(site, account.id)) endSignIn(site, id);
}
