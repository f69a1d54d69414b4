// The audit trail, as it is shown.
import { z } from 'zod';
import { keptFailure } from './common.ts';

/** Which entries; the newest come first. */
export const auditQuestion = z.object({
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Which entries, all of them. */
export const auditTableQuestion = auditQuestion.omit({ before: true, limit: true });

/** Which entries. */
export type AuditQuestion = z.output<typeof auditQuestion>;

/** One entry. `before` and `after` hold what differs, by `section.name`; secrets are masked. */
export const auditEntryView = z.object({
  number: z.number(),
  at: z.string(),
  actor: z.string(),
  role: z.string().optional(),
  address: z.string().optional(),
  method: z.string(),
  action: z.string(),
  subject: z.string().optional(),
  outcome: z.enum(['done', 'refused']),
  code: z.string().optional(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  previous: z.string(),
  hash: z.string(),
});

/** One entry. */
export type AuditEntryView = z.infer<typeof auditEntryView>;

/** Entries, and the hash of the newest of all. */
export const auditList = z.object({ entries: z.array(auditEntryView), head: z.string().optional() });

/** What following the chain showed. */
export const auditVerdict = z.object({
  isWhole: z.boolean(),
  entries: z.number().optional(),
  head: z.string().optional(),
  /** Where it breaks. */
  failure: keptFailure.optional(),
});

/** What following the chain showed. */
export type AuditVerdictView = z.infer<typeof auditVerdict>;
