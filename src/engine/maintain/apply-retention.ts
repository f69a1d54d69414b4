// Retention as a job does it: plans which snapshots go and what that frees, makes sure that what stays is sound, and only
// then removes anything.
import { systemClock, type Clock } from '../../base/clock.ts';
import type { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { PackId, SnapshotId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { withLock } from '../repository/repository-lock.ts';
import { runForget, snapshotStoringDates, type ForgetEvent } from './forget.ts';
import { planForget, type ForgetPlan, type ForgetRules } from './plan-forget.ts';
import { planPrune, type PruneNumbers, type PruneOptions, type PrunePlan } from './plan-prune.ts';
import { runPrune, type PruneEvent } from './prune.ts';
import type { RetentionPolicy } from './retention-policy.ts';
import { surveyRepository } from './survey.ts';

/** What retention tells, plans before anything is removed. */
export type RetentionEvent = ForgetEvent | PruneEvent | { type: 'forget-planned'; plan: ForgetPlan };

/** How retention is applied. */
export interface RetentionOptions
  extends Operation<RetentionEvent>,
    Omit<ForgetRules, 'now' | 'storedAt'>,
    Omit<PruneOptions, 'now'> {
  /** Plans and tells, and removes nothing. */
  dryRun?: boolean;
  /** `when-worth` (default): when snapshots went and at least 1 % of what is stored is freed. */
  prune?: 'when-worth' | 'always' | 'never';
  /** Believes every date: for repositories whose snapshots were dated by hand. Default false. */
  trustsDates?: boolean;
  /** Waits so long for others to finish; default 0. */
  retryMs?: number;
  clock?: Clock;
}

/** What retention did, or with `dryRun` would do. */
export interface RetentionResult {
  forget: ForgetPlan;
  keptSnapshots: number;
  removedSnapshots: number;
  /** `not-worth`: too little to free; `not-asked`: switched off, or no snapshot went. */
  prune: 'done' | 'planned' | 'not-worth' | 'not-asked';
  /** Of the prune plan, also when it was not worth it. */
  numbers: PruneNumbers | undefined;
  /** Stored bytes given back. */
  freedBytes: number;
  /** Packs that nobody needs and the place did not remove, and the first reason. */
  leftBehind: PackId[];
  failure: Failure | undefined;
}

const worthShare = 0.01;

/**
 * Applies a policy to a repository under its exclusive lock (a dry run: a shared one). May be interrupted at any moment.
 * @throws Failure `retention.*`, `forget.stopped`, `prune.*`; those of planning come before anything was removed
 */
export function applyRetention(
  repository: Repository,
  policy: RetentionPolicy,
  options: RetentionOptions = {},
): Promise<RetentionResult> {
  const { retryMs = 0, clock = systemClock } = options;
  const lock = { exclusive: options.dryRun !== true, retryMs, clock, ...pickSignal(options) };
  return withLock(repository, lock, (signal) => applyLocked(repository, policy, { ...options, clock, signal }));
}

async function applyLocked(
  repository: Repository,
  policy: RetentionPolicy,
  options: RetentionOptions & { clock: Clock },
): Promise<RetentionResult> {
  const now = options.clock.now();
  const snapshots = await repository.listSnapshots(pickSignal(options));
  const storedAt = options.trustsDates ? undefined : await snapshotStoringDates(repository, snapshots, options);
  const known = options.trustsDates ? new Set(snapshots.map(({ id }) => id)) : options.known;
  const plan = planForget(snapshots, policy, {
    ...options,
    now,
    ...(storedAt === undefined ? {} : { storedAt }),
    ...(known === undefined ? {} : { known }),
  });
  options.report?.({ type: 'forget-planned', plan });
  return carryOutForget(repository, plan, snapshots.length, { ...options, now });
}

/** Carries out a plan of snapshots to remove, and prunes as the options say. Hold the exclusive lock since before planning. */
export async function carryOutForget(
  repository: Repository,
  plan: ForgetPlan,
  snapshotCount: number,
  options: Pick<RetentionOptions, 'dryRun' | 'prune' | 'report' | 'signal'> & PruneOptions,
): Promise<RetentionResult> {
  const removed = plan.remove.length;
  const result: RetentionResult = {
    forget: plan,
    keptSnapshots: snapshotCount - removed,
    removedSnapshots: removed,
    prune: 'not-asked',
    numbers: undefined,
    freedBytes: 0,
    leftBehind: [],
    failure: undefined,
  };
  const mode = options.prune ?? 'when-worth';
  if (mode === 'never' || (mode === 'when-worth' && removed === 0)) {
    if (options.dryRun !== true) await runForget(repository, plan.remove, options);
    return result;
  }
  // The survey comes first: in a repository that is not sound, nothing at all is removed.
  const without = new Set<SnapshotId>(plan.remove.map(({ id }) => id));
  const survey = await surveyRepository(repository, { ...options, without });
  try {
    const prunePlan = planPrune(survey.usage, options);
    const isWorth = mode === 'always' || isWorthIt(prunePlan);
    Object.assign(result, { numbers: prunePlan.numbers, prune: isWorth ? 'planned' : 'not-worth' });
    if (isWorth) result.freedBytes = prunePlan.numbers.bytes.freed;
    options.report?.({ type: 'prune-planned', plan: prunePlan });
    if (options.dryRun === true) return result;
    await runForget(repository, plan.remove, options);
    if (!isWorth) return result;
    const { leftBehind, failure } = await runPrune(survey, prunePlan, options);
    return { ...result, prune: 'done', leftBehind, failure };
  } finally {
    await survey.indexed.close();
  }
}

function isWorthIt({ numbers: { bytes } }: PrunePlan): boolean {
  return bytes.freed > 0 && bytes.freed >= bytes.total * worthShare;
}
