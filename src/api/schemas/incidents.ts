// What was wrong, from when to when.
import { z } from 'zod';

const text = z.object({ title: z.string(), told: z.string(), advice: z.string().optional() });

/** A trouble with its beginning and, when it is over, its end. */
export const incidentView = z.object({
  id: z.number(),
  event: z.string(),
  severity: z.string(),
  openedAt: z.string(),
  toldAt: z.string(),
  times: z.number(),
  resolvedAt: z.string().optional(),
  /** The event that ended it, `silence`, or a person. */
  resolvedBy: z.string().optional(),
  note: z.string().optional(),
  text: z.object({ en: text, pt: text }),
});

/** A trouble with its beginning and end. */
export type IncidentView = z.infer<typeof incidentView>;

/** Which ones. */
export const incidentQuery = z.strictObject({
  state: z.enum(['open', 'resolved']).optional(),
  from: z.coerce.number().int().min(0).max(10_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** A part of them, the newest first; `open` counts all that stand. */
export const incidentList = z.object({ total: z.number(), open: z.number(), incidents: z.array(incidentView) });

/** A part of them. */
export type IncidentListView = z.infer<typeof incidentList>;

/** Why it is over. */
export const resolution = z.strictObject({ note: z.string().trim().min(1).max(1000) });
