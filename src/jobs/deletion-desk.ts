// Deleting snapshots that a person chose: planned and shown first, then exactly what was shown goes, or nothing does.
import { type ApprovalPerson, type ApprovalWanted, requireApproval, returnApproval } from '../accounts/approval.ts';
import { orbitEvent } from '../base/event.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { PlainNote } from '../base/note.ts';
import type { Operation } from '../base/operation.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { SnapshotId } from '../engine/ids.ts';
import { carryOutForget } from '../engine/maintain/apply-retention.ts';
import { snapshotStoringDates } from '../engine/maintain/forget.ts';
import type { Repository } from '../engine/repository/repository.ts';
import { chooseSnapshot } from '../engine/repository/snapshot-choice.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import { protectionsOf } from './copy-hold.ts';
import { type DeletionPlan, planDeletion } from './deletion-plan.ts';
import { goodCopiesAt } from './made-copies.ts';
import { type CopyName, openCopyRepository } from './open-copies.ts';
import { openPlace, signalOf } from './place.ts';
import { appendOnlyReason, isRefusal } from './retention.ts';
import type { RunSurroundings } from './surroundings.ts';

/** A plan for one place. */
export interface PlacedDeletion extends DeletionPlan {
  /** Why nothing can be deleted there, where that is so. */
  appendOnly?: PlainNote;
}

/** What was deleted. */
export interface Deletion {
  removed: NamedSnapshot[];
  /** How many snapshots there were, and are. */
  before: number;
  left: number;
  /** Stored bytes given back; 0 unless that was asked for. */
  freedBytes: number;
}

/** What a person orders: ids of snapshots, or beginnings that only one of them has. */
export interface DeletionOrder {
  copy: CopyName;
  chosen: ReadonlySet<string>;
}

/** How it is done, and in whose name: a second administrator is asked where four eyes want one. */
export interface DeletionOptions extends Operation {
  by: ApprovalPerson;
  reason: string;
  /** Frees the data that only they held as well. */
  frees: boolean;
}

// Somebody waits at the page.
const lockRetryMs = 20_000;

/** Says what deleting would do; removes nothing. @throws Failure of the place, `jobs.nothing-to-delete` */
export async function planDeletionAt(
  surroundings: RunSurroundings,
  { copy, chosen }: DeletionOrder,
  options: Operation = {},
): Promise<PlacedDeletion> {
  const appendOnly = appendOnlyReason(surroundings.store, copy.destination);
  const { plan } = await atRepository(surroundings, copy, options, (repository) =>
    planOf(surroundings, repository, { copy, chosen }, options),
  );
  return { ...plan, ...(appendOnly === undefined ? {} : { appendOnly }) };
}

/**
 * Deletes the chosen snapshots, each told as `backup.deleted`. All of them may go, or none does.
 * @throws Failure `jobs.must-stay`, `jobs.append-only`, `jobs.nothing-to-delete`, `approvals.waiting`, and those of the place
 */
export async function deleteSnapshots(
  surroundings: RunSurroundings,
  order: DeletionOrder,
  options: DeletionOptions,
): Promise<Deletion> {
  const { store, clock, tell } = surroundings;
  const { destination, kind } = order.copy;
  const appendOnly = appendOnlyReason(store, destination);
  if (appendOnly !== undefined) throw cannotDelete(destination, appendOnly.facts['day']);
  return await atRepository(surroundings, order.copy, options, (repository) =>
    withLock(repository, { exclusive: true, retryMs: lockRetryMs, clock, ...signalOf(options) }, async (signal) => {
      const { plan, count } = await planOf(surroundings, repository, order, { signal });
      if (plan.stay.length > 0) throw mustStay(plan);
      const approval = requireApproval(surroundings, approvalOf(order.copy, plan.remove), options.by);
      const removed: NamedSnapshot[] = [];
      const forget = { groups: [], remove: plan.remove, doubtful: [] };
      try {
        const { freedBytes } = await carryOutForget(repository, forget, count, {
          now: clock.now(),
          signal,
          prune: options.frees ? 'always' : 'never',
          report(event) {
            if (event.type === 'snapshot-removed') removed.push(event.snapshot);
          },
        });
        return { removed, before: count, left: plan.left, freedBytes };
      } catch (error) {
        if (approval !== undefined && removed.length === 0) returnApproval(surroundings, approval.id);
        if (isFailure(error) && isRefusal(error)) throw cannotDelete(destination, undefined, error);
        throw error;
      } finally {
        // What is gone is told also when the rest could not follow.
        const { by, reason } = options;
        for (const { id } of removed)
          tell(orbitEvent('backup.deleted', { ...by, snapshot: id, destination, kind, reason }, clock.now()));
      }
    }),
  );
}

