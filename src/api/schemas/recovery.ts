// The recovery key, as far as a server knows it, and the kits.
import { z } from 'zod';
import { keptFailure } from './common.ts';
import { kitView } from './kits.ts';

/** Recovery. */
export const recovery = z.object({
  key: z
    .object({
      id: z.string(),
      recipient: z.string(),
      createdAt: z.string(),
      ways: z.array(z.enum(['master-password', 'shares', 'recipients'])),
      shares: z.object({ threshold: z.number(), total: z.number() }).optional(),
      extraRecipients: z.array(z.string()),
    })
    .optional(),
  earlierKeys: z.number(),
  custodians: z.array(
    z.object({
      name: z.string(),
      share: z.number(),
      confirmedAt: z.string().optional(),
      printedAt: z.string().optional(),
    }),
  ),
  drills: z.array(
    z.object({
      id: z.string(),
      way: z.enum(['automatic', 'people']),
      kind: z.string(),
      destination: z.string(),
      startedAt: z.string(),
      result: z.string(),
      failure: keptFailure.optional(),
    }),
  ),
  /** The newest ones. */
  kits: z.array(kitView),
});

/** Recovery. */
export type Recovery = z.infer<typeof recovery>;
