// Deleting snapshots that a person chose.
import { z } from 'zod';
import { keptNote } from './common.ts';
import { snapshotView } from './restore.ts';

const chosen = z
  .array(z.string().regex(/^[0-9a-f]{64}$/))
  .min(1)
  .max(200);

/** Which snapshots, by their whole ids. */
export const deletionChoice = z.strictObject({ snapshots: chosen });

/** The same, once the plan was seen: why, and whether the space is to be freed at once. */
export const deletionOrder = z.strictObject({
  snapshots: chosen,
  reason: z.string().trim().min(3).max(1000),
  frees: z.boolean().default(false),
});

/** What deleting them would do. */
export const deletionPlan = z.object({
  /** Why nothing can be deleted there, where that is so. */
  appendOnly: keptNote.optional(),
  remove: z.array(snapshotView),
  /** What stays though it was chosen, and why: the newest, the newest that a run made without a fault, or held by somebody. */
  stay: z.array(
    z.object({
      snapshot: snapshotView,
      reasons: z.array(z.object({ why: z.enum(['newest', 'newest-good', 'held']), reason: z.string().optional() })),
    }),
  ),
  left: z.number(),
});

/** What deleting them would do. */
export type DeletionPlanView = z.infer<typeof deletionPlan>;

/** What was deleted. `freedBytes` is 0 unless the space was to be freed. */
export const deletionDone = z.object({
  removed: z.array(z.object({ id: z.string(), at: z.string() })),
  before: z.number(),
  left: z.number(),
  freedBytes: z.number(),
});

/** What was deleted. */
export type DeletionDoneView = z.infer<typeof deletionDone>;
