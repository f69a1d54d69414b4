// Starts runs when they are due, one after the other, and catches up on what was missed while nobody was there.
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import { type Job, listJobs } from './job.ts';
import { type Run, listRuns, markInterruptedRuns } from './run.ts';
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

/** A job that is to start now. `isAgain`: its last run was cut off and begins again. */
export interface DueJob {
  job: Job;
  dueAt: Date;
  isAgain: boolean;
}

// Short enough that a changed schedule or a clock that jumped is noticed, long enough to cost nothing.
const longestSleepMs = 30_000;

/** Runs until `signal` is aborted; the run in progress is aborted with it and waited for. */
export async function runScheduler(options: SchedulerOptions): Promise<void> {
  const { store, clock, signal } = options;
  const since = clock.now();
  markInterruptedRuns(store, clock);
  while (!signal.aborted) {
    for (const { job, dueAt, isAgain } of options.isPaused?.() === true ? [] : dueJobs(store, since, clock.now())) {
      if (signal.aborted) break;
      if (!isAgain && dueAt.getTime() < since.getTime() - longestSleepMs) options.onMissed?.(job, dueAt);
      await options.runJob(job, signal);
    }
    if (!signal.aborted) await options.afterJobs?.(signal);
    await sleep(Math.min(longestSleepMs, msUntilNext(store, clock.now())), signal);
  }
}

/**
 * The enabled jobs that are due now: those with a scheduled time after their last start and not in the future.
 * A job that never ran counts from `since`, the start of the service. A scheduled run that was cut off, by a crash or by
 * stopping the service, begins again, once: a run that brings the machine down must not do so for ever.
 */
export function dueJobs(store: Store, since: Date, now: Date): DueJob[] {
  return listJobs(store).flatMap((job): DueJob[] => {
    if (!job.enabled) return [];
    const [last, before] = listRuns(store, { job: job.name, limit: 2, ownOnly: true });
    if (last !== undefined && last.outcome === undefined) return [];
    if (last !== undefined && wasCutOff(last) && (before === undefined || !wasCutOff(before)))
      return [{ job, dueAt: new Date(last.startedAt), isAgain: true }];
    const dueAt = nextStart(job, last === undefined ? since : new Date(last.startedAt));
    return dueAt <= now ? [{ job, dueAt, isAgain: false }] : [];
  });
}

// Whoever started one by hand sees that it ended, and decides.
function wasCutOff({ startedBy, failure }: Run): boolean {
  return startedBy === 'schedule' && (failure?.code === 'jobs.interrupted' || failure?.code === 'jobs.stopped');
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
