// Who can give a destination what it missed: the others that got the same run.
import { listDestinations } from '../destinations/destination.ts';
import type { Store } from '../store/store.ts';
import { type MissedRun, settleMissed } from './missed-run.ts';
import { findRun, type Run, type RunResult } from './run.ts';

/** A missed run and the results of those that have it. */
export interface Wanted {
  run: Run;
  /** By the name of the destination. */
  donors: Map<string, RunResult>;
}

/** Missed runs with their donors. One that is nowhere is let go of when it was broken off, or the destination has a newer one. */
export function wantedRuns(store: Store, missed: readonly MissedRun[]): Wanted[] {
  return missed.flatMap(({ run: id, destination }) => {
    const run = findRun(store, id);
    const good = run.results.filter(
      (result) => result.destination !== destination && ['succeeded', 'partial'].includes(result.outcome),
    );
    const isOvertaken = good.length === 0 && hasNewer(store, run, destination);
    if (isOvertaken || (good.length === 0 && run.failure?.code === 'jobs.interrupted')) {
      settleMissed(store, id, destination);
      return [];
    }
    return [{ run, donors: new Map(good.map((result) => [result.destination, result])) }];
  });
}

function hasNewer(store: Store, { job, id }: Run, destination: string): boolean {
  const row = store.database
    .prepare(
      `SELECT 1 FROM run_result JOIN run ON run.id = run_result.run WHERE run.job = ? AND run.id > ?
         AND run_result.destination = ? AND run_result.outcome IN ('succeeded', 'partial') LIMIT 1`,
    )
    .get(job, id, destination);
  return row !== undefined;
}

/** The names of all donors: folders on this machine first, then as they were added. Those that are lost come last. */
export function donorsInOrder(store: Store, wanted: readonly Wanted[]): string[] {
  const names = new Set(wanted.flatMap(({ donors }) => [...donors.keys()]));
  const cost = ({ kind, state }: { kind: string; state: string }): number =>
    (state === 'lost' ? 2 : 0) + (kind === 'folder' ? 0 : 1);
  return listDestinations(store)
    .filter(({ name }) => names.has(name))
    .toSorted((a, b) => cost(a) - cost(b))
    .map(({ name }) => name);
}
