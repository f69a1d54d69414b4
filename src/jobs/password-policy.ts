// What a password in the vault should be like, and what one lacks. Judged while a backup reads it; only the verdict is kept,
// never how long a password is or what it is made of.
import { guessingBits } from '../breakglass/guessing-work.ts';
import { hasClass } from '../sources/secrets/generate-password.ts';
import type { SecretRecord } from '../sources/secrets/secret-record.ts';
import type { Store } from '../store/store.ts';
import { type PasswordPolicy, type PolicyFault, passwordPolicy, policyFaults } from './password-policy-fields.ts';

const name = 'jobs:password-policy';

/** The policy in force. */
export function readPasswordPolicy(store: Store): PasswordPolicy {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
  return passwordPolicy.parse(row === undefined ? {} : JSON.parse(String(row['value'])));
}

/** Changes the policy: of age at once, of the rest with the next backup, which reads every password. */
export function savePasswordPolicy(store: Store, policy: PasswordPolicy): void {
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(name, JSON.stringify(passwordPolicy.parse(policy)));
}

// Enough to tell a bad one, and long keys cost no more.
const estimatedLength = 32;

/** What the password of a secret lacks; undefined where there is none to judge. */
export function faultsOf(
  { password, username }: Pick<SecretRecord, 'password' | 'username'>,
  policy: PasswordPolicy,
): PolicyFault[] | undefined {
  const value = password.reveal();
  if (value === '') return undefined;
  const user = username.trim().toLowerCase();
  const lacking: Record<PolicyFault, boolean> = {
    short: charactersUpTo(value, policy.minimumLength).count < policy.minimumLength,
    guessable: guessingBits(beginning(value), policy.minimumBits) < policy.minimumBits,
    lower: policy.classes.includes('lower') && !hasClass(value, 'lower'),
    upper: policy.classes.includes('upper') && !hasClass(value, 'upper'),
    digits: policy.classes.includes('digits') && !hasClass(value, 'digits'),
    symbols: policy.classes.includes('symbols') && !hasClass(value, 'symbols'),
    'user-name': policy.refuseUserName && user.length >= 3 && value.toLowerCase().includes(user),
    reused: false,
    old: false,
  };
  return policyFaults.filter((fault) => lacking[fault]);
}

function beginning(value: string): string {
  return value.slice(0, charactersUpTo(value, estimatedLength).units);
}

// A character outside the first plane is two units of the text: it counts once, and is not cut in two.
function charactersUpTo(value: string, most: number): { count: number; units: number } {
  let [count, units] = [0, 0];
  for (; count < most && units < value.length; count += 1)
    units += (value.codePointAt(units) as number) > 0xffff ? 2 : 1;
  return { count, units };
}

/** True for a password that was last changed longer ago than the policy allows. */
export function isTooOld(changedAt: string, policy: PasswordPolicy, now: Date): boolean {
  const { maximumAgeDays } = policy;
  return maximumAgeDays !== undefined && now.getTime() - Date.parse(changedAt) > maximumAgeDays * 24 * 60 * 60_000;
}
