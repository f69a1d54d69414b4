// Starts a secrets run when the built-in vault has changed: some quiet time after the last change, and never much later than
// the first, so that an import of a thousand secrets is one run and an endless stream of changes still gets its kits.
import { setTimeout as sleep } from 'node:timers/promises';
import { isFailure } from '../base/failure.ts';
import { type Job, listJobs } from './job.ts';
import type { RunDesk } from './run-desk.ts';
import type { RunSurroundings } from './surroundings.ts';

/** How patient the watch is. */
export interface VaultWatchTimes {
  everyMs: number;
  /** A run starts so long after the last change, */
  quietMs: number;
  /** or so long after the first. */
  longestMs: number;
}

const times: VaultWatchTimes = { everyMs: 2000, quietMs: 15_000, longestMs: 5 * 60_000 };

/** Watches until `signal` is aborted. Changes that another process makes count as well. */
export async function watchVault(
  surroundings: Pick<RunSurroundings, 'store' | 'vault'>,
  desk: Pick<RunDesk, 'start'>,
  signal: AbortSignal,
  { everyMs, quietMs, longestMs }: VaultWatchTimes = times,
): Promise<void> {
  const { store, vault } = surroundings;
  // What was changed while nobody watched is in the next scheduled run.
  let served = vault.generation;
  let seen = served;
  let firstAt = 0;
  let lastAt = 0;
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    const { generation } = vault;
    const now = performance.now();
    if (generation !== seen) {
      if (seen === served) firstAt = now;
      lastAt = now;
      seen = generation;
    }
    const isDue = seen !== served && (now - lastAt >= quietMs || now - firstAt >= longestMs);
    if (!isDue || signal.aborted) continue;
    // A job that runs now may have read before the change: it is asked again.
    if (await startAll(jobsOnChange(listJobs(store)), desk)) served = seen;
  }
}

function jobsOnChange(jobs: Job[]): Job[] {
  return jobs.filter(
    (job) =>
      job.kind === 'secrets' &&
      job.enabled &&
      job.onChange !== false &&
      job.destinations.length > 0 &&
      job.plan.sources.some(({ kind }) => kind === 'builtin'),
  );
}

async function startAll(jobs: Job[], desk: Pick<RunDesk, 'start'>): Promise<boolean> {
  let areStarted = true;
  for (const job of jobs) {
    try {
      await desk.start(job, 'change');
    } catch (error) {
      if (!isFailure(error, 'jobs.already-running')) throw error;
      areStarted = false;
    }
  }
  return areStarted;
}
