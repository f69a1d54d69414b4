// A last look before something is removed: has anybody written who takes no lock?
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexId, SnapshotId } from '../ids.ts';
import { listFiles, pickSignal } from '../repository/sealed-files.ts';
import type { Survey } from './survey.ts';

/**
 * Compares snapshots, and index files unless `own` is undefined, with the survey. `own`: index files that this run wrote.
 * @throws Failure `prune.changed-meanwhile`
 */
export async function refuseNewcomers(
  survey: Survey,
  own: ReadonlySet<IndexId> | undefined,
  options: Operation = {},
): Promise<void> {
  const { backend } = survey.indexed.repository;
  const known = new Set(survey.snapshots.map(({ id }) => id));
  for (const { id } of await listFiles<SnapshotId>(backend, 'snapshots', pickSignal(options)))
    if (!known.has(id)) throw changedMeanwhile(`snapshot ${id.slice(0, 8)}`);
  if (own === undefined) return;
  for (const { id } of await listFiles<IndexId>(backend, 'index', pickSignal(options)))
    if (!survey.indexFiles.has(id) && !own.has(id)) throw changedMeanwhile(`index file ${id.slice(0, 8)}`);
}

function changedMeanwhile(what: string): Failure {
  return new Failure('prune.changed-meanwhile', {
    message: `${what} appeared while the repository was locked for pruning, so pruning stopped; no data that snapshots need was removed`,
    hint: 'Another program writes there without taking locks (rustic does, or restic with --no-lock). Stop it, then prune again.',
  });
}
