// Brings a destination what it missed: from another destination's packs and kits, so that the source is not read again; or,
// where nobody has it, from the source.
import type { Note } from '../base/note.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Clock } from '../base/clock.ts';
import { listDestinations } from '../destinations/destination.ts';
import type { Store } from '../store/store.ts';
import { copyKits } from './catch-up-kits.ts';
import { copyRepository } from './catch-up-repository.ts';
import { donorsInOrder, type Wanted, wantedRuns } from './donors.ts';
import { findJob, type Job, listJobs } from './job.ts';
import { listMissed, noteAttempt, settleMissed } from './missed-run.ts';
import { type OpenPlace, openPlace } from './place.ts';
import { makeRepositoryPasswords } from './repository-passwords.ts';
import { sentBy } from './repository-run.ts';
import { type Run, type RunResult, type RunSummary, addResult, endRun, findRun, keptFailure, startRun } from './run.ts';
import { type RunOptions, runJob } from './runner.ts';
import type { RunSurroundings } from './surroundings.ts';
import { tellRun } from './tell-run.ts';

/** What one donor gave. */
export interface Given {
  /** Runs that the destination need not wait for any more. */
  runs: number[];
  /** The name of the newest thing that arrived. */
  made?: string;
  /** For people: what was copied. */
  notes?: Note[];
}

/** Gives from one place what the other lacks of the wanted runs. */
export type Give = (from: OpenPlace, to: OpenPlace, wanted: readonly Wanted[]) => Promise<Given>;

/** How a catch-up is asked for. */
export type CatchUpOptions = Omit<RunOptions, 'startedBy' | 'acceptDrop'>;

// Without news of the destination, a catch-up that failed is tried again after this time.
const againMs = 60 * 60_000;

/** The job and destination of everything that is waiting and may be tried now. */
export function dueCatchUps(store: Store, clock: Clock): { job: Job; destination: string }[] {
  const places = new Map(listDestinations(store).map((place) => [place.name, place]));
  const due = new Map<string, { job: Job; destination: string }>();
  const jobs = new Map(listJobs(store).map((job) => [job.name, job]));
  for (const { run, job: name, destination, attemptedAt } of listMissed(store)) {
    const job = jobs.get(name);
    const place = places.get(destination);
    if (job === undefined || place === undefined || !job.destinations.includes(destination)) {
      settleMissed(store, run, destination);
      continue;
    }
    const isTried = attemptedAt !== undefined && clock.now().getTime() - Date.parse(attemptedAt) < againMs;
    const isNews = attemptedAt !== undefined && place.stateSince > attemptedAt;
    if (place.lastProbe?.isUsable !== true || (isTried && !isNews)) continue;
    due.set(`${name} ${destination}`, { job, destination });
  }
  return [...due.values()];
}

/**
 * Catches a destination up on a job's missed runs, as a run of its own in the history. Undefined when it misses nothing.
 * @throws Failure `jobs.already-running` when it is being caught up already, or the job must run and runs
 */
export async function catchUp(
  surroundings: RunSurroundings,
  job: Job,
  destination: string,
  options: CatchUpOptions = {},
): Promise<Run | undefined> {
  const { store, clock } = surroundings;
  const missed = listMissed(store, { job: job.name, destination });
  const wanted = wantedRuns(store, missed);
  if (wanted.length === 0) return undefined;
  noteAttempt(store, job.name, destination, clock);
  if (wanted.every(({ donors }) => donors.size === 0)) {
    const alone: Job = { ...job, destinations: [destination], whenLost: 'resume' };
    const run = await runJob(surroundings, alone, { ...options, startedBy: 'catch-up' }).catch((error: unknown) => {
      if (isFailure(error, 'jobs.already-running')) noteAttempt(store, job.name, destination);
      throw error;
    });
    // The failed run is in the queue itself now, and was tried a moment ago.
    noteAttempt(store, job.name, destination, clock);
    // Nobody has the moments that were missed; this one is newer.
    const isGood = run.outcome === 'succeeded' || run.outcome === 'partial';
    for (const { run: old } of isGood ? wanted : wanted.slice(0, -1)) settleMissed(store, old.id, destination);
    return run;
  }
  return await copyMissed(surroundings, job, destination, wanted, options);
}

