// The fields of every kind that goes over a line without a mount.
import { z } from 'zod';

/** Seconds of silence. */
export const silenceField = z
  .number()
  .int()
  .min(1)
  .max(3600)
  .default(60)
  .meta({ title: 'Seconds of silence after which it is given up' });
