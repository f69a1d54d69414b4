// Accounts and tokens, as administrators see them.
import { z } from 'zod';
import { role } from './common.ts';

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
  role,
  createdAt: z.string(),
  createdBy: z.string(),
  expiresAt: z.string().optional(),
});

/** All tokens. */
export const tokenList = z.object({ tokens: z.array(tokenView) });

/** A new token. */
export const newToken = z.strictObject({
  name: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u, 'a short name'),
  role,
  expiresAt: z.iso.datetime().optional(),
});

/** A new token, shown this once. */
export const madeToken = z.object({ token: z.string(), info: tokenView });
