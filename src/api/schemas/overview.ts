// Home: could we recover right now?
import { z } from 'zod';
import { backupKind, keptFailure, keptNote, outcome } from './common.ts';

/** How a destination is. */
export const destinationState = z.enum(['untested', 'reachable', 'degraded', 'lost']);

/** How a destination is. */
export type DestinationStateView = z.infer<typeof destinationState>;

/** The copy of one job at one destination. */
export const copyHealth = z.object({
  job: z.string(),
  kind: backupKind,
  destination: z.string(),
  destinationState,
  onThisMachine: z.boolean(),
  state: z.enum(['good', 'late', 'never']),
  goodAt: z.string().optional(),
  ageMs: z.number().optional(),
  objectiveMs: z.number(),
  run: z.number().optional(),
  items: z.number().optional(),
  bytes: z.number().optional(),
  lastOutcome: outcome.optional(),
  lastFailure: keptFailure.optional(),
  /** When a drill last restored a sample of it, or opened it, and found it right. */
  drilledAt: z.string().optional(),
  /** Everything in its repository was read back from the destination since then. */
  readBackSince: z.string().optional(),
});

/** The copy of one job at one destination. */
export type CopyHealthView = z.infer<typeof copyHealth>;

/** A job with its copies. */
export const jobReadiness = z.object({
  job: z.string(),
  kind: backupKind,
  enabled: z.boolean(),
  next: z.string().optional(),
  isRunning: z.boolean(),
  /** How the last run of each of the last days ended, today at the end; UTC. */
  days: z.array(z.object({ day: z.string(), outcome: outcome.optional() })),
  copies: z.array(copyHealth),
});

/** A job with its copies. */
export type JobReadinessView = z.infer<typeof jobReadiness>;

/** Something that is wrong now. */
export const openProblem = z.object({
  what: z.enum([
    'destination-lost',
    'destination-degraded',
    'run-failed',
    'run-partial',
    'copy-late',
    'channel-failing',
  ]),
  subject: z.string(),
  job: z.string().optional(),
  run: z.number().optional(),
  since: z.string().optional(),
  failure: keptFailure.optional(),
  /** What works at a destination and should not stay so. */
  worries: z.array(keptNote).optional(),
});

/** Something that is wrong now. */
export type OpenProblem = z.infer<typeof openProblem>;

/** Something that is not protected, or not told, yet. */
export const gap = z.object({
  what: z.enum([
    'no-recovery-key',
    'only-this-machine',
    'recordings-off',
    'job-off',
    'no-destination',
    'no-place',
    'never-ran',
    'one-way-to-open',
    'not-append-only',
    'nobody-told',
  ]),
  subject: z.string().optional(),
});

/** Something that is not protected, or not told, yet. */
export type Gap = z.infer<typeof gap>;

/** Home. */
export const overview = z.object({
  now: z.string(),
  verdict: z.enum(['yes', 'yes-here', 'partly', 'no']),
  recoverableTo: z.string().optional(),
  hasRecoveryKey: z.boolean(),
  jobs: z.array(jobReadiness),
  problems: z.array(openProblem),
  gaps: z.array(gap),
});

/** Home. */
export type Overview = z.infer<typeof overview>;
