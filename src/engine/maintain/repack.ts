// Carries what is still needed out of packs that are mostly not, into new packs, and proves that it arrived.
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { fileKey, packKey } from '../format/layout.ts';
import type { IndexId, PackId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import { listFiles, loadSealedFile, pickSignal } from '../repository/sealed-files.ts';
import { readPackBlobs, type ReadBlob } from './read-pack-blobs.ts';
import type { PrunePlan } from './plan-prune.ts';
import type { Survey } from './survey.ts';

/** What repacking tells after each pack. Bytes of the blobs carried out of it. */
export interface RepackEvent {
  type: 'pack-repacked';
  pack: PackId;
  bytes: number;
}

/**
 * Stores every blob that `plan.carry` names once more, and its index. Gives the index files written.
 * @throws Failure `prune.damaged-pack` when one of them can be read from no pack
 */
export async function repackBlobs(
  survey: Survey,
  plan: PrunePlan,
  options: Operation<RepackEvent> = {},
): Promise<ReadonlySet<IndexId>> {
  if (plan.repack.size === 0) return new Set();
  const { repository, index } = survey.indexed;
  const carry = new Uint8Array(plan.carry);
  const waiting = new Set(plan.repack);
  const operation = pickSignal(options);
  // An index of its own: the blobs are known already, and are wanted a second time.
  const target = IndexedRepository.empty(repository);
  try {
    let damage: Failure | undefined;
    for (const file of survey.indexFiles) {
      for (const pack of decodeIndex(
        fileKey('index', file),
        await loadSealedFile(repository, 'index', file, operation),
      )) {
        if (!waiting.delete(pack.id)) continue;
        const wanted = pack.blobs.filter(({ type, id }) => carry[index.numberOf(type, id) ?? 0] === 1);
        let bytes = 0;
        for await (const blob of readPackBlobs(repository, { id: pack.id, blobs: wanted }, operation)) {
          if (isFailure(blob)) {
            damage ??= blob;
            continue;
          }
          await storeAgain(target, blob, operation);
          carry[index.numberOf(blob.type, blob.id) ?? 0] = 0;
          bytes += blob.sealed.length;
        }
        options.report?.({ type: 'pack-repacked', pack: pack.id, bytes });
      }
    }
    if (carry.includes(1)) throw damagedPack(damage);
    await target.flush(operation);
    return await confirmStored(survey, target, operation);
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

// The old packs go next: whoever says that the new ones are stored is asked once more.
async function confirmStored(
  { indexFiles }: Survey,
  target: IndexedRepository,
  options: Operation,
): Promise<ReadonlySet<IndexId>> {
  const { repository, packNames } = target;
  const unconfirmed = new Set<PackId>();
  for (let number = 0; number < packNames.count; number += 1) unconfirmed.add(packNames.get(number));
  const own = new Set<IndexId>();
  for (const { id } of await listFiles<IndexId>(repository.backend, 'index', options)) {
    if (indexFiles.has(id)) continue;
    const packs = decodeIndex(fileKey('index', id), await loadSealedFile(repository, 'index', id, options));
    if (!packs.every((pack: IndexedPack) => unconfirmed.has(pack.id))) continue;
    own.add(id);
    for (const pack of packs) {
      await repository.backend.stat(packKey(pack.id), options);
      unconfirmed.delete(pack.id);
    }
  }
  const [lost] = unconfirmed;
  if (lost === undefined) return own;
  throw new Failure('prune.not-stored', {
    message: `pack ${lost} was stored, but its index is not there; nothing was removed`,
    hint: `The place at ${repository.backend.location} loses what it accepts. Check its disk, then prune again.`,
    facts: { pack: lost },
  });
}

function damagedPack(cause: Failure | undefined): Failure {
  return new Failure('prune.damaged-pack', {
    message: `data that snapshots need cannot be read: ${cause?.message ?? 'it is in no pack'}; no pack in use was removed`,
    hint: 'Run `orbit repo check --read-data` to see which files are affected, and copy the pack from another destination if there is one.',
    ...(cause === undefined ? {} : { cause, facts: cause.facts }),
  });
}
