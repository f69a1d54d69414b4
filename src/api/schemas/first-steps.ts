// The first-run wizard: how far it is, which is read off the instance wherever it can be.
import { z } from 'zod';

const stepName = z.enum(['key', 'sources', 'destination', 'backup', 'proof']);

/** A step. */
export type FirstStepName = z.infer<typeof stepName>;

const done = z.record(stepName, z.boolean());

/** How far it is. `isLeft`: somebody chose to go on without it. */
export const firstSteps = z.object({ done, isLeft: z.boolean(), isOver: z.boolean() });

/** How far it is. */
export type FirstSteps = z.infer<typeof firstSteps>;

/** What only a person can say: that the sources are chosen, that the proof was looked at, that they leave or come back. */
export const firstStepsChange = z.strictObject({
  sources: z.boolean().optional(),
  proof: z.boolean().optional(),
  isLeft: z.boolean().optional(),
});

/** A password of chance. It is kept nowhere. */
export const generated = z.object({ password: z.string() });

/** The master password of the first recovery key. The server forgets it at once. */
export const firstKey = z.strictObject({ masterPassword: z.string().min(1).max(1024).meta({ writeOnly: true }) });

/** The key that was made. */
export const madeKey = z.object({ id: z.string(), recipient: z.string() });
