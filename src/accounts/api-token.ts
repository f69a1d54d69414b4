// Tokens by which programs use the API, each with a role of its own.
import { randomUUID } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { AccountSite } from './account.ts';
import type { Role } from './role.ts';
import { digestOfToken, newToken } from './token.ts';

/** A token as it is listed. Times are ISO. */
export interface ApiToken {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  createdBy: string;
  expiresAt?: string;
}

/** Makes a token; it is shown this once. @throws Failure `accounts.name-taken`. */
export function addApiToken(
  { store, clock }: AccountSite,
  wanted: { name: string; role: Role; createdBy: string; expiresAt?: string },
): { token: SecretString; info: ApiToken } {
  const { token, digest } = newToken('orbit_');
  const id = randomUUID();
  const { changes } = store.database
    .prepare(
      `INSERT OR IGNORE INTO api_token (id, name, digest, role, created_at, created_by, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(id, wanted.name, digest, wanted.role, clock.now().toISOString(), wanted.createdBy, wanted.expiresAt ?? null);
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
      role: row['role'] as Role,
      createdAt: String(row['created_at']),
      createdBy: String(row['created_by']),
      ...(row['expires_at'] === null ? {} : { expiresAt: String(row['expires_at']) }),
    }));
}

/** The token that this is, unless it expired or was removed. */
export function findApiToken({ store, clock }: AccountSite, token: SecretString): ApiToken | undefined {
  const row = store.database.prepare('SELECT id FROM api_token WHERE digest = ?').get(digestOfToken(token));
  const found = listApiTokens({ store }).find((each) => each.id === row?.['id']);
  if (found?.expiresAt !== undefined && found.expiresAt <= clock.now().toISOString()) return undefined;
  return found;
}

/** Removes a token by id or name. @throws Failure `accounts.not-found`. */
export function removeApiToken({ store }: Pick<AccountSite, 'store'>, name: string): void {
  const { changes } = store.database.prepare('DELETE FROM api_token WHERE id = ? OR name = ?').run(name, name);
  if (changes > 0) return;
  throw new Failure('accounts.not-found', {
    message: `there is no token '${name}'`,
    hint: 'orbit account tokens shows the names.',
  });
}
