// One-time codes from an authenticator (RFC 6238), and recovery codes for the day it is lost. A code works once.
import { createHash, randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Account, AccountSite } from './account.ts';

/** Where codes live: their secrets are sealed by the instance key. */
export interface CodeSite extends AccountSite {
  instanceKey: InstanceKey;
}

const periodSeconds = 30;
const recoveryCodes = 10;
// Without letters and digits that are mistaken for each other: 31 signs, 10 of them are 49 bits.
const signs = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const purpose = (accountId: string): string => `account-totp:${accountId}`;

/** Begins: a secret for the authenticator, as its `otpauth://` address. It counts from the first right code on. */
export function beginCodes(site: CodeSite, account: Account): SecretString {
  refuseSecond(site, account);
  const secret = new Secret({ size: 20 });
  const sealed = site.instanceKey.seal(purpose(account.id), secret.base32);
  site.store.database
    .prepare('INSERT OR REPLACE INTO account_totp (account_id, secret) VALUES (?, ?)')
    .run(account.id, sealed);
  return new SecretString(totpOf(account, secret).toString());
}

/** Ends the beginning: proves that the authenticator has the secret, and gives the recovery codes, shown this once. */
export function confirmCodes(site: CodeSite, account: Account, code: string): SecretString[] {
  refuseSecond(site, account);
  if (!takeStep(site, account, code, false)) throw wrongCode();
  const codes = Array.from({ length: recoveryCodes }, newRecoveryCode);
  site.store.transaction(() => {
    const { database } = site.store;
    database
      .prepare('UPDATE account_totp SET confirmed_at = ? WHERE account_id = ?')
      .run(site.clock.now().toISOString(), account.id);
    database.prepare('DELETE FROM account_recovery_code WHERE account_id = ?').run(account.id);
    const add = database.prepare('INSERT INTO account_recovery_code (digest, account_id) VALUES (?, ?)');
    for (const each of codes) add.run(digestOfCode(account, each.reveal()), account.id);
  });
  return codes;
}

/** True when signing in takes a code besides the password. */
export function hasCodes({ store }: Pick<AccountSite, 'store'>, account: Account): boolean {
  const row = store.database.prepare('SELECT confirmed_at FROM account_totp WHERE account_id = ?').get(account.id);
  return row !== undefined && row['confirmed_at'] !== null;
}

/** How many recovery codes are left. */
export function recoveryCodesLeft({ store }: Pick<AccountSite, 'store'>, account: Account): number {
  const row = store.database
    .prepare('SELECT count(*) AS left_over FROM account_recovery_code WHERE account_id = ?')
    .get(account.id);
  return Number(row?.['left_over'] ?? 0);
}

/** Uses a code or a recovery code up. @throws Failure `accounts.wrong-code`. */
export function useCode(site: CodeSite, account: Account, code: string): void {
  const plain = code.replace(/[\s-]/g, '').toUpperCase();
  if (/^\d{6}$/.test(plain) ? takeStep(site, account, plain, true) : takeRecoveryCode(site, account, plain)) return;
  throw wrongCode();
}

/** Signing in needs no code any more. */
export function endCodes({ store }: Pick<AccountSite, 'store'>, account: Account): void {
  store.transaction(() => {
    store.database.prepare('DELETE FROM account_totp WHERE account_id = ?').run(account.id);
    store.database.prepare('DELETE FROM account_recovery_code WHERE account_id = ?').run(account.id);
  });
}

// The step of a code is noted in the same statement that checks it is newer: of two at once, one finds it used.
function takeStep(site: CodeSite, account: Account, code: string, isConfirmed: boolean): boolean {
  const { database } = site.store;
  const row = database.prepare('SELECT * FROM account_totp WHERE account_id = ?').get(account.id);
  if (row === undefined || (row['confirmed_at'] !== null) !== isConfirmed) return false;
  const opened = site.instanceKey.open(purpose(account.id), row['secret'] as Uint8Array);
  const secret = Secret.fromBase32(opened.toString('utf8'));
  opened.fill(0);
  const timestamp = site.clock.now().getTime();
  const delta = totpOf(account, secret).validate({ token: code, timestamp, window: 1 });
  if (delta === null) return false;
  const step = Math.floor(timestamp / 1000 / periodSeconds) + delta;
  const { changes } = database
    .prepare('UPDATE account_totp SET last_step = ? WHERE account_id = ? AND last_step < ?')
    .run(step, account.id, step);
  return changes === 1;
}

function takeRecoveryCode({ store }: CodeSite, account: Account, code: string): boolean {
  const { changes } = store.database
    .prepare('DELETE FROM account_recovery_code WHERE digest = ?')
    .run(digestOfCode(account, code));
  return changes === 1;
}

function newRecoveryCode(): SecretString {
  const half = (): string => Array.from({ length: 5 }, () => signs[randomInt(signs.length)]).join('');
  return new SecretString(`${half()}-${half()}`);
}

function digestOfCode(account: Account, code: string): Buffer {
  return createHash('sha256')
    .update(`${account.id} ${code.replace(/-/g, '')}`, 'utf8')
    .digest();
}

function totpOf(account: Account, secret: Secret): TOTP {
  return new TOTP({ issuer: 'Orbit', label: account.name, secret, digits: 6, period: periodSeconds });
}

function refuseSecond(site: CodeSite, account: Account): void {
  if (!hasCodes(site, account)) return;
  throw new Failure('accounts.codes-are-on', {
    message: `${account.name} signs in with one-time codes already`,
    hint: 'Switch them off first, with the password, to set up another authenticator.',
  });
}

function wrongCode(): Failure {
  return new Failure('accounts.wrong-code', {
    message: 'the one-time code is not right, or was used already',
    hint: 'Take the newest code; the clocks of the telephone and of this machine must agree. A recovery code works once.',
  });
}
