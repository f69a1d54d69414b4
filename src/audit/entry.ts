// One entry of the audit trail, and how it is chained: each holds the SHA-256 of the one before it, so that nothing in the
// middle can be changed, removed or put in without breaking every link after it.
import { hash } from 'node:crypto';
import { z } from 'zod';

/** Stands for "the one before" in the first entry. */
export const noPrevious = '0'.repeat(64);

/** What an entry says. Secrets are masked before they get here. */
export const auditEntry = z.strictObject({
  number: z.number().int().min(1),
  at: z.iso.datetime(),
  /** The account, token or user of the machine. */
  actor: z.string(),
  role: z.string().optional(),
  /** Network address the person came from. */
  address: z.string().optional(),
  /** HTTP method, or `CLI`. */
  method: z.string(),
  /** What was done: a route or a command. */
  action: z.string(),
  /** What it was done to. */
  subject: z.string().optional(),
  outcome: z.enum(['done', 'refused']),
  /** Failure code of what was refused. */
  code: z.string().optional(),
  /** What differs, before and after. */
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  previous: z.string().regex(/^[0-9a-f]{64}$/),
});

/** What an entry says. */
export type AuditEntry = z.infer<typeof auditEntry>;

/** What is recorded; number, time and chain are added. */
export type AuditFacts = Omit<AuditEntry, 'number' | 'at' | 'previous'>;

/** An entry as it is kept: the exact text that was hashed, and its hash. */
export interface KeptEntry {
  text: string;
  hash: string;
}

/** The hash of an entry's exact text: stock `sha256sum` gives the same. */
export function hashOfEntry(text: string): string {
  return hash('sha256', text, 'hex');
}

/** One line of an exported trail: hash, blank, entry. JSON holds no line ends. */
export function exportedLine({ text, hash: head }: KeptEntry): string {
  return `${head} ${text}\n`;
}
