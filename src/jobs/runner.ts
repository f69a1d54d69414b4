// Carries out one run of a job: each destination in its turn, one's failure never the other's, everything kept in the history.
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { type OpenPlace, openPlace } from './place.ts';
import type { Job } from './job.ts';
import { makeRepositoryPasswords } from './repository-passwords.ts';
import { repositoryRun } from './repository-run.ts';
import {
  type Run,
  type RunOutcome,
  type RunResult,
  type RunSummary,
  type RunTrigger,
  addResult,
  endRun,
  keptFailure,
  listRuns,
  startRun,
} from './run.ts';
import type { RunEvent } from './run-events.ts';
import { secretsRun } from './secrets-run.ts';
import { takeUp } from './taken.ts';
import type { RunSurroundings } from './surroundings.ts';
import { tellRun } from './tell-run.ts';

/** How a run is asked for. */
export interface RunOptions extends Operation<RunEvent> {
  startedBy: RunTrigger;
  /** Told the run's number as soon as the history has it, before anything else is done. */
  onStart?: (run: number) => void;
}

/** Brings one backup to one destination, and says what it did. */
export interface BringTo {
  (place: OpenPlace, options: Operation<RunEvent>): Promise<RunSummary>;
  /** Lets go of what was kept for all destinations, after the last. */
  end?: () => Promise<void> | void;
}

/**
 * Runs a job now. A run that fails is a result, not an exception: it is kept in the history and told as an event.
 * @throws Failure `jobs.already-running` when the job runs already; then nothing was started.
 */
export async function runJob(surroundings: RunSurroundings, job: Job, options: RunOptions): Promise<Run> {
  const { store, clock } = surroundings;
  const run = startRun(store, job, options.startedBy, clock);
  options.onStart?.(run);
  const results: RunResult[] = [];
  const locations = new Map<string, string>();
  let failure: unknown;
  let bring: BringTo | undefined;
  try {
    if (job.destinations.length === 0) throw noDestination(job);
    currentKey(store);
    makeRepositoryPasswords(surroundings);
    const prepared = await prepare(surroundings, job, options);
    bring = prepared;
    for (const destination of job.destinations) {
      options.signal?.throwIfAborted();
      const result = await bringTo(
        surroundings,
        job,
        destination,
        async (place, inner) => {
          locations.set(destination, place.backend.location);
          return prepared(place, inner);
        },
        options,
      );
      results.push(result);
      addResult(store, run, result);
      options.report?.({ type: 'ended', job: job.name, result });
    }
  } catch (error) {
    if (!isFailure(error) && !options.signal?.aborted) endRun(store, run, 'failed', clock, keptFailure(error));
    if (!isFailure(error) && !options.signal?.aborted) throw error;
    failure = error;
  } finally {
    try {
      await bring?.end?.();
    } catch (error) {
      failure ??= error;
    }
  }
  const outcome = options.signal?.aborted ? 'cancelled' : failure === undefined ? outcomeOf(results) : 'failed';
  endRun(store, run, outcome, clock, failure === undefined ? undefined : keptFailure(failure));
  const ended = listRuns(store, { job: job.name, limit: 1 })[0];
  if (ended === undefined) throw new Error('a run that ended is not in the history');
  tellRun(surroundings, ended, locations);
  return ended;
}

// What is the same for every destination is done once, before the first: reading the secrets, holding databases still.
async function prepare(surroundings: RunSurroundings, job: Job, options: RunOptions): Promise<BringTo> {
  if (job.kind === 'secrets') return secretsRun(surroundings, job, options);
  const taken = await takeUp(surroundings, job, options.signal);
  return Object.assign(repositoryRun(surroundings, job, taken), { end: () => taken.end() });
}

async function bringTo(
  surroundings: RunSurroundings,
  job: Job,
  destination: string,
  bring: BringTo,
  options: RunOptions,
): Promise<RunResult> {
  const { clock } = surroundings;
  const startedAt = clock.now().toISOString();
  const result = (outcome: RunOutcome, rest: Pick<RunResult, 'summary' | 'failure'>): RunResult => ({
    destination,
    startedAt,
    endedAt: clock.now().toISOString(),
    outcome,
    ...rest,
  });
  options.report?.({ type: 'started', job: job.name, destination });
  try {
    const place = await openPlace(surroundings, destination, options);
    try {
      const summary = await bring(place, options);
      return result(summary.omitted > 0 ? 'partial' : 'succeeded', { summary });
    } finally {
      await place.close();
    }
  } catch (error) {
    if (options.signal?.aborted) return result('cancelled', {});
    // A bug at one destination is kept as its failure too: the other destinations still get their copy.
    return result('failed', { failure: keptFailure(error) });
  }
}

function outcomeOf(results: RunResult[]): RunOutcome {
  if (results.every((result) => result.outcome === 'succeeded')) return 'succeeded';
  return results.every((result) => result.outcome === 'failed') ? 'failed' : 'partial';
}

function noDestination(job: Job): Failure {
  return new Failure('jobs.no-destination', {
    message: `the job '${job.name}' has no destination`,
    hint: `orbit job set ${job.name} --destination NAME; orbit destination list shows the names.`,
  });
}
