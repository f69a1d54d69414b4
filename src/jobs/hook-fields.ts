// The fields of programs around a backup, the same in every face. Only zod here: the console imports these types too.
import { z } from 'zod';

/** One program, no shell. */
export const hook = z.strictObject({
  command: z.string().startsWith('/').max(4096),
  args: z.array(z.string().max(4096)).max(200),
  timeoutSeconds: z.number().int().min(1).max(86_400),
});

/** A hook as a job's plan has it. */
export type Hook = z.infer<typeof hook>;

/** Hooks of a job. */
export const hooksPlan = z.strictObject({ before: z.array(hook).max(50), after: z.array(hook).max(50) });

/** Hooks of a job. */
export type Hooks = z.infer<typeof hooksPlan>;
