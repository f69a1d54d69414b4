// Fields that kinds share: how long silence is borne, how much of the line is used, when space is short.
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

/** MiB, for the kinds that can tell how much is free. */
export const lowSpaceField = z
  .number()
  .int()
  .min(0)
  .default(2048)
  .meta({ title: 'MiB free below which it is called nearly full, 0 for never' });

/** The bytes below which a place with these settings is nearly full. Those kept before there was such a setting have its default. */
export const lowSpaceBytes = (config: Record<string, unknown>): number =>
  lowSpaceField.parse(config['lowSpaceMib']) * 1024 * 1024;
