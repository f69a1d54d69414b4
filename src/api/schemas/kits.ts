// Kits: where they lie, what their manifests say, how two of them differ, and how each secret is protected.
import { z } from 'zod';
import { passwordPolicy, policyFaults } from '../../jobs/password-policy-fields.ts';
import { compliances, secretStates } from '../../reports/secret-states.ts';

/** A kit that was proved at a destination. */
export const kitView = z.object({
  job: z.string(),
  destination: z.string(),
  name: z.string(),
  records: z.number(),
  createdAt: z.string(),
  provedAt: z.string(),
  /** The folder or address of the kit. */
  place: z.string(),
});

/** A kit that was proved at a destination. */
export type KitView = z.infer<typeof kitView>;

/** Every kit, the newest first. */
export const kitList = z.object({ kits: z.array(kitView) });

/** What the manifest of a kit says, read from the destination now, its signature checked. */
export const kitManifest = z.object({
  kit: z.string(),
  createdAt: z.string(),
  records: z.number(),
  keyId: z.string(),
  ways: z.array(z.string()),
  threshold: z.number().nullable(),
  shares: z.number().nullable(),
  signer: z.string(),
  sources: z.array(z.object({ id: z.string(), records: z.number() })),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});

/** What the manifest of a kit says. */
export type KitManifestView = z.infer<typeof kitManifest>;

/** Which kit to compare with. */
export const differenceQuery = z.strictObject({ since: z.string().max(100) });

/** How many secrets came, went, changed, without opening either kit. */
export const kitDifference = z.object({
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  unchanged: z.number(),
});

/** How two kits differ. */
export type KitDifferenceView = z.infer<typeof kitDifference>;

/** How a secret is protected. */
export const secretState = z.enum(secretStates);

/** How a secret is protected. */
export type SecretStateView = z.infer<typeof secretState>;

/** A secret as the last backup read it. Never a value. */
export const secretItem = z.object({
  job: z.string(),
  source: z.string(),
  id: z.string(),
  title: z.string(),
  username: z.string(),
  groups: z.array(z.string()),
  type: z.string(),
  changedAt: z.string(),
  state: secretState,
  compliance: z.enum(compliances),
  faults: z.array(z.enum(policyFaults)),
  /** When it was last proved to be in a kit, at each destination. */
  copies: z.array(z.object({ destination: z.string(), kit: z.string(), provedAt: z.string() })),
});

/** A secret as the last backup read it. */
export type SecretItemView = z.infer<typeof secretItem>;

const secretFilter = {
  text: z.string().max(200).default(''),
  state: secretState.optional(),
  /** Whether the password is as the policy asks. */
  compliance: z.enum(compliances).optional(),
  source: z.string().max(60).optional(),
  type: z.string().max(40).optional(),
  /** The last backup at or after, and before: ISO 8601. */
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
};

/** Which secrets, without pages. */
export const secretFilterQuery = z.strictObject(secretFilter);

/** Which secrets. */
export const secretQuery = z.strictObject({
  ...secretFilter,
  from: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(5000).default(500),
});

/** A part of them, by title. */
export const secretList = z.object({
  total: z.number(),
  counts: z.object({
    healthy: z.number(),
    empty: z.number(),
    waiting: z.number(),
    damaged: z.number(),
    unmet: z.number(),
  }),
  sources: z.array(z.string()),
  items: z.array(secretItem),
});

/** A part of them. */
export type SecretListView = z.infer<typeof secretList>;

/** What a password in the vault should be like. */
export const passwordPolicyView = passwordPolicy;

/** What a password in the vault should be like. */
export type PasswordPolicyView = z.output<typeof passwordPolicy>;
