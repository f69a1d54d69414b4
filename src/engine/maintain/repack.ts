// Carries what is still needed out of packs that are mostly not, into new packs, and proves that it arrived.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { carryBlobs, type CarryEvent } from './carry-blobs.ts';
import { confirmStored } from './confirm-stored.ts';
import type { PrunePlan } from './plan-prune.ts';
import type { ReadBlob } from './read-pack-blobs.ts';
import type { Survey } from './survey.ts';

/**
 * Stores every blob that `plan.carry` names once more, and its index. Gives the index files written.
 * @throws Failure `prune.damaged-pack` when one of them can be read from no pack
 */
export async function repackBlobs(
  survey: Survey,
  plan: PrunePlan,
  options: Operation<CarryEvent> = {},
): Promise<ReadonlySet<IndexId>> {
  if (plan.repack.size === 0) return new Set();
  const operation = pickSignal(options);
  const wanted = new Uint8Array(plan.carry);
  // An index of its own: the blobs are known already, and are wanted a second time.
  const target = IndexedRepository.empty(survey.indexed.repository);
  try {
    const damage = await carryBlobs(
      survey.indexed,
      {
        indexFiles: survey.indexFiles,
        wanted,
        isSource: (pack) => plan.repack.has(pack),
        store: (blob) => storeAgain(target, blob, operation),
      },
      options,
    );
    if (wanted.includes(1)) throw damagedPack(damage);
    await target.flush(operation);
    return await confirmStored(survey.indexFiles, target, operation);
  } finally {
    await target.close();
  }
}

// Bytes as they are: they were just opened and verified. Only trees that are not compressed yet are made anew.
async function storeAgain(target: IndexedRepository, blob: ReadBlob, options: Operation): Promise<void> {
  const { type, id, plaintext, sealed, uncompressedLength } = blob;
  if (target.repository.version >= 2 && type === 'tree' && uncompressedLength === 0)
    await target.saveBlob(type, plaintext, options);
  else await target.saveSealed(type, id, { sealed, uncompressedLength }, options);
}

function damagedPack(cause: Failure | undefined): Failure {
  return new Failure('prune.damaged-pack', {
    message: `data that snapshots need cannot be read: ${cause?.message ?? 'it is in no pack'}; no pack in use was removed`,
    hint: 'Run `orbit repo check --read-data` to see which files are affected, and copy the pack from another destination if there is one.',
    ...(cause === undefined ? {} : { cause, facts: cause.facts }),
  });
}
