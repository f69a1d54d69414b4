// Fields that kinds share: how long silence is borne, and how much of the line is used.
import { z } from 'zod';

/** Seconds of silence. */
export const silenceField = z
  .number()
  .int()
  .min(1)
  .max(3600)
  .default(60)
  .meta({ title: 'Seconds of silence after which it is given up' });

/** KiB a second. */
export const bandwidthField = z
  .number()
  .int()
  .min(0)
  .default(0)
  .meta({ title: 'KiB a second at most, 0 for no limit' });
