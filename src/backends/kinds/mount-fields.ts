// The fields that every share has which Orbit mounts itself.
import { z } from 'zod';
import { place } from '../../base/secret-schema.ts';
import { bandwidthField, lowSpaceField } from './line-fields.ts';

/** Mount point, extra options and patience. */
export const mountFields = {
  local: z
    .string()
    .regex(/^\/[^\0\n]*[^/\0\n]$/, 'an absolute path')
    .optional()
    .meta({ title: 'Mount point, where it stays mounted; without it one of Orbit’s own, while it is used' }),
  // `ip=` is among them, and says where a password goes.
  options: place(z.string().default('').meta({ title: 'Extra mount options, separated by commas' })),
  bandwidthLimitKib: bandwidthField,
  lowSpaceMib: lowSpaceField,
  timeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(45)
    .meta({ title: 'Seconds after which a call is given up and the mount replaced' }),
};