async function planOf(
  { store, clock }: RunSurroundings,
  repository: Repository,
  { copy: { destination }, chosen }: DeletionOrder,
  options: Operation,
): Promise<{ plan: DeletionPlan; count: number }> {
  const snapshots = await repository.listSnapshots(signalOf(options));
  const storedAt = await snapshotStoringDates(repository, snapshots, options);
  const good = goodCopiesAt(store, destination);
  const ids = new Set([...chosen].map((wanted) => chosenOf(snapshots, wanted, destination)));
  const plan = planDeletion(snapshots, ids, {
    now: clock.now(),
    ...(storedAt === undefined ? {} : { storedAt }),
    protect: protectionsOf(store, snapshots, destination),
    isGood: ({ id }) => good(id),
  });
  return { plan, count: snapshots.length };
}

// What a second administrator is asked for. Names and days only: they read the same in either language.
function approvalOf({ kind, destination }: CopyName, remove: readonly NamedSnapshot[]): ApprovalWanted {
  const named = remove.map(({ id, time }) => `${id.slice(0, 8)} ${new Date(time).toISOString().slice(0, 16)}Z`);
  return { action: 'backup.delete', subject: `${kind} @ ${destination}`, detail: named.sort().join(', ') };
}

function chosenOf(snapshots: NamedSnapshot[], wanted: string, destination: string): SnapshotId {
  if (!snapshots.some(({ id }) => id.startsWith(wanted))) throw nothingToDelete(destination);
  return chooseSnapshot(snapshots, wanted).id;
}

async function atRepository<Result>(
  surroundings: RunSurroundings,
  copy: CopyName,
  options: Operation,
  work: (repository: Repository) => Promise<Result>,
): Promise<Result> {
  const place = await openPlace(surroundings, copy.destination, signalOf(options));
  try {
    const repository = await openCopyRepository(surroundings, place, copy, options);
    try {
      return await work(repository);
    } finally {
      repository.close();
    }
  } finally {
    await place.close();
  }
}

function nothingToDelete(destination: string): Failure {
  return new Failure('jobs.nothing-to-delete', {
    message: `some of the chosen snapshots are not at '${destination}' any more, so nothing was deleted`,
    hint: 'Look at the list of snapshots again.',
  });
}

function mustStay({ stay }: DeletionPlan): Failure {
  const ids = stay.map(({ snapshot }) => snapshot.id.slice(0, 8)).join(', ');
  return new Failure('jobs.must-stay', {
    message: `${ids} must stay: the newest good backup and what is held are never deleted, so nothing was`,
    hint: 'Leave them out. A hold is ended first, by whoever may; the newest can go when a newer one is made.',
  });
}

function cannotDelete(destination: string, day: string | number | undefined, cause?: Failure): Failure {
  const proof = day === undefined ? 'it refuses to remove anything' : `it was proved append-only on ${day}`;
  return new Failure('jobs.append-only', {
    message: `nothing can be deleted at '${destination}' from here: ${proof}`,
    hint: 'That protects the backups from whoever takes this machine. Delete on the place itself, with a login that may.',
    ...(cause === undefined ? {} : { cause }),
  });
}
