// Copies the snapshots that a destination missed out of another one's repository: blobs are sealed anew, not compressed again.
import { note } from '../base/note.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import type { Operation } from '../base/operation.ts';
import { copySnapshots } from '../engine/maintain/copy.ts';
import { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import type { Give, Given } from './catch-up.ts';
import type { Wanted } from './donors.ts';
import type { JobOf } from './job.ts';
import { openJobRepository } from './job-repository.ts';
import { type OpenPlace, signalOf } from './place.ts';
import { catalogueGiven } from './recording-catalogue.ts';
import { lockRetryMs } from './repository-run.ts';
import { keepSnapshots } from './retention.ts';
import type { RunEvent } from './run-events.ts';
import type { RunSurroundings } from './surroundings.ts';

/** How snapshots of a job are given. */
export function copyRepository(
  surroundings: RunSurroundings,
  job: JobOf<'system'> | JobOf<'recordings'>,
  options: Operation<RunEvent>,
): Give {
  return async (from, to, wanted) => {
    const { existing: source } = await openJobRepository(surroundings, job.kind, from, signalOf(options));
    // Whoever lost its repository has nothing to give, and asks for no more of these runs.
    if (source === undefined) return { runs: [] };
    try {
      const target = await openTarget(surroundings, job.kind, to, source, options);
      try {
        const given = await copyBetween(source, target, job, from, to, wanted, options);
        const { store, clock } = surroundings;
        const keep = { ...signalOf(options), store, clock, destination: to.name, retryMs: lockRetryMs };
        const catalogued =
          job.kind === 'recordings' ? await catalogueGiven(surroundings, target, to.name, signalOf(options)) : [];
        if (job.retention !== undefined) await keepSnapshots(target, job.retention, keep);
        return { ...given, notes: [...(given.notes ?? []), ...catalogued] };
      } finally {
        target.close();
      }
    } finally {
      source.close();
    }
  };
}

async function openTarget(
  surroundings: RunSurroundings,
  kind: 'system' | 'recordings',
  place: OpenPlace,
  source: Repository,
  options: Operation<RunEvent>,
): Promise<Repository> {
  const { existing, password } = await openJobRepository(surroundings, kind, place, signalOf(options));
  const { chunkerPolynomial } = source.config;
  return (
    existing ??
    Repository.init(prefixedBackend(place.backend, kind), password, { ...signalOf(options), chunkerPolynomial })
  );
}

function copyBetween(
  source: Repository,
  target: Repository,
  job: JobOf<'system'> | JobOf<'recordings'>,
  from: OpenPlace,
  to: OpenPlace,
  wanted: readonly Wanted[],
  options: Operation<RunEvent>,
): Promise<Given> {
  const lock = { ...signalOf(options), retryMs: lockRetryMs };
  let packs = 0;
  let bytes = 0;
  const told = { job: job.name, destination: to.name };
  options.report?.({ type: 'stage', ...told, stage: 'sending' });
  return withLock(source, lock, (sourceSignal) =>
    withLock(target, { ...lock, signal: sourceSignal }, async (signal) => {
      const there = await source.listSnapshots({ signal });
      const names = wanted.map(({ run, donors }) => ({ run, made: donors.get(from.name)?.summary?.made ?? '' }));
      // One that retention has let go of meanwhile need not be had by others.
      const snapshots = there.filter(({ id }) => names.some(({ made }) => made !== '' && id.startsWith(made)));
      const result = await copySnapshots(source, target, snapshots, {
        signal,
        report(event) {
          if (event.type !== 'pack-carried') return;
          packs += 1;
          bytes += event.bytes;
          const progress = { items: packs, bytes, sentBytes: to.meter.sentBytes };
          options.report?.({ type: 'progress', ...told, progress });
        },
      });
      const [broken] = result.incomplete;
      if (broken !== undefined) throw broken.failure;
      const made = result.copied.at(-1)?.to.slice(0, 8);
      return {
        runs: names.map(({ run }) => run.id),
        ...(made === undefined ? {} : { made }),
        notes: [note('catch-up.snapshots', { count: result.copied.length, from: from.name, bytes: result.bytes })],
      };
    }),
  );
}
