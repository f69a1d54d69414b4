// The one place of the service that starts runs, whoever asks: schedule, page, API. It knows what goes on right now, tells
// whoever watches, and cancels.
import { isFailure } from '../base/failure.ts';
import type { BackupKind, Job } from './job.ts';
import type { Run, RunResult, RunTrigger } from './run.ts';
import type { RunEvent, RunProgress } from './run-events.ts';
import { runJob } from './runner.ts';
import type { RunSurroundings } from './surroundings.ts';

/** A run that goes on now. Times are ISO. */
export interface LiveRun {
  id: number;
  job: string;
  kind: BackupKind;
  startedBy: RunTrigger;
  startedAt: string;
  /** Where it is at, and how far; absent until the first destination. */
  destination?: string;
  stage?: 'reading' | 'sending' | 'verifying';
  progress?: RunProgress;
  /** Destinations that are done. */
  results: RunResult[];
  isCancelling: boolean;
}

/** What watchers hear. */
export type DeskEvent = { type: 'live'; run: LiveRun } | { type: 'ended'; run: Run };

/** Starts, watches and cancels the runs of this process. */
export interface RunDesk {
  /** Starts a run and gives it at once, with a promise of its end. @throws Failure `jobs.already-running`. */
  start(job: Job, startedBy: RunTrigger): Promise<{ run: LiveRun; ended: Promise<Run> }>;
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

  const start: RunDesk['start'] = (job, startedBy) =>
    new Promise((resolve, reject) => {
      const stop = new AbortController();
      let entry: Current | undefined;
      const ended = runJob(surroundings, job, {
        startedBy,
        signal: AbortSignal.any([signal, stop.signal]),
        onStart(id) {
          const startedAt = surroundings.clock.now().toISOString();
          const { name, kind } = job;
          const run: LiveRun = { id, job: name, kind, startedBy, startedAt, results: [], isCancelling: false };
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

  return {
    start,
    cancel(id) {
      const entry = current.get(id);
      if (entry === undefined) return false;
      entry.run.isCancelling = true;
      entry.stop.abort(new DOMException('cancelled by a person', 'AbortError'));
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
  switch (event.type) {
    case 'started':
      run.destination = event.destination;
      delete run.stage;
      delete run.progress;
      break;
    case 'stage':
      run.stage = event.stage;
      break;
    case 'progress':
      run.progress = event.progress;
      break;
    case 'ended':
      run.results = [...run.results, event.result];
      break;
  }
}
