// `GET /health`: is the service alive, and how is each job? For monitors that have no account.
import type { Clock } from '../base/clock.ts';
import { type Job, listJobs } from '../jobs/job.ts';
import { listRuns } from '../jobs/run.ts';
import { nextStart } from '../jobs/timing.ts';
import { findVerification } from '../jobs/verification.ts';
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
  /** Everything of it, at every destination, was read back since then. */
  readBackSince?: string;
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
      ...readBackSince(store, job),
      ...(job.enabled ? { next: nextStart(job, clock.now()).toISOString() } : {}),
    };
  });
  return { alive: true, version, jobs };
}

function readBackSince(store: Store, { kind, destinations }: Job): { readBackSince?: string } {
  const moments = destinations.map((destination) => findVerification(store, kind, destination)?.since);
  const known = moments.flatMap((since) => (since === undefined ? [] : [Date.parse(since)]));
  if (known.length === 0 || known.length < moments.length) return {};
  return { readBackSince: new Date(Math.min(...known)).toISOString() };
}
