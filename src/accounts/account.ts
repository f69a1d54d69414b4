// Accounts: who may sign in, and with which role. There is no default password: the first is set through a one-time link.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import { passwordStrength } from '../breakglass/master-password.ts';
import type { Store } from '../store/store.ts';
import { type HashCosts, hashPassword, isPassword, standardCosts } from './password-hash.ts';
import type { Role } from './role.ts';

/** A person who may sign in. Times are ISO. */
export interface Account {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  /** Absent until the account's link was used. */
  passwordSetAt?: string;
}

/** Where accounts live; `costs` are lowered in tests only. */
export interface AccountSite {
  store: Store;
  clock: Clock;
  costs?: HashCosts;
}

/** A sign-in password is guessed online and slowly, or offline against argon2id: this many bits are the least. */
const bitsMin = 40;
const lengthMin = 10;
const lengthMax = 256;

/** All accounts, by name. */
export function listAccounts(store: Store): Account[] {
  return store.database.prepare('SELECT * FROM account ORDER BY name').all().map(accountOfRow);
}

/** By id, or by name in any case: nobody can be named like the id of another. @throws Failure `accounts.not-found`. */
export function findAccount(store: Store, name: string): Account {
  const row = store.database
    .prepare('SELECT * FROM account WHERE name = ? OR id = ? ORDER BY id = ? DESC')
    .get(name, name, name);
  if (row !== undefined) return accountOfRow(row);
  throw new Failure('accounts.not-found', {
    message: `there is no account '${name}'`,
    hint: 'orbit account list shows the names.',
  });
}

/** Makes an account without a password. @throws Failure `accounts.bad-name`, `accounts.name-taken`. */
export function addAccount({ store, clock }: AccountSite, name: string, role: Role): Account {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}@._-]{0,62}$/u.test(name)) {
    throw new Failure('accounts.bad-name', {
      message: `'${name}' cannot be the name of an account`,
      hint: 'Names have up to 63 letters, digits, dots, dashes, underscores and at signs.',
    });
  }
  const id = randomUUID();
  const { changes } = store.database
    .prepare('INSERT OR IGNORE INTO account (id, name, role, created_at) VALUES (?, ?, ?, ?)')
    .run(id, name, role, clock.now().toISOString());
  if (changes === 0) {
    throw new Failure('accounts.name-taken', {
      message: `there is an account '${name}' already`,
      hint: 'Take another name. A forgotten password is set anew by orbit account reset.',
    });
  }
  return findAccount(store, id);
}

/** Sets a password and ends every sign-in of the account. @throws Failure `accounts.weak-password`. */
export async function setPassword(site: AccountSite, account: Account, password: SecretString): Promise<void> {
  refuseWeakAccountPassword(password, account.name);
  const hash = await hashPassword(password, site.costs ?? standardCosts);
  const { store, clock } = site;
  store.transaction(() => {
    store.database
      .prepare('UPDATE account SET password_hash = ?, password_set_at = ? WHERE id = ?')
      .run(hash, clock.now().toISOString(), account.id);
    store.database.prepare('DELETE FROM sign_in WHERE account_id = ?').run(account.id);
    store.database.prepare('DELETE FROM account_link WHERE account_id = ?').run(account.id);
  });
}

/** The account whose name and password these are, or undefined; both answers take the same time. */
export async function accountOf(site: AccountSite, name: string, password: SecretString): Promise<Account | undefined> {
  const row = site.store.database.prepare('SELECT * FROM account WHERE name = ?').get(name);
  const hash = row?.['password_hash'];
  const isRight = await isPassword(password, typeof hash === 'string' ? hash : await nobodysHash(site.costs));
  return isRight && typeof hash === 'string' && row !== undefined ? accountOfRow(row) : undefined;
}

/** Removes an account with its sign-ins. @throws Failure `accounts.not-found`, `accounts.last-administrator`. */
export function removeAccount(store: Store, name: string): Account {
  const account = findAccount(store, name);
  refuseLastAdministrator(store, account);
  store.database.prepare('DELETE FROM account WHERE id = ?').run(account.id);
  return account;
}

/** Gives an account another role and ends its sign-ins. @throws Failure `accounts.not-found`, `accounts.last-administrator`. */
export function changeRole(store: Store, name: string, role: Role): Account {
  const account = findAccount(store, name);
  if (role !== 'administrator') refuseLastAdministrator(store, account);
  store.transaction(() => {
    store.database.prepare('UPDATE account SET role = ? WHERE id = ?').run(role, account.id);
    store.database.prepare('DELETE FROM sign_in WHERE account_id = ?').run(account.id);
  });
  return { ...account, role };
}

function refuseLastAdministrator(store: Store, account: Account): void {
  const others = listAccounts(store).filter(
    ({ id, role, passwordSetAt }) => role === 'administrator' && passwordSetAt !== undefined && id !== account.id,
  );
  if (account.role !== 'administrator' || others.length > 0) return;
  throw new Failure('accounts.last-administrator', {
    message: `'${account.name}' is the only administrator who can sign in`,
    hint: 'Make another one first: orbit account add NAME --role administrator',
  });
}

/** @throws Failure `accounts.weak-password`. */
export function refuseWeakAccountPassword(password: SecretString, name: string): void {
  const weak = (why: string): Failure =>
    new Failure('accounts.weak-password', {
      message: `the password is too weak: ${why}`,
      hint: 'Take four unrelated words, or let a password manager make one. Names, dates and rows of keys hardly count.',
    });
  if (password.length < lengthMin) throw weak(`it has ${password.length} characters; ${lengthMin} are the least`);
  if (password.length > lengthMax) throw weak(`it has ${password.length} characters; ${lengthMax} are the most`);
  const isLikeName = name.length > 2 && password.reveal().toLowerCase().includes(name.toLowerCase());
  const { bits } = passwordStrength(isLikeName ? withoutName(password, name) : password);
  if (bits < bitsMin) throw weak('it is easily guessed');
}

function withoutName(password: SecretString, name: string): SecretString {
  return new SecretString(password.reveal().toLowerCase().replaceAll(name.toLowerCase(), ''));
}

// Compared with when there is no such account, so that the time of the answer does not tell names.
let nobody: Promise<string> | undefined;
function nobodysHash(costs: HashCosts = standardCosts): Promise<string> {
  nobody ??= hashPassword(new SecretString('nobody'), costs);
  return nobody;
}

function accountOfRow(row: Record<string, unknown>): Account {
  return {
    id: String(row['id']),
    name: String(row['name']),
    role: row['role'] as Role,
    createdAt: String(row['created_at']),
    ...(row['password_set_at'] === null ? {} : { passwordSetAt: String(row['password_set_at']) }),
  };
}
