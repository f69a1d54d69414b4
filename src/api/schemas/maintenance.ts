// Maintenance: no run starts by itself for a while.
import { z } from 'zod';

/** Maintenance that is on. */
export const maintenanceView = z.object({
  by: z.string(),
  reason: z.string(),
  since: z.string(),
  until: z.string(),
});

/** The same for faces. */
export type MaintenanceView = z.infer<typeof maintenanceView>;

/** Whether it is on. */
export const maintenanceState = z.object({ maintenance: maintenanceView.optional() });

/** Beginning it, or moving its end. */
export const maintenanceWish = z.strictObject({
  reason: z.string().trim().min(3).max(200),
  until: z.iso.datetime({ offset: true }),
});
