// Object locks that end before the copies below them may go: from that day on whoever has the key may remove what is still wanted.
import { listDestinations } from '../destinations/destination.ts';
import type { Store } from '../store/store.ts';
import { listJobs } from './job.ts';
import { daysKept } from './retention-rule.ts';

/** A lock that is too short for a job. */
export interface LockShortfall {
  destination: string;
  job: string;
  lockDays: number;
  /** Infinity where every copy stays. */
  keptDays: number;
}

/** Those of all jobs that are switched on. */
export function lockShortfalls(store: Store): LockShortfall[] {
  const jobs = listJobs(store).filter(({ enabled }) => enabled);
  return listDestinations(store).flatMap(({ name, config }) => {
    const { lockMode, lockDays } = config;
    if (typeof lockMode !== 'string' || typeof lockDays !== 'number') return [];
    return jobs
      .filter(({ destinations, retention }) => destinations.includes(name) && daysKept(retention) > lockDays)
      .map((job) => ({ destination: name, job: job.name, lockDays, keptDays: daysKept(job.retention) }));
  });
}
