// Remote partitions: shares that stay mounted at a place of their own.
import { z } from 'zod';

/** A partition and how the kernel sees it now. */
export const partitionState = z.object({
  name: z.string(),
  local: z.string(),
  type: z.enum(['cifs', 'nfs']),
  location: z.string(),
  state: z.enum(['mounted', 'not mounted', 'something else is mounted there']),
  /** A person took it away, and it stays away until one mounts it again. */
  unmounted: z.object({ by: z.string(), at: z.string() }).optional(),
  kernelOptions: z.string().optional(),
});

/** A partition, and what uses it. */
export const partitionView = partitionState.extend({
  /** Runs that write there now: unmounting cuts them off. */
  running: z.array(z.object({ run: z.number(), job: z.string() })),
  /** What comes next; it waits while the partition is away. */
  next: z.array(z.object({ job: z.string(), at: z.string() })),
});

/** A partition, and what uses it. */
export type PartitionView = z.infer<typeof partitionView>;

/** All partitions. */
export const partitionList = z.object({ partitions: z.array(partitionView) });

/** `cutsOff`: whoever asks knows that a run which writes there is cut off. */
export const partitionOrder = z.strictObject({ cutsOff: z.boolean().default(false) });
