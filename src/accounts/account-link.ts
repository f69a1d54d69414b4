// One-time links: the first makes the first administrator, later ones set a forgotten password. The token stands in the
// fragment of the address, so that no server and no log on the way sees it.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { Store } from '../store/store.ts';
import { type Account, type AccountSite, addAccount, findAccount, listAccounts, setPassword } from './account.ts';
import { refuseWeakAccountPassword } from './account.ts';
import { digestOfToken, newToken } from './token.ts';

/** Long enough to walk over to a browser, short enough that a forgotten terminal is no door: one day. */
export const linkLifeMs = 24 * 60 * 60_000;

/** True once an account exists that somebody can sign in with. */
export function isSetUp(store: Store): boolean {
  return listAccounts(store).some((account) => account.passwordSetAt !== undefined);
}

/** A link for this account, or for making the first one. The earlier ones for the same purpose end. */
export function makeLink({ store, clock }: AccountSite, account?: Account): SecretString {
  const { token, digest } = newToken('');
  const expiresAt = new Date(clock.now().getTime() + linkLifeMs).toISOString();
  store.transaction(() => {
    store.database.prepare('DELETE FROM account_link WHERE account_id IS ?').run(account?.id ?? null);
    store.database
      .prepare('INSERT INTO account_link (digest, account_id, expires_at) VALUES (?, ?, ?)')
      .run(digest, account?.id ?? null, expiresAt);
  });
  return token;
}

/** What a link is for: an account's password, or (undefined) the first account. @throws Failure `accounts.bad-link`. */
export function readLink({ store, clock }: { store: Store; clock: Clock }, token: SecretString): Account | undefined {
  const row = store.database.prepare('SELECT * FROM account_link WHERE digest = ?').get(digestOfToken(token));
  const isFresh = row !== undefined && String(row['expires_at']) > clock.now().toISOString();
  const isForFirst = row?.['account_id'] === null;
  if (!isFresh || (isForFirst && isSetUp(store))) {
    throw new Failure('accounts.bad-link', {
      message: 'this link was used already, or is older than a day',
      hint: 'On the machine itself: orbit account reset NAME prints a new one; without any account, orbit serve does.',
    });
  }
  return isForFirst ? undefined : findAccount(store, String(row['account_id']));
}

/**
 * Uses a link: sets the account's password, or makes the first administrator under `name`. A link works once.
 * @throws Failure `accounts.bad-link`, `accounts.weak-password`, `accounts.bad-name`, `accounts.name-taken`.
 */
export async function useLink(
  site: AccountSite,
  token: SecretString,
  wanted: { name: string; password: SecretString },
): Promise<Account> {
  const known = readLink(site, token);
  refuseWeakAccountPassword(wanted.password, known?.name ?? wanted.name);
  const account = known ?? addFirst(site, wanted.name);
  const { changes } = site.store.database
    .prepare('DELETE FROM account_link WHERE digest = ?')
    .run(digestOfToken(token));
  // Two at once: the second finds it gone, and changes nothing.
  if (changes === 0) readLink(site, token);
  await setPassword(site, account, wanted.password);
  return findAccount(site.store, account.id);
}

// A first try that ended between account and password left an account without one: it is taken up again.
function addFirst(site: AccountSite, name: string): Account {
  const left = listAccounts(site.store).find((account) => account.name.toLowerCase() === name.toLowerCase());
  if (left === undefined || left.passwordSetAt !== undefined) return addAccount(site, name, 'administrator');
  site.store.database.prepare(`UPDATE account SET role = 'administrator' WHERE id = ?`).run(left.id);
  return findAccount(site.store, left.id);
}
