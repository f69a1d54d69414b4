// Runs: history, and what goes on now.
import { z } from 'zod';
import { backupKind, keptFailure, outcome } from './common.ts';

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
  notes: z.array(z.string()),
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

/** Which runs. */
export const runQuery = z.strictObject({
  job: z.string().max(64).optional(),
  kind: backupKind.optional(),
  outcome: outcome.optional(),
  /** Only runs with a smaller number: the next page. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(30),
});

/** A page of runs. `next` is the `before` of the following one. */
export const runList = z.object({ runs: z.array(runView), next: z.number().optional() });

/** A page of runs. */
export type RunList = z.infer<typeof runList>;

/** What goes on now. */
export const liveRuns = z.object({ live: z.array(liveRun) });

/** A run that was started. */
export const startedRun = z.object({ run: liveRun });

/** What the event stream of runs carries, as JSON after `data:`. */
export type RunStreamEvent =
  | { type: 'all'; live: LiveRunView[] }
  | { type: 'live'; run: LiveRunView }
  | { type: 'ended'; run: RunView };
