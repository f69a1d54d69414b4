// Removes the snapshot files that a plan lets go. No data is freed: that is prune's part.
import { canDate } from '../../backends/abilities.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { fileKey } from '../format/layout.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';

/** What `runForget` tells. */
export interface ForgetEvent {
  type: 'snapshot-removed';
  snapshot: NamedSnapshot;
}

/**
 * Removes snapshot files, one after another; one that is gone already counts as removed. Hold the exclusive lock.
 * @throws Failure `forget.stopped` at the first one that the place does not let go; the rest is untouched
 */
export async function runForget(
  repository: Repository,
  snapshots: readonly NamedSnapshot[],
  options: Operation<ForgetEvent> = {},
): Promise<void> {
  let removed = 0;
  for (const snapshot of snapshots) {
    options.signal?.throwIfAborted();
    try {
      await repository.removeSnapshot(snapshot.id, pickSignal(options));
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (error.code !== 'backend.not-found') throw stopped(repository, snapshot, removed, snapshots.length, error);
    }
    removed += 1;
    options.report?.({ type: 'snapshot-removed', snapshot });
  }
}

/** When each snapshot file was stored, by the clock of the place; undefined where the place does not tell. */
export async function snapshotStoringDates(
  { backend }: Repository,
  snapshots: readonly NamedSnapshot[],
  options: Operation = {},
): Promise<ReadonlyMap<SnapshotId, Date> | undefined> {
  if (!canDate(backend)) return undefined;
  const dates = new Map<SnapshotId, Date>();
  for (const { id } of snapshots)
    dates.set(id, await backend.modifiedAt(fileKey('snapshots', id), pickSignal(options)));
  return dates;
}

const appendOnlyCodes = new Set(['backend.refused', 'backend.permission', 'backend.read-only']);

function stopped(
  { backend }: Repository,
  { id }: NamedSnapshot,
  removed: number,
  all: number,
  cause: Failure,
): Failure {
  const hint = appendOnlyCodes.has(cause.code)
    ? 'The place refuses to remove anything, as an append-only one should. Retention for it has to run with a login that may remove, best on the place itself.'
    : 'What was removed is gone for good, everything else is whole. Run it again when the place is well.';
  return new Failure('forget.stopped', {
    message: `snapshot ${id.slice(0, 8)} at ${backend.location} could not be removed; ${removed} of ${all} were`,
    hint,
    facts: { removed, left: all - removed },
    cause,
  });
}
