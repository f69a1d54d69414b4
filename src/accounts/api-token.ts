// Tokens by which programs use the API, each allowed a few things and no more.
import { randomUUID } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { AccountSite } from './account.ts';
import { type Scope, readScopes } from './scope.ts';
import { digestOfToken, newToken } from './token.ts';

/** A token as it is listed. Times are ISO. */
export interface ApiToken {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: string;
  createdBy: string;
  expiresAt?: string;
  /** When it was last used, within an hour. */
  usedAt?: string;
}

// Writing each use down would cost more than it tells.
const noteEveryMs = 60 * 60_000;

/** Makes a token; it is shown this once. @throws Failure `accounts.name-taken`, `accounts.expires-in-the-past`. */
export function addApiToken(
  { store, clock }: AccountSite,
  wanted: { name: string; scopes: readonly Scope[]; createdBy: string; expiresAt?: string },
): { token: SecretString; info: ApiToken } {
  const now = clock.now().toISOString();
  if (wanted.expiresAt !== undefined && wanted.expiresAt <= now) {
    throw new Failure('accounts.expires-in-the-past', {
      message: `the token would have expired at ${wanted.expiresAt}`,
      hint: 'Give a day to come.',
    });
  }
  const { token, digest } = newToken('orbit_');
  const id = randomUUID();
  const { changes } = store.database
    .prepare(
      `INSERT OR IGNORE INTO api_token (id, name, digest, scopes, created_at, created_by, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, wanted.name, digest, wanted.scopes.join(' '), now, wanted.createdBy, wanted.expiresAt ?? null);
  const info = listApiTokens({ store }).find((each) => each.id === id);
  if (changes === 0 || info === undefined) {
    throw new Failure('accounts.name-taken', {
      message: `there is a token '${wanted.name}' already`,
      hint: 'Take another name, or remove the old one first.',
    });
  }
  return { token, info };
}

/** All tokens, by name. */
export function listApiTokens({ store }: Pick<AccountSite, 'store'>): ApiToken[] {
  return store.database
    .prepare('SELECT * FROM api_token ORDER BY name')
    .all()
    .map((row) => ({
      id: String(row['id']),
      name: String(row['name']),
      scopes: readScopes(String(row['scopes']).split(' ')),
      createdAt: String(row['created_at']),
      createdBy: String(row['created_by']),
      ...(row['expires_at'] === null ? {} : { expiresAt: String(row['expires_at']) }),
      ...(row['used_at'] === null ? {} : { usedAt: String(row['used_at']) }),
    }));
}

/** The token that this is, unless it expired or was removed. */
export function findApiToken({ store, clock }: AccountSite, token: SecretString): ApiToken | undefined {
  const row = store.database.prepare('SELECT id FROM api_token WHERE digest = ?').get(digestOfToken(token));
  const found = listApiTokens({ store }).find((each) => each.id === row?.['id']);
  if (found === undefined) return undefined;
  const now = clock.now();
  if (found.expiresAt !== undefined && found.expiresAt <= now.toISOString()) return undefined;
  if (found.usedAt === undefined || now.getTime() - Date.parse(found.usedAt) > noteEveryMs) {
    store.database.prepare('UPDATE api_token SET used_at = ? WHERE id = ?').run(now.toISOString(), found.id);
  }
  return found;
}

/** Removes a token by id or name. @throws Failure `accounts.not-found`. */
export function removeApiToken({ store }: Pick<AccountSite, 'store'>, name: string): void {
  const { changes } = store.database.prepare('DELETE FROM api_token WHERE id = ? OR name = ?').run(name, name);
  if (changes > 0) return;
  throw new Failure('accounts.not-found', {
    message: `there is no token '${name}'`,
    hint: 'orbit token list shows the names.',
  });
}
