// Carries what is still needed out of packs that are mostly not, into new packs, and proves that it arrived.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex } from '../format/index-file.ts';
import { fileKey, idOfKey } from '../format/layout.ts';
import type { IndexId, PackId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import { listFiles, loadSealedFile, pickSignal } from '../repository/sealed-files.ts';
import { carryBlobs, type CarryEvent } from './carry-blobs.ts';
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

// The old packs go next: whoever says that the new ones are stored is asked once more. If they are not, their index goes
// again, so that nobody looks for them there.
async function confirmStored(
  { indexFiles }: Survey,
  target: IndexedRepository,
  options: Operation,
): Promise<ReadonlySet<IndexId>> {
  const { repository, packNames } = target;
  const { backend } = repository;
  const unconfirmed = new Set<PackId>();
  for (let number = 0; number < packNames.count; number += 1) unconfirmed.add(packNames.get(number));
  const own = new Set<IndexId>();
  const named = new Set<PackId>();
  for (const { id } of await listFiles<IndexId>(backend, 'index', options)) {
    if (indexFiles.has(id)) continue;
    const packs = decodeIndex(fileKey('index', id), await loadSealedFile(repository, 'index', id, options));
    if (!packs.every((pack) => unconfirmed.has(pack.id))) continue;
    own.add(id);
    for (const pack of packs) named.add(pack.id);
  }
  for await (const { key } of backend.list('data/', options)) {
    const id = idOfKey(key) as PackId | undefined;
    if (id !== undefined && named.has(id)) unconfirmed.delete(id);
  }
  const [lost] = unconfirmed;
  if (lost === undefined) return own;
  for (const id of own) await backend.remove(fileKey('index', id), options);
  throw new Failure('prune.not-stored', {
    message: `the place at ${backend.location} accepted pack ${lost} and its index, and does not have both; nothing in use was removed`,
    hint: 'It loses what it accepts. Check its disk, then prune again.',
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
