// The recovery key and its custodians: how far a ceremony is, and what a ceremony decides.
import { z } from 'zod';
import { keptFailure } from './common.ts';

const secretText = z.string().min(1).max(1000);
const step = z.enum(['made', 'waiting', 'expired', 'viewed', 'printed', 'confirmed']);
const delivery = z.enum(['in-person', 'link', 'sealed']);
const language = z.enum(['en', 'pt']);

/** A custodian as people enter one. */
export const custodianInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  contact: z.string().trim().max(300).optional(),
  language: language.optional(),
  /** Their age1… or SSH public key. */
  recipient: z.string().max(2000).optional(),
});

/** A custodian. */
export const custodian = z.object({
  id: z.string(),
  name: z.string(),
  contact: z.string(),
  language,
  recipient: z.string().optional(),
  /** Holds a share of the current set. */
  holdsShare: z.boolean(),
});

/** A custodian. */
export type CustodianView = z.infer<typeof custodian>;

const keyView = z.object({
  id: z.string(),
  recipient: z.string(),
  createdAt: z.string(),
  state: z.enum(['current', 'retired', 'compromised']),
  ways: z.array(z.enum(['master-password', 'shares', 'recipients'])),
  recipients: z.array(z.object({ recipient: z.string(), title: z.string() })),
  /** What was sealed to it opens with the current key. */
  opensWithCurrent: z.boolean(),
  signer: z.string(),
});

/** How far the ceremony is. */
export const ceremony = z.object({
  /** The current key first; none before the first ceremony. */
  keys: z.array(keyView),
  set: z
    .object({
      name: z.string(),
      keyId: z.string(),
      threshold: z.number(),
      count: z.number(),
      madeAt: z.string(),
      holders: z.array(
        z.object({
          custodian: z.string(),
          share: z.number(),
          delivery,
          step,
          isStruckOff: z.boolean(),
          viewedAt: z.string().optional(),
          printedAt: z.string().optional(),
          confirmedAt: z.string().optional(),
          link: z
            .object({
              state: z.enum(['waiting', 'opened', 'expired']),
              expiresAt: z.string(),
              openedAt: z.string().optional(),
            })
            .optional(),
        }),
      ),
      /** Fewer confirmed than the threshold and one to spare. */
      worry: z.object({ confirmed: z.number(), wanted: z.number(), waitingFor: z.array(z.string()) }).optional(),
    })
    .optional(),
  /** Whether the key set in force lies at each destination. */
  destinations: z.array(
    z.object({
      destination: z.string(),
      state: z.enum(['current', 'behind', 'none']),
      broughtAt: z.string().optional(),
      /** Files that the place would not let us replace. */
      refused: z.array(z.string()),
      failure: keptFailure.optional(),
      awaitsReseal: z.boolean(),
    }),
  ),
  custodians: z.array(custodian),
});

/** How far the ceremony is. */
export type CeremonyView = z.infer<typeof ceremony>;

/** What opens the current key: its master password, or the words of enough shares. */
export const opening = z.union([
  z.strictObject({ masterPassword: secretText }),
  z.strictObject({ shares: z.array(z.string().min(1).max(2000)).min(1).max(16) }),
]);

const newPassword = z.union([
  z.strictObject({ masterPassword: secretText }),
  z.strictObject({ generate: z.literal(true) }),
]);

const handOutInput = {
  threshold: z.number().int().min(2).max(16),
  /** Whom to call, on every sheet. */
  contacts: z.array(z.string().max(300)).max(10).optional(),
  organisation: z.string().max(200).optional(),
  linkDays: z.number().int().min(1).max(30).optional(),
};

/** Who gets a share, and by which way: a one-time link, or a file sealed to their own key. */
export const receiver = custodianInput.extend({ delivery: z.enum(['link', 'sealed']) });

/** A new ceremony. */
export const ceremonyStart = z.strictObject({
  /** Left out: only custodians or recipients open the key. */
  password: newPassword.optional(),
  custodians: z.strictObject({ receivers: z.array(receiver).min(1).max(16), ...handOutInput }).optional(),
  recipients: z
    .array(z.strictObject({ recipient: z.string().max(2000), title: z.string().max(200).optional() }))
    .max(50)
    .optional(),
  /** After the first: how the current key opens, or that nobody can open it any more. */
  previous: z.union([opening, z.literal('abandon')]).optional(),
  isPreviousCompromised: z.boolean().optional(),
});

/** A new set of shares of the current key. */
export const splitInput = z.strictObject({
  opening,
  receivers: z.array(receiver).min(1).max(16),
  ...handOutInput,
});

/** Another master password. */
export const passwordInput = z.strictObject({ opening, password: newPassword });

/** The recipients that open the key besides, all of them. */
export const recipientsInput = z.strictObject({
  opening,
  recipients: z
    .array(z.strictObject({ recipient: z.string().max(2000), title: z.string().max(200).optional() }))
    .max(50),
});

/** What was handed out. Links, files and the passphrase are in this one answer and nowhere else. */
export const handedOut = z.object({
  set: z.string(),
  links: z.array(z.object({ custodian: z.string(), share: z.number(), link: z.string(), expiresAt: z.string() })),
  files: z.array(z.object({ custodian: z.string(), share: z.number(), name: z.string(), base64: z.string() })),
});

/** What was sealed anew at one destination, and what still waits. */
export const resealed = z.object({
  destination: z.string(),
  kits: z.array(z.string()),
  repositories: z.array(z.string()),
  left: z.array(z.object({ what: z.string(), failure: keptFailure.optional() })),
});

/** What opens the current key, for sealing the rest anew. */
export const resealInput = z.strictObject({ opening });

/** What was sealed anew. */
export const resealDone = z.object({ resealed: z.array(resealed) });

/** What a compromise would seal anew. */
export const compromisePlan = z.object({
  destinations: z.array(
    z.object({
      destination: z.string(),
      kits: z.array(z.string()),
      repositories: z.array(z.string()),
      failure: keptFailure.optional(),
    }),
  ),
});

/** What a ceremony made. */
export const ceremonyDone = z.object({
  keyId: z.string(),
  /** The generated master password, this once. */
  passphrase: z.string().optional(),
  handedOut: handedOut.optional(),
  resealed: z.array(resealed).optional(),
});

const linkProof = {
  /** From the link's fragment. */
  id: z.string().regex(/^[\w-]{22}$/),
  /** Base64url of 32 bytes that only whoever has the link can make. */
  proof: z.string().regex(/^[\w-]{43}$/),
};

/** Whoever has a link. */
export const linkInput = z.strictObject(linkProof);

/** The sheet behind a link, sealed under the key in its fragment. */
export const linkSheet = z.object({
  sealed: z.string(),
  custodian: z.string(),
  share: z.number(),
  threshold: z.number(),
});

/** What the custodian did with the sheet. `digest`: SHA-256 of the words, hexadecimal, when they typed them back. */
export const linkMark = z.strictObject({
  ...linkProof,
  mark: z.enum(['printed', 'confirmed']),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