async function copyMissed(
  surroundings: RunSurroundings,
  job: Job,
  destination: string,
  wanted: Wanted[],
  options: CatchUpOptions,
): Promise<Run> {
  const { store, clock } = surroundings;
  const id = startRun(store, job, 'catch-up', clock, { catchesUp: destination });
  options.onStart?.(id);
  options.report?.({ type: 'started', job: job.name, destination });
  const startedAt = clock.now().toISOString();
  const locations = new Map<string, string>();
  let rest: Pick<RunResult, 'outcome' | 'summary' | 'failure'>;
  try {
    makeRepositoryPasswords(surroundings);
    const place = await openPlace(surroundings, destination, options);
    locations.set(destination, place.backend.location);
    try {
      const summary = await takeFromDonors(surroundings, job, place, wanted, options);
      rest = { outcome: 'succeeded', summary };
    } finally {
      await place.close();
    }
  } catch (error) {
    rest = options.signal?.aborted ? { outcome: 'cancelled' } : { outcome: 'failed', failure: keptFailure(error) };
  }
  const result: RunResult = { destination, startedAt, endedAt: clock.now().toISOString(), ...rest };
  addResult(store, id, result);
  options.report?.({ type: 'ended', job: job.name, result });
  endRun(store, id, result.outcome, clock);
  const run = findRun(store, id);
  tellRun(surroundings, run, locations);
  return run;
}

async function takeFromDonors(
  surroundings: RunSurroundings,
  job: Job,
  place: OpenPlace,
  wanted: Wanted[],
  options: CatchUpOptions,
): Promise<RunSummary> {
  const { store } = surroundings;
  const give: Give =
    job.kind === 'secrets' ? copyKits(surroundings, job, options) : copyRepository(surroundings, job, options);
  const left = new Map(wanted.map((one) => [one.run.id, one]));
  const notes: Note[] = [];
  let made: string | undefined;
  let failure: Failure | undefined;
  for (const donor of donorsInOrder(store, wanted)) {
    const here = [...left.values()].filter(({ donors }) => donors.has(donor));
    if (here.length === 0) continue;
    try {
      const from = await openPlace(surroundings, donor, options);
      try {
        const given = await give(from, place, here);
        for (const run of given.runs) {
          settleMissed(store, run, place.name);
          left.delete(run);
        }
        made = given.made ?? made;
        notes.push(...(given.notes ?? []));
      } finally {
        await from.close();
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isFailure(error)) throw error;
      failure = error;
    }
  }
  // A run that nobody has is overtaken by a newer one that came.
  for (const { run, donors } of left.values()) if (donors.size === 0) settleMissed(store, run.id, place.name);
  if ([...left.values()].some(({ donors }) => donors.size > 0)) throw failure ?? noDonor(place.name);
  return summaryOf(wanted, place, made, notes);
}

// The newest of what was missed says what there is now.
function summaryOf(wanted: Wanted[], place: OpenPlace, made: string | undefined, notes: Note[]): RunSummary {
  const newest = wanted.findLast(({ donors }) => donors.size > 0);
  const like = newest === undefined ? undefined : [...newest.donors.values()][0]?.summary;
  return {
    items: like?.items ?? 0,
    newItems: like?.newItems ?? 0,
    bytes: like?.bytes ?? 0,
    newBytes: like?.newBytes ?? 0,
    ...sentBy(place.meter),
    ...(made === undefined ? {} : { made }),
    ...(newest === undefined ? {} : { asOf: newest.run.startedAt }),
    omissions: like?.omissions ?? [],
    omitted: like?.omitted ?? 0,
    notes,
  };
}

/** Catches up what `run` left behind at places that can be reached: for those who run a job without the service. */
export async function catchUpAfter(
  surroundings: RunSurroundings,
  run: Run,
  options: CatchUpOptions = {},
): Promise<Run[]> {
  const reached = run.results.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'cancelled');
  const runs: Run[] = [];
  for (const { destination } of reached) {
    options.signal?.throwIfAborted();
    const caught = await catchUp(surroundings, findJob(surroundings.store, run.job), destination, options);
    if (caught !== undefined) runs.push(caught);
  }
  return runs;
}

function noDonor(destination: string): Failure {
  return new Failure('jobs.no-donor', {
    message: `no destination that has what '${destination}' missed can be reached`,
    hint: 'It is tried again when one of them is back; the next run of the job serves it as well.',
  });
}
