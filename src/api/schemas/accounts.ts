// Accounts and tokens, as administrators see them.
import { z } from 'zod';
import { scopes } from '../../accounts/scope.ts';
import { role, scope } from './common.ts';

/** An account. */
export const accountView = z.object({
  id: z.string(),
  name: z.string(),
  role,
  createdAt: z.string(),
  passwordSetAt: z.string().optional(),
});

/** An account. */
export type AccountView = z.infer<typeof accountView>;

/** All accounts. */
export const accountList = z.object({ accounts: z.array(accountView) });

/** A new account. */
export const newAccount = z.strictObject({ name: z.string().max(64), role });

/** A change of an account. */
export const accountChange = z.strictObject({ role });

/** The one-time link by which an account gets its password: `/setup#TOKEN` of this service. */
export const accountLink = z.object({ account: accountView, link: z.string() });

/** A token of a program. */
export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scope),
  /** The least role that may do all of it. */
  role,
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string().optional(),
  /** When it was last used, within an hour. */
  usedAt: z.string().optional(),
});

/** A token of a program. */
export type TokenView = z.infer<typeof tokenView>;

/** What tokens can be allowed, and which roles are. */
export const scopeList = z.object({
  scopes: z.array(z.object({ scope, title: z.object({ en: z.string(), pt: z.string() }), roles: z.array(role) })),
});

/** All tokens. */
export const tokenList = z.object({ tokens: z.array(tokenView) });

/** A new token. Without scopes and role it only sees whether we could recover. */
export const newToken = z
  .strictObject({
    name: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u, 'a short name'),
    scopes: z.array(scope).min(1).max(scopes.length).optional(),
    /** Short for all scopes of a role. */
    role: role.optional(),
    expiresAt: z.iso.datetime().optional(),
  })
  .refine((given) => given.scopes === undefined || given.role === undefined, 'give scopes or a role, not both');

/** A new token, shown this once. */
export const madeToken = z.object({ token: z.string(), info: tokenView });
