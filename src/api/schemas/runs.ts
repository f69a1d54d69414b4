// Runs: history, and what goes on now.
import { z } from 'zod';
import { backupKind, keptFailure, outcome, keptNote } from './common.ts';

const trigger = z.enum(['person', 'schedule', 'change', 'first-start', 'catch-up']);

/** What a run did at one destination. */
export const runSummary = z.object({
  items: z.number(),
  newItems: z.number(),
  bytes: z.number(),
  newBytes: z.number(),
  sentBytes: z.number(),
  sentObjects: z.number(),
  transferMs: z.number(),
  verifiedObjects: z.number(),
  verifiedBytes: z.number(),
  made: z.string().optional(),
  /** The moment it shows, where that is not the run's own. */
  asOf: z.string().optional(),
  omissions: z.array(z.string()),
  omitted: z.number(),
  /** By code and facts; as text where an earlier version kept it. */
  notes: z.array(keptNote),
});

/** What a run did at one destination. */
export type RunSummaryView = z.infer<typeof runSummary>;

/** A result at one destination. */
export const runResult = z.object({
  destination: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  outcome,
  summary: runSummary.optional(),
  failure: keptFailure.optional(),
});

/** A run. */
export const runView = z.object({
  id: z.number(),
  job: z.string(),
  kind: backupKind,
  startedBy: trigger,
  startedAt: z.string(),
  endedAt: z.string().optional(),
  outcome: outcome.optional(),
  failure: keptFailure.optional(),
  /** The one destination that a catch-up serves. */
  destination: z.string().optional(),
  /** Why a sudden drop was accepted. */
  dropAccepted: z.string().optional(),
  results: z.array(runResult),
});

/** A run. */
export type RunView = z.infer<typeof runView>;

/** Numbers of the work in hand. */
export const runProgress = z.object({
  items: z.number(),
  itemsTotal: z.number().optional(),
  bytes: z.number(),
  bytesTotal: z.number().optional(),
  bytesPerSecond: z.number().optional(),
  /** Bytes that this destination got. */
  sentBytes: z.number().optional(),
  remainingMs: z.number().optional(),
});

const runStage = z.enum(['reading', 'sending', 'verifying', 'waiting']);

/** One destination of a run that goes on now. */
export const liveDestination = z.object({
  destination: z.string(),
  stage: runStage.optional(),
  progress: runProgress.optional(),
  /** How it ended there, when it has. */
  outcome: outcome.optional(),
});

/** A run that goes on now. */
export const liveRun = z.object({
  id: z.number(),
  job: z.string(),
  kind: backupKind,
  startedBy: trigger,
  startedAt: z.string(),
  /** What was heard of last. */
  destination: z.string().optional(),
  stage: runStage.optional(),
  progress: runProgress.optional(),
  /** Where each destination is at: they are served at once. */
  destinations: z.array(liveDestination),
  results: z.array(runResult),
  isCancelling: z.boolean(),
});

/** A run that goes on now. */
export type LiveRunView = z.infer<typeof liveRun>;

const runFilter = {
  job: z.string().max(64).optional(),
  kind: backupKind.optional(),
  outcome: outcome.optional(),
  startedBy: trigger.optional(),
  destination: z.string().max(64).optional(),
  /** Started at or after, and before: ISO 8601. */
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
};

/** Which runs, without pages. */
export const runFilterQuery = z.strictObject(runFilter);

/** Which runs. */
export const runQuery = z.strictObject({
  ...runFilter,
  /** Only runs with a smaller number: the next page. */
  before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
  /** So many from the newest: any page. */
  from: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(30),
});

/** A page of runs. `next` is the `before` of the following one, `total` counts all that fit. */
export const runList = z.object({ runs: z.array(runView), next: z.number().optional(), total: z.number() });

/** A page of runs. */
export type RunList = z.infer<typeof runList>;

/** What a run said while it went on. */
export const runLines = z.object({
  lines: z.array(
    z.object({
      at: z.string(),
      destination: z.string(),
      what: z.enum(['started', ...runStage.options, 'progress', 'omitted', 'note', ...outcome.options]),
      facts: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
  ),
});

/** What a run said while it went on. */
export type RunLinesView = z.infer<typeof runLines>;

/** So many days. */
export const sizesQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(3660).default(90) });

/** Sizes over time, for each copy. */
export const sizes = z.object({
  histories: z.array(
    z.object({
      job: z.string(),
      kind: backupKind,
      destination: z.string(),
      days: z.array(
        z.object({
          day: z.string(),
          bytes: z.number(),
          items: z.number(),
          newBytes: z.number(),
          sentBytes: z.number(),
        }),
      ),
    }),
  ),
});

/** Sizes over time. */
export type SizesView = z.infer<typeof sizes>;

/** What goes on now. */
export const liveRuns = z.object({ live: z.array(liveRun) });

/** A run that was started. */
export const startedRun = z.object({ run: liveRun });

/** What the event stream of runs carries, as JSON after `data:`. */
export type RunStreamEvent =
  | { type: 'all'; live: LiveRunView[] }
  | { type: 'live'; run: LiveRunView }
  | { type: 'ended'; run: RunView };
