// Carries out one run of a job: all destinations at once, one's failure never the other's, everything kept in the history.
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import type { Job } from './job.ts';
import { expectRun, settleMissed } from './missed-run.ts';
import { type OpenPlace, openPlace } from './place.ts';
import { makeRepositoryPasswords } from './repository-passwords.ts';
import { repositoryRun } from './repository-run.ts';
import { keepLines } from './run-log.ts';
import {
  type Run,
  type RunOutcome,
  type RunResult,
  type RunSummary,
  type RunTrigger,
  addResult,
  endRun,
  findRun,
  keptFailure,
  startRun,
} from './run.ts';
import type { RunEvent } from './run-events.ts';
import { type AcceptedDrop, secretsRun } from './secrets-run.ts';
import { takeUp } from './taken.ts';
import type { RunSurroundings } from './surroundings.ts';
import { tellRun } from './tell-run.ts';
import { isLoss, WaitForPlace } from './wait-for-place.ts';

/** How a run is asked for. */
export interface RunOptions extends Operation<RunEvent> {
  startedBy: RunTrigger;
  /** Told the run's number as soon as the history has it, before anything else is done. */
  onStart?: (run: number) => void;
  /** A person says that secrets are meant to be gone. */
  acceptDrop?: AcceptedDrop;
}

/** Brings one backup to one destination, and says what it did. Called for all destinations at once. */
export interface BringTo {
  (place: OpenPlace, options: Operation<RunEvent>): Promise<RunSummary>;
  /** This destination is not to be waited for: it is lost, or done. */
  leave?: (destination: string) => void;
  /** Lets go of what was kept for all destinations, after the last. */
  end?: () => Promise<void> | void;
}

/** Why a signal is aborted when a person cancels a run. Any other reason means that whoever carried it out was stopped. */
export const cancelledByPerson = new DOMException('cancelled by a person', 'AbortError');

/**
 * Runs a job now. A run that fails is a result, not an exception: it is kept in the history and told as an event.
 * @throws Failure `jobs.already-running` when the job runs already; then nothing was started.
 */
export async function runJob(surroundings: RunSurroundings, job: Job, asked: RunOptions): Promise<Run> {
  const { store, clock } = surroundings;
  const dropAccepted = asked.acceptDrop?.reason;
  const run = startRun(store, job, asked.startedBy, clock, dropAccepted === undefined ? {} : { dropAccepted });
  expectRun(store, run, job.name, job.destinations);
  asked.onStart?.(run);
  const options = { ...asked, report: keepLines(surroundings, run, asked.report) };
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
    const bringHere: BringTo = (place, inner) => {
      locations.set(place.name, place.backend.location);
      return prepared(place, inner);
    };
    bringHere.leave = (destination) => prepared.leave?.(destination);
    const bringOne = async (destination: string): Promise<void> => {
      const result = await bringPatiently(surroundings, job, destination, bringHere, options);
      results.push(result);
      keepResult(surroundings, job, run, result);
      options.report?.({ type: 'ended', job: job.name, result });
    };
    await Promise.all(job.destinations.map(bringOne));
  } catch (error) {
    if (!isFailure(error) && !options.signal?.aborted) {
      settleMissed(store, run);
      endRun(store, run, 'failed', clock, keptFailure(error));
      throw error;
    }
    // The source or the key is at fault: no destination has missed anything.
    settleMissed(store, run);
    failure = error;
  } finally {
    try {
      await bring?.end?.();
    } catch (error) {
      failure ??= error;
    }
  }
  const outcome = options.signal?.aborted ? 'cancelled' : failure === undefined ? outcomeOf(results) : 'failed';
  if (options.signal?.aborted && options.signal.reason !== cancelledByPerson) failure = stopped();
  endRun(store, run, outcome, clock, failure === undefined ? undefined : keptFailure(failure));
  const ended = findRun(store, run);
  tellRun(surroundings, ended, locations);
  return ended;
}

// What is the same for every destination is done once, before the first: reading the secrets, holding databases still.
async function prepare(surroundings: RunSurroundings, job: Job, options: RunOptions): Promise<BringTo> {
  if (job.kind === 'secrets') return secretsRun(surroundings, job, options);
  const taken = await takeUp(surroundings, job, options.signal);
  return Object.assign(repositoryRun(surroundings, job, taken, options), { end: () => taken.end() });
}

// Whoever was lost stays in the queue, as the job's policy has it; everybody else is done with this run.
function keepResult({ store }: RunSurroundings, job: Job, run: number, result: RunResult): void {
  const { code = '' } = result.failure ?? {};
  const isQueued =
    result.outcome === 'skipped' || (result.outcome === 'failed' && job.whenLost !== 'fail' && isLoss(code));
  store.transaction(() => {
    addResult(store, run, result);
    if (!isQueued) settleMissed(store, run, result.destination);
  });
}

// With the policy `wait`, a place that is lost is waited for, for so long in all, and then tried again.
async function bringPatiently(
  surroundings: RunSurroundings,
  job: Job,
  destination: string,
  bring: BringTo,
  options: RunOptions,
): Promise<RunResult> {
  const startedAt = surroundings.clock.now().toISOString();
  const wait = job.whenLost === 'wait' ? new WaitForPlace(surroundings, job, destination) : undefined;
  for (;;) {
    const result = await bringTo(surroundings, job, destination, bring, options);
    bring.leave?.(destination);
    if (result.outcome !== 'failed' || !isLoss(result.failure?.code ?? '')) return { ...result, startedAt };
    if (wait === undefined) return result;
    options.report?.({ type: 'stage', job: job.name, destination, stage: 'waiting' });
    if (!(await wait.untilBack(options))) return { ...result, startedAt };
  }
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
    return result(isFailure(error, 'jobs.behind') ? 'skipped' : 'failed', { failure: keptFailure(error) });
  }
}

function outcomeOf(results: RunResult[]): RunOutcome {
  if (results.every((result) => result.outcome === 'succeeded')) return 'succeeded';
  return results.every((result) => result.outcome === 'failed') ? 'failed' : 'partial';
}

function stopped(): Failure {
  return new Failure('jobs.stopped', {
    message: 'Orbit was stopped while this backup ran',
    hint: 'One that the schedule began begins again at the next start of the service. What was stored is used.',
  });
}

function noDestination(job: Job): Failure {
  return new Failure('jobs.no-destination', {
    message: `the job '${job.name}' has no destination`,
    hint: `orbit job set ${job.name} --destination NAME; orbit destination list shows the names.`,
  });
}
