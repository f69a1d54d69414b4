// Frees what no snapshot reaches. The order keeps every moment sound: what is needed is stored and indexed a second time
// before the index forgets the old place, and only what no index names is removed.
import { systemClock, type Clock } from '../../base/clock.ts';
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { packKey } from '../format/layout.ts';
import type { PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { withLock } from '../repository/repository-lock.ts';
import type { CarryEvent } from './carry-blobs.ts';
import { planPrune, type PruneOptions, type PrunePlan } from './plan-prune.ts';
import { refuseNewcomers } from './prune-newcomers.ts';
import { repackBlobs } from './repack.ts';
import { rewriteIndex } from './rewrite-index.ts';
import { surveyRepository, type Survey, type SurveyEvent } from './survey.ts';

/** What pruning tells. */
export type PruneEvent =
  | SurveyEvent
  | CarryEvent
  | { type: 'prune-planned'; plan: PrunePlan }
  | { type: 'pack-removed'; pack: PackId };

/** What pruning did besides the plan. */
export interface PruneResult {
  plan: PrunePlan;
  /** Packs that nobody needs any more and the place did not remove; the next prune finds them. */
  leftBehind: PackId[];
  /** The first reason for that. */
  failure: Failure | undefined;
}

/** How `prune` goes about it. */
export interface PruneRunOptions extends Operation<PruneEvent>, Omit<PruneOptions, 'now'> {
  /** Plans and tells, and removes nothing. */
  dryRun?: boolean;
  /** Waits so long for others to finish; default 0. */
  retryMs?: number;
  clock?: Clock;
}

/** Takes the exclusive lock, plans, tells the plan and carries it out. @throws what `surveyRepository`, `planPrune` and `runPrune` throw */
export async function prune(repository: Repository, options: PruneRunOptions = {}): Promise<PruneResult> {
  const { retryMs = 0, clock = systemClock } = options;
  return withLock(repository, { exclusive: true, retryMs, clock, ...pickSignal(options) }, async (signal) =>
    pruneLocked(repository, { ...options, clock, signal }),
  );
}

/** As `prune`, for a caller who holds the exclusive lock already; a dry run may do with a shared one. */
export async function pruneLocked(repository: Repository, options: PruneRunOptions): Promise<PruneResult> {
  const survey = await surveyRepository(repository, options);
  try {
    const plan = planPrune(survey.usage, { ...options, now: (options.clock ?? systemClock).now() });
    options.report?.({ type: 'prune-planned', plan });
    if (options.dryRun === true) return { plan, leftBehind: [], failure: undefined };
    return await runPrune(survey, plan, options);
  } finally {
    await survey.indexed.close();
  }
}

/**
 * Carries a plan out. Hold the exclusive lock since before the survey. May be interrupted at any moment: every snapshot stays
 * whole, and the next prune goes on.
 * @throws Failure `prune.changed-meanwhile` when somebody wrote without a lock, `prune.damaged-pack` when something needed cannot be read
 */
export async function runPrune(
  survey: Survey,
  plan: PrunePlan,
  options: Operation<PruneEvent> = {},
): Promise<PruneResult> {
  const { repository } = survey.indexed;
  const doomed = new Set([...plan.repack, ...plan.remove]);
  const unindexed = new Set([...doomed, ...plan.forget]);
  await refuseNewcomers(survey, survey.indexFiles, options);
  const first = await removePacks(repository, plan.leftovers, options);
  let indexFiles = new Set([...survey.indexFiles, ...(await repackBlobs(survey, plan, options))]);
  await refuseNewcomers(survey, indexFiles, options);
  if (unindexed.size > 0) indexFiles = await rewriteIndex(repository, { files: indexFiles, drop: unindexed }, options);
  await refuseNewcomers(survey, indexFiles, options);
  const last = await removePacks(repository, [...doomed], options);
  return { plan, leftBehind: [...first.left, ...last.left], failure: first.failure ?? last.failure };
}

const removalsAtOnce = 4;

// Too many packs do no harm: what cannot be removed now is left for the next time.
async function removePacks(
  { backend }: Repository,
  packs: readonly PackId[],
  options: Operation<PruneEvent>,
): Promise<{ left: PackId[]; failure: Failure | undefined }> {
  const waiting = [...packs];
  const left: PackId[] = [];
  let failure: Failure | undefined;
  const removeNext = async (): Promise<void> => {
    for (let pack = waiting.pop(); pack !== undefined; pack = waiting.pop()) {
      options.signal?.throwIfAborted();
      try {
        await backend.remove(packKey(pack), pickSignal(options));
        options.report?.({ type: 'pack-removed', pack });
      } catch (error) {
        if (!isFailure(error)) throw error;
        if (error.code === 'backend.not-found') continue;
        left.push(pack);
        failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: removalsAtOnce }, removeNext));
  return { left, failure };
}
