// `GET /health`: is the service alive, and how is each job? For monitors that have no account.
import type { Clock } from '../base/clock.ts';
import { listJobs } from '../jobs/job.ts';
import { listRuns } from '../jobs/run.ts';
import { nextStart } from '../jobs/timing.ts';
import type { Store } from '../store/store.ts';

/** The state of one job in `GET /health`. Times are ISO 8601 in UTC. */
export interface JobHealth {
  job: string;
  kind: string;
  enabled: boolean;
  running: boolean;
  lastGood?: string;
  lastOutcome?: string;
  next?: string;
}

/** The body of `GET /health`. */
export interface Health {
  alive: true;
  version: string;
  jobs: JobHealth[];
}

/** Reads the state of every job from the history. */
export function readHealth(store: Store, clock: Clock, version: string): Health {
  const jobs = listJobs(store).map((job): JobHealth => {
    const runs = listRuns(store, { job: job.name, limit: 200 });
    const ended = runs.find((run) => run.outcome !== undefined);
    const good = runs.find((run) => run.outcome === 'succeeded' || run.outcome === 'partial');
    return {
      job: job.name,
      kind: job.kind,
      enabled: job.enabled,
      running: runs[0] !== undefined && runs[0].outcome === undefined,
      ...(good?.endedAt === undefined ? {} : { lastGood: good.endedAt }),
      ...(ended?.outcome === undefined ? {} : { lastOutcome: ended.outcome }),
      ...(job.enabled ? { next: nextStart(job, clock.now()).toISOString() } : {}),
    };
  });
  return { alive: true, version, jobs };
}
