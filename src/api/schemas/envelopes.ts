// Envelopes: parts of every kit that a team opens with its own keys, and the groups they are made of.
import { z } from 'zod';

const groupName = z.string().min(1).max(500);

/** An envelope. */
export const envelopeView = z.object({
  /** Eight hexadecimal digits: all that a destination knows of it. */
  id: z.string(),
  title: z.string(),
  /** Paths of groups: what lies at or below one of them is in the envelope. */
  groups: z.array(z.array(z.string())),
  /** The age and SSH public keys that open it. */
  recipients: z.array(z.string()),
  /** How many secrets lie in it, as they were last read. */
  records: z.number(),
});

/** An envelope. */
export type EnvelopeView = z.infer<typeof envelopeView>;

/** All envelopes, by title. */
export const envelopeList = z.object({ envelopes: z.array(envelopeView) });

/** What an envelope is to be. */
export const envelopeInput = z.strictObject({
  title: z.string().trim().min(1).max(200),
  groups: z.array(z.array(groupName).min(1).max(50)).min(1).max(200),
  recipients: z.array(z.string().min(1).max(2000)).min(1).max(50),
});

/** The groups of the secrets as they were last read, by path; `records` counts what lies in them and below. */
export const secretGroups = z.object({
  groups: z.array(z.object({ path: z.array(z.string()), records: z.number() })),
});

/** The groups of the secrets. */
export type SecretGroupsView = z.infer<typeof secretGroups>;
