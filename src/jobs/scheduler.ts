// Starts runs when they are due, one after the other, and catches up on what was missed while nobody was there.
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import { type Job, listJobs } from './job.ts';
import { listRuns, markInterruptedRuns } from './run.ts';
import { nextStart } from './timing.ts';

/** What the scheduler needs. `runJob` must not throw for a run that fails: that is a result, kept in the history. */
export interface SchedulerOptions {
  store: Store;
  clock: Clock;
  runJob(job: Job, signal: AbortSignal): Promise<void>;
  /** True while nothing may start by itself; what is due meanwhile is caught up. */
  isPaused?(): boolean;
  /** Told of a run that was due while nobody was there to start it; it starts now. */
  onMissed?(job: Job, dueAt: Date): void;
  /** Done after the jobs of each look: drills, reminders. Must not throw for trouble that people are told of. */
  afterJobs?(signal: AbortSignal): Promise<void>;
  signal: AbortSignal;
}

// Short enough that a changed schedule or a clock that jumped is noticed, long enough to cost nothing.
const longestSleepMs = 30_000;

/** Runs until `signal` is aborted; the run in progress is aborted with it and waited for. */
export async function runScheduler(options: SchedulerOptions): Promise<void> {
  const { store, clock, signal } = options;
  const since = clock.now();
  markInterruptedRuns(store, clock);
  while (!signal.aborted) {
    for (const { job, dueAt } of options.isPaused?.() === true ? [] : dueJobs(store, since, clock.now())) {
      if (signal.aborted) break;
      if (dueAt.getTime() < since.getTime() - longestSleepMs) options.onMissed?.(job, dueAt);
      await options.runJob(job, signal);
    }
    if (!signal.aborted) await options.afterJobs?.(signal);
    await sleep(Math.min(longestSleepMs, msUntilNext(store, clock.now())), signal);
  }
}

/**
 * The enabled jobs that are due now: those with a scheduled time after their last start and not in the future.
 * A job that never ran counts from `since`, the start of the service.
 */
export function dueJobs(store: Store, since: Date, now: Date): { job: Job; dueAt: Date }[] {
  return listJobs(store).flatMap((job) => {
    if (!job.enabled) return [];
    const last = listRuns(store, { job: job.name, limit: 1, ownOnly: true })[0];
    if (last !== undefined && last.outcome === undefined) return [];
    const dueAt = nextStart(job, last === undefined ? since : new Date(last.startedAt));
    return dueAt <= now ? [{ job, dueAt }] : [];
  });
}

function msUntilNext(store: Store, now: Date): number {
  const times = listJobs(store)
    .filter((job) => job.enabled)
    .map((job) => nextStart(job, now).getTime() - now.getTime());
  return Math.max(0, Math.min(longestSleepMs, ...times));
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    return undefined;
  });
}
