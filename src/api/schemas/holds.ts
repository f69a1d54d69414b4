// Holds of backups, and what retention would do.
import { z } from 'zod';
import { backupKind, keptFailure, keptNote } from './common.ts';

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
      /** The run that made it, when one of this instance did. */
      madeBy: z
        .object({
          run: z.number(),
          job: z.string(),
          kind: backupKind,
          at: z.string(),
          destinations: z.array(z.string()),
        })
        .optional(),
    }),
  ),
});

/** Backups that stay whatever retention says. */
export type HoldsView = z.infer<typeof holdList>;

/** A hold to begin or to end. `copy`: a snapshot's id, a kit's name, or a run's number for all it made. */
export const holdChange = z.strictObject({ copy: z.string().min(1).max(200), how, reason: z.string().max(1000) });

/** What it was about. */
export const heldCopies = z.object({ copies: z.array(z.string()) });

const datedCopy = z.object({ copy: z.string(), at: z.string() });

/** What the retention of a job would do now, for each destination. Nothing is removed. */
export const retentionPlan = z.object({
  places: z.array(
    z.object({
      destination: z.string(),
      /** Why nothing can be removed there, where that is so. */
      appendOnly: keptNote.optional(),
      failure: keptFailure.optional(),
      keep: z.array(datedCopy.extend({ reasons: z.array(z.string()) })),
      remove: z.array(datedCopy),
      /** Freed at the destination, once it was done. */
      freedBytes: z.number().optional(),
    }),
  ),
});

/** What the retention of a job would do now. */
export type RetentionPlanView = z.infer<typeof retentionPlan>;

/** Which copies a person was shown to go: no others do. */
export const retentionOrder = z.strictObject({ shown: z.array(z.string().max(200)).max(1_000_000) });
