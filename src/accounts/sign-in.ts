// Sign-ins: an opaque token in a cookie, its digest here. They end when idle, when old, when revoked, and when the password changes.
import { randomUUID } from 'node:crypto';
import { type ReportEvent, orbitEvent } from '../base/event.ts';
import type { SecretString } from '../base/secret-string.ts';
import { type Account, type AccountSite, findAccount } from './account.ts';
import { digestOfToken, newToken } from './token.ts';

/** Milliseconds without a sign of life of the person, after which a sign-in ends. */
export const idleMs = 30 * 60_000;
/** Milliseconds after which it ends in any case. */
export const lifeMs = 12 * 60 * 60_000;

// Writing the last sign of life down at each request would cost more than it tells.
const noteEveryMs = 60_000;

/** A sign-in as its owner sees it. Times are ISO. */
export interface SignIn {
  id: string;
  accountId: string;
  createdAt: string;
  seenAt: string;
  address: string;
  /** What the browser said it is. */
  agent: string;
}

/** Begins a sign-in and gives its token. */
export function startSignIn(
  { store, clock }: AccountSite,
  account: Account,
  from: { address: string; agent: string },
): SecretString {
  const { token, digest } = newToken('');
  const now = clock.now().toISOString();
  store.database
    .prepare(
      'INSERT INTO sign_in (id, digest, account_id, created_at, seen_at, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(randomUUID(), digest, account.id, now, now, from.address, from.agent.slice(0, 200));
  return token;
}

/** Who this token belongs to, or undefined when it is of no use any more. `isActive`: a person did something just now. */
export function findSignIn(
  { store, clock }: AccountSite,
  token: SecretString,
  isActive: boolean,
): { signIn: SignIn; account: Account } | undefined {
  const row = store.database.prepare('SELECT * FROM sign_in WHERE digest = ?').get(digestOfToken(token));
  if (row === undefined) return undefined;
  const signIn = signInOfRow(row);
  const now = clock.now().getTime();
  if (now - Date.parse(signIn.seenAt) > idleMs || now - Date.parse(signIn.createdAt) > lifeMs) {
    return undefined;
  }
  if (isActive && now - Date.parse(signIn.seenAt) > noteEveryMs) {
    store.database.prepare('UPDATE sign_in SET seen_at = ? WHERE id = ?').run(clock.now().toISOString(), signIn.id);
  }
  return { signIn, account: findAccount(store, signIn.accountId) };
}

/** The sign-ins of an account, the newest first. */
export function listSignIns({ store }: Pick<AccountSite, 'store'>, accountId: string): SignIn[] {
  return store.database
    .prepare('SELECT * FROM sign_in WHERE account_id = ? ORDER BY created_at DESC')
    .all(accountId)
    .map(signInOfRow);
}

/** Ends the sign-ins that are idle or old, and tells that they expired. */
export function endExpiredSignIns({ store, clock, tell }: AccountSite & { tell: ReportEvent }): void {
  const now = clock.now();
  const before = (ms: number): string => new Date(now.getTime() - ms).toISOString();
  const rows = store.database
    .prepare('SELECT * FROM sign_in WHERE seen_at < ? OR created_at < ?')
    .all(before(idleMs), before(lifeMs));
  for (const { id, accountId, address } of rows.map(signInOfRow)) {
    const { name: user, role } = findAccount(store, accountId);
    endSignIn({ store }, id);
    tell(orbitEvent('sign-in.expired', { user, userId: accountId, role, address }, now));
  }
}

/** Ends a sign-in. Ending one that ended is fine. */
export function endSignIn({ store }: Pick<AccountSite, 'store'>, id: string): void {
  store.database.prepare('DELETE FROM sign_in WHERE id = ?').run(id);
}

function signInOfRow(row: Record<string, unknown>): SignIn {
  return {
    id: String(row['id']),
    accountId: String(row['account_id']),
    createdAt: String(row['created_at']),
    seenAt: String(row['seen_at']),
    address: String(row['address']),
    agent: String(row['agent']),
  };
}
