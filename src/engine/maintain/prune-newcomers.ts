// A last look before something is removed: has anybody written who takes no lock?
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexId, SnapshotId } from '../ids.ts';
import { listFiles, pickSignal } from '../repository/sealed-files.ts';
import type { Survey } from './survey.ts';

/**
 * Compares the snapshots that are there with those whose data counts as used, and the index files with those expected.
 * @throws Failure `prune.changed-meanwhile`
 */
export async function refuseNewcomers(
  survey: Survey,
  indexFiles: ReadonlySet<IndexId>,
  options: Operation = {},
): Promise<void> {
  const { backend } = survey.indexed.repository;
  const needed = new Set(survey.needed.map(({ id }) => id));
  for (const { id } of await listFiles<SnapshotId>(backend, 'snapshots', pickSignal(options)))
    if (!needed.has(id)) throw changedMeanwhile(`snapshot ${id.slice(0, 8)}`);
  for (const { id } of await listFiles<IndexId>(backend, 'index', pickSignal(options)))
    if (!indexFiles.has(id)) throw changedMeanwhile(`index file ${id.slice(0, 8)}`);
}

function changedMeanwhile(what: string): Failure {
  return new Failure('prune.changed-meanwhile', {
    message: `${what} is there although it should not be, so pruning stopped; nothing that snapshots need was removed`,
    hint: 'Another program writes there without taking locks (rustic does, or restic with --no-lock): stop it. Or the place did not remove what it said it removed. Then prune again.',
  });
}
