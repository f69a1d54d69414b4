// Drills: those that were held, with their reports, and those that go on.
import { z } from 'zod';
import { backupKind, keptFailure, keptNote } from './common.ts';

const step = z.object({
  name: z.string(),
  result: z.enum(['passed', 'failed', 'skipped']),
  durationMs: z.number(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  notes: z.array(keptNote),
  failure: keptFailure.optional(),
});

/** A drill that was held. */
export const drillView = z.object({
  id: z.string(),
  way: z.enum(['automatic', 'people']),
  kind: backupKind,
  destination: z.string(),
  startedBy: z.enum(['person', 'schedule']),
  startedAt: z.string(),
  endedAt: z.string(),
  result: z.enum(['passed', 'failed']),
  failure: keptFailure.optional(),
});

/** A drill that was held. */
export type DrillView = z.infer<typeof drillView>;

/** The newest first, with what goes on, what could be tested, and what is overdue. */
export const drillList = z.object({
  drills: z.array(drillView),
  live: z.array(
    z.object({
      kind: backupKind,
      destination: z.string(),
      askedAt: z.string(),
      isWaiting: z.boolean(),
      steps: z.array(step),
    }),
  ),
  targets: z.array(z.object({ kind: backupKind, destination: z.string() })),
  overdue: z.array(
    z.object({
      way: z.enum(['automatic', 'people']),
      kind: backupKind,
      destination: z.string().optional(),
      dueAt: z.string(),
    }),
  ),
});

/** All about drills. */
export type DrillList = z.infer<typeof drillList>;

/** How many. */
export const drillQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(10_000).default(200) });

/** Which copy to test. */
export const drillOrder = z.strictObject({ kind: backupKind, destination: z.string().max(64) });

/** A report, whose signature was checked. */
export const drillReport = z.object({
  drill: drillView,
  durationMs: z.number(),
  firstReadableMs: z.number().optional(),
  user: z.string(),
  people: z.array(z.object({ name: z.string(), role: z.string() })),
  copy: z.object({ location: z.string(), name: z.string().optional(), madeAt: z.string().optional() }),
  host: z.string(),
  steps: z.array(step),
  sampled: z.number(),
});

/** A report. */
export type DrillReportView = z.infer<typeof drillReport>;

/** In which form, and language. */
export const reportQuery = z.strictObject({ as: z.enum(['en', 'pt', 'json']).default('json') });
