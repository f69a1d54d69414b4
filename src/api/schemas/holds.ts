// Holds of backups, and what retention would do.
import { z } from 'zod';
import { keptFailure } from './common.ts';

const how = z.enum(['protected', 'legal']);

/** Backups that stay whatever retention says, the newest hold first. */
export const holdList = z.object({
  holds: z.array(
    z.object({
      /** A snapshot's id, or `secrets/` and a kit's name. */
      copy: z.string(),
      how,
      reason: z.string(),
      heldBy: z.string(),
      heldAt: z.string(),
    }),
  ),
});

/** A hold to begin or to end. `copy`: a snapshot's id, a kit's name, or a run's number for all it made. */
export const holdChange = z.strictObject({ copy: z.string().min(1).max(200), how, reason: z.string().max(1000) });

/** What it was about. */
export const heldCopies = z.object({ copies: z.array(z.string()) });

/** What the retention of a job would do now, for each destination. Nothing is removed. */
export const retentionPlan = z.object({
  places: z.array(
    z.object({
      destination: z.string(),
      /** Why nothing can be removed there, where that is so. */
      appendOnly: z.string().optional(),
      failure: keptFailure.optional(),
      keep: z.array(z.object({ copy: z.string(), reasons: z.array(z.string()) })),
      remove: z.array(z.string()),
    }),
  ),
});
