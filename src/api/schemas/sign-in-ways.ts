// Ways to sign in besides the password: one-time codes, passkeys, an identity provider.
import { z } from 'zod';
import { formField } from './common.ts';

/** A passkey. */
export const passkeyView = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  usedAt: z.string().optional(),
});

/** How the account of whoever asks signs in. */
export const signInWays = z.object({
  codes: z.object({ isOn: z.boolean(), recoveryCodesLeft: z.number() }),
  passkeys: z.array(passkeyView),
  /** Whoever has one proves it before another way is added. */
  hasPassword: z.boolean(),
});

/** How the account of whoever asks signs in. */
export type SignInWays = z.infer<typeof signInWays>;

/** What the authenticator is given: its address, and the same as a picture (a data URL). Shown this once. */
export const begunCodes = z.object({ uri: z.string(), picture: z.string() });

/** A one-time code. */
export const codeProof = z.strictObject({ code: z.string().min(6).max(20) });

/** Codes for the day the authenticator is lost. Shown this once. */
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

/** The password, for what must not be done by whoever finds an open browser. */
export const passwordProof = z.strictObject({ password: z.string().max(1024).meta({ writeOnly: true }) });

/** The password of one's own account, where it has one. */
export const ownProof = passwordProof.partial();

/** Options for `navigator.credentials` of the browser, as JSON. */
export const passkeyOptions = z.object({ options: z.record(z.string(), z.unknown()) });

const credential = z.looseObject({ id: z.string().min(1).max(2000), type: z.literal('public-key') });

/** What the browser made. */
export const newPasskey = z.strictObject({
  name: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}$/u, 'a short name'),
  response: credential,
});

/** What the browser answered. */
export const passkeyProof = z.strictObject({ response: credential });

/** Where the browser goes to sign in. */
export const providerPlace = z.object({ url: z.string() });

/** What the identity provider sends back. */
export const providerReturn = z.object({ state: z.string().max(200) }).catchall(z.string().max(4000));

/** The identity provider, without its secret, and the fields of its form. */
export const providerView = z.object({
  provider: z.record(z.string(), z.unknown()).optional(),
  fields: z.array(formField),
});

/** Where people sign in there. */
export const providerTested = z.object({ signsInAt: z.string() });

/** Its settings; `readConfig` checks them. */
export const providerChange = z.record(z.string(), z.unknown());

/** Somebody's sign-in. */
export const anySignIn = z.object({
  id: z.string(),
  account: z.string(),
  createdAt: z.string(),
  seenAt: z.string(),
  address: z.string(),
  agent: z.string(),
});

/** Everybody's sign-ins. */
export const allSignIns = z.object({ signIns: z.array(anySignIn) });
