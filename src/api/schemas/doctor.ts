// What the doctor found.
import { z } from 'zod';

const finding = z.object({
  check: z.string(),
  verdict: z.enum(['ok', 'warning', 'broken']),
  found: z.string(),
  /** What to do. */
  cure: z.string().optional(),
});

/** What the doctor found, in the order one would mend it. */
export const findings = z.object({ findings: z.array(finding) });
