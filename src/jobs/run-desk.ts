// The one place of the service that starts runs, whoever asks: schedule, page, API. It knows what goes on right now, tells
// whoever watches, and cancels.
import { isFailure } from '../base/failure.ts';
import type { BackupKind, Job } from './job.ts';
import { catchUp, dueCatchUps } from './catch-up.ts';
import type { Run, RunOutcome, RunResult, RunTrigger } from './run.ts';
import type { RunEvent, RunProgress, RunStage } from './run-events.ts';
import { type RunOptions, cancelledByPerson, runJob } from './runner.ts';
import type { RunSurroundings } from './surroundings.ts';

/** Where one destination of a run is at. */
export interface LiveDestination {
  destination: string;
  stage?: RunStage;
  progress?: RunProgress;
  /** How it ended there, when it has. */
  outcome?: RunOutcome;
}

/** A run that goes on now. Times are ISO. */
export interface LiveRun {
  id: number;
  job: string;
  kind: BackupKind;
  startedBy: RunTrigger;
  startedAt: string;
  /** What was heard of last, and how far it is; absent until the first destination. */
  destination?: string;
  stage?: RunStage;
  progress?: RunProgress;
  /** Where each destination is at: they are served at once. */
  destinations: LiveDestination[];
  /** Destinations that are done. */
  results: RunResult[];
  isCancelling: boolean;
}

/** What watchers hear. */
export type DeskEvent = { type: 'live'; run: LiveRun } | { type: 'ended'; run: Run };

/** Starts, watches and cancels the runs of this process. */
export interface RunDesk {
  /** Starts a run and gives it at once, with a promise of its end. @throws Failure `jobs.already-running`. */
  start(
    job: Job,
    startedBy: RunTrigger,
    options?: Pick<RunOptions, 'acceptDrop'>,
  ): Promise<{ run: LiveRun; ended: Promise<Run> }>;
  /** Begins to catch up whatever is waiting and may be tried now; gives the runs when they have ended. */
  catchUp(): Promise<Run[]>;
  /** Stops a run as soon as it can. False when no such run goes on here. */
  cancel(run: number): boolean;
  live(): LiveRun[];
  /** Calls `listener` at every change until the function that is given back is called. */
  watch(listener: (event: DeskEvent) => void): () => void;
  /** Stops all runs and waits for them. */
  close(): Promise<void>;
}

interface Current {
  run: LiveRun;
  stop: AbortController;
  ended: Promise<unknown>;
}

/** Opens the desk. Aborting `signal` stops every run. */
export function openRunDesk(surroundings: RunSurroundings, signal: AbortSignal): RunDesk {
  const current = new Map<number, Current>();
  const listeners = new Set<(event: DeskEvent) => void>();
  const say = (event: DeskEvent): void => {
    for (const listener of listeners) listener(event);
  };

  const begin = (
    job: Job,
    startedBy: RunTrigger,
    work: (options: Omit<RunOptions, 'startedBy'>) => Promise<Run>,
  ): Promise<{ run: LiveRun; ended: Promise<Run> }> =>
    new Promise((resolve, reject) => {
      const stop = new AbortController();
      let entry: Current | undefined;
      const ended = work({
        signal: AbortSignal.any([signal, stop.signal]),
        onStart(id) {
          const startedAt = surroundings.clock.now().toISOString();
          const { name, kind } = job;
          const shared = { id, job: name, kind, startedBy, startedAt };
          const run: LiveRun = { ...shared, destinations: [], results: [], isCancelling: false };
          entry = { run, stop, ended: Promise.resolve() };
          current.set(id, entry);
        },
        report(event) {
          if (entry === undefined) return;
          fold(entry.run, event);
          say({ type: 'live', run: entry.run });
        },
      });
      // Kept or lost, the run is over: watchers hear of it, and the desk forgets it.
      const over = ended.then(
        (run) => {
          current.delete(run.id);
          say({ type: 'ended', run });
        },
        () => {
          if (entry !== undefined) current.delete(entry.run.id);
        },
      );
      if (entry === undefined) return void ended.then(() => reject(new Error('a run without a start')), reject);
      entry.ended = over;
      say({ type: 'live', run: entry.run });
      // Whoever only starts a run need not wait for its end; its failure is in the history.
      ended.catch(() => {});
      return resolve({ run: entry.run, ended });
    });

  const start: RunDesk['start'] = async (job, startedBy, options = {}) => {
    const begun = await begin(job, startedBy, (how) => runJob(surroundings, job, { ...how, ...options, startedBy }));
    // What it left behind at places that can be reached is caught up at once.
    void begun.ended.then(() => catchUpDue()).catch(() => {});
    return begun;
  };

  const catchUpDue = async (): Promise<Run[]> => {
    if (signal.aborted) return [];
    const due = dueCatchUps(surroundings.store, surroundings.clock);
    const caught = await Promise.allSettled(
      due.map(async ({ job, destination }) => {
        const { ended } = await begin(job, 'catch-up', async (how) => {
          const run = await catchUp(surroundings, job, destination, how);
          if (run === undefined) throw new Error('nothing is missing any more');
          return run;
        });
        return await ended;
      }),
    );
    return caught.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  };

  return {
    start,
    catchUp: catchUpDue,
    cancel(id) {
      const entry = current.get(id);
      if (entry === undefined) return false;
      entry.run.isCancelling = true;
      entry.stop.abort(cancelledByPerson);
      say({ type: 'live', run: entry.run });
      return true;
    },
    live: () => [...current.values()].map(({ run }) => run),
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      for (const { stop } of current.values()) stop.abort(new DOMException('Orbit is stopping', 'AbortError'));
      await Promise.all([...current.values()].map(({ ended }) => ended));
    },
  };
}

/** Runs a job for the schedule: one that runs already, here or in another process, is left alone. */
export async function runScheduled(desk: RunDesk, job: Job): Promise<Run | undefined> {
  try {
    const { ended } = await desk.start(job, 'schedule');
    return await ended;
  } catch (error) {
    if (isFailure(error, 'jobs.already-running')) return undefined;
    throw error;
  }
}

function fold(run: LiveRun, event: RunEvent): void {
  const destination = event.type === 'ended' ? event.result.destination : event.destination;
  const before = run.destinations.find((one) => one.destination === destination);
  const others = run.destinations.filter((one) => one !== before);
  const now: LiveDestination = { ...before, destination };
  switch (event.type) {
    case 'started':
      delete now.stage;
      delete now.progress;
      break;
    case 'stage':
      now.stage = event.stage;
      break;
    case 'progress':
      now.progress = event.progress;
      delete now.stage;
      break;
    case 'ended':
      now.outcome = event.result.outcome;
      run.results = [...run.results, event.result];
      break;
  }
  run.destinations = [...others, now].sort((a, b) => (a.destination < b.destination ? -1 : 1));
  if (event.type === 'ended') return;
  const { stage, progress } = now;
  Object.assign(run, { destination, stage, progress });
  if (stage === undefined) delete run.stage;
  if (progress === undefined) delete run.progress;
}
