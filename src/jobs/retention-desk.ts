// Retention of a whole job outside a run: planned and shown for each destination, then, unless only that was wanted, done.
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { RetentionResult } from '../engine/maintain/apply-retention.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { ForgetPlan } from '../engine/maintain/plan-forget.ts';
import { openJobRepository } from './job-repository.ts';
import type { Job } from './job.ts';
import { openPlace, signalOf } from './place.ts';
import { lockRetryMs } from './repository-run.ts';
import { type PlainNote, note } from '../base/note.ts';
import { type KitRetention, appendOnlyReason, isRefusal, retainKits, retainSnapshots, timeOfKit } from './retention.ts';
import type { RunSurroundings } from './surroundings.ts';

/** What retention did, or would do, at one destination. */
export interface PlaceRetention {
  destination: string;
  /** Why nothing can be removed there, where that is so. */
  appendOnly?: PlainNote;
  snapshots?: RetentionResult;
  kits?: KitRetention;
  /** What kept it from being looked at or done. */
  failure?: Failure;
}

/** `planned`: what will go at a destination, before any of it does. */
export type RetentionDeskEvent =
  | { type: 'planned'; destination: string; onlyPlanned: boolean; snapshots: ForgetPlan }
  | { type: 'planned'; destination: string; onlyPlanned: boolean; kits: KitRetention };

/** Applies the retention of a job everywhere; trouble at one place does not keep the others. @throws Failure `jobs.no-retention` */
export async function retainJob(
  surroundings: RunSurroundings,
  job: Job,
  options: Operation<RetentionDeskEvent> & { dryRun: boolean },
): Promise<PlaceRetention[]> {
  if (job.retention === undefined) {
    throw new Failure('jobs.no-retention', {
      message: `the job '${job.name}' keeps every copy: it has no retention`,
      hint: `Give it one: orbit job set ${job.name} --keep-daily 7 --keep-weekly 5 --keep-monthly 12`,
    });
  }
  const results: PlaceRetention[] = [];
  for (const destination of job.destinations) {
    options.signal?.throwIfAborted();
    const reason = appendOnlyReason(surroundings.store, destination);
    const shared = { destination, ...(reason === undefined ? {} : { appendOnly: reason }) };
    try {
      results.push({
        ...shared,
        ...(await retainAt(surroundings, { ...job, retention: job.retention }, destination, options)),
      });
    } catch (error) {
      if (!isFailure(error)) throw error;
      const refused = note('retention.place-refuses', { destination });
      results.push({ ...shared, ...(isRefusal(error) ? { appendOnly: refused } : { failure: error }) });
    }
  }
  return results;
}

/** A copy by the name that runs give it, and when it was made. */
export interface DatedCopy {
  copy: string;
  at: string;
}

/** Which copies stay and why, and which go, kits and snapshots alike by the names that runs give them. */
export function copiesOf({ kits, snapshots }: Pick<PlaceRetention, 'kits' | 'snapshots'>): {
  keep: (DatedCopy & { reasons: string[] })[];
  remove: DatedCopy[];
} {
  const staying = snapshots?.forget.groups.flatMap(({ keep }) => keep) ?? [];
  return {
    keep: [
      ...(kits?.keep ?? []).map(({ name, reasons }) => ({ ...kitCopy(name), reasons })),
      ...staying.map(({ snapshot, reasons }) => ({ ...snapshotCopy(snapshot), reasons })),
    ],
    remove: [...(kits?.remove ?? []).map(kitCopy), ...(snapshots?.forget.remove ?? []).map(snapshotCopy)],
  };
}

function kitCopy(name: string): DatedCopy {
  return { copy: `secrets/${name}`, at: timeOfKit(name) };
}

function snapshotCopy({ id, time }: NamedSnapshot): DatedCopy {
  return { copy: id, at: new Date(time).toISOString() };
}

/**
 * Refuses when more would go now than a person was shown.
 * @throws Failure `jobs.plan-changed`
 */
export function requireShown(places: readonly PlaceRetention[], shown: ReadonlySet<string>): void {
  const unseen = places.flatMap((place) => copiesOf(place).remove).filter(({ copy }) => !shown.has(copy));
  if (unseen.length === 0) return;
  throw new Failure('jobs.plan-changed', {
    message: `${unseen.length} more copies would go now than were shown, so none was removed`,
    hint: 'Look at the plan again: a run, a changed rule or an ended hold came between.',
  });
}

async function retainAt(
  surroundings: RunSurroundings,
  job: Job & { retention: NonNullable<Job['retention']> },
  destination: string,
  { report, dryRun, ...options }: Operation<RetentionDeskEvent> & { dryRun: boolean },
): Promise<Omit<PlaceRetention, 'destination'>> {
  const { store, clock } = surroundings;
  const place = await openPlace(surroundings, destination, signalOf(options));
  const site = { ...signalOf(options), store, clock, destination, dryRun };
  const planned = {
    type: 'planned',
    destination,
    onlyPlanned: dryRun || appendOnlyReason(store, destination) !== undefined,
  } as const;
  try {
    if (job.kind === 'secrets') {
      const told = (kits: KitRetention): void => report?.({ ...planned, kits });
      const scope = `${job.name}@${destination}`;
      return { kits: await retainKits(place.backend, job.retention, { ...site, scope, report: told }) };
    }
    const { existing } = await openJobRepository(surroundings, job.kind, place, signalOf(options));
    if (existing === undefined) return {};
    try {
      const snapshots = await retainSnapshots(existing, job.retention, {
        ...site,
        retryMs: lockRetryMs,
        report(event) {
          if (event.type === 'forget-planned') report?.({ ...planned, snapshots: event.plan });
        },
      });
      return { snapshots };
    } finally {
      existing.close();
    }
  } finally {
    await place.close();
  }
}
