// Signing in, and who is signed in.
import { z } from 'zod';
import { role, scope } from './common.ts';

const password = z.string().max(1024).meta({ writeOnly: true });
// Where `accounts.code-needed` asked for it; a recovery code does too.
const oneTimeCode = z.string().max(20).optional();

/** Who the page belongs to. */
export const me = z.object({
  name: z.string(),
  role,
  /** All that may be done in this name; GET /token-scopes explains them. */
  scopes: z.array(scope),
  /** How the request proved who it is. */
  via: z.enum(['sign-in', 'token']),
});

/** Who the page belongs to. */
export type Me = z.infer<typeof me>;

/** What anybody may know: whether there is an account yet. */
export const door = z.object({
  isSetUp: z.boolean(),
  version: z.string(),
  /** What the button of the identity provider says, when there is one. */
  provider: z.string().optional(),
  me: me.optional(),
});

/** What anybody may know. */
export type Door = z.infer<typeof door>;

/** A name and its password. */
export const credentials = z.strictObject({
  name: z.string().min(1).max(64),
  password,
  code: oneTimeCode,
});

/** A one-time link, looked at. */
export const linkQuestion = z.strictObject({ token: z.string().min(1).max(200) });

/** What a one-time link is for: the first account, or the password of the one that is named, which may want its code too. */
export const linkAnswer = z.object({ account: z.string().optional(), needsCode: z.boolean().optional() });

/** A one-time link, used. */
export const linkUse = z.strictObject({
  token: z.string().min(1).max(200),
  name: z.string().max(64),
  password,
  code: oneTimeCode,
});

/** A sign-in. */
export const signInView = z.object({
  id: z.string(),
  createdAt: z.string(),
  seenAt: z.string(),
  address: z.string(),
  agent: z.string(),
  isThis: z.boolean(),
});

/** A list of sign-ins. */
export const signIns = z.object({ signIns: z.array(signInView) });

/** A sign-in. */
export type SignInView = z.infer<typeof signInView>;

/** A new password, and the one before. */
export const passwordChange = z.strictObject({ current: password, next: password });
