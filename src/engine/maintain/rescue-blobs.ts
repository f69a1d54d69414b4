// Carries what can still be read out of damaged packs into new ones.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexedPack } from '../format/index-file.ts';
import type { IndexId, PackId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles } from '../repository/sealed-files.ts';
import { confirmStored } from './confirm-stored.ts';
import { readPackBlobs } from './read-pack-blobs.ts';

/** Which packs are damaged, which ones will be in no index, and which ones are new to it. */
export interface Rescue {
  damaged: readonly PackId[];
  drop: ReadonlySet<PackId>;
  added?: readonly IndexedPack[];
}

/** Stores the readable blobs of damaged packs that no sound pack has, as far as the index (`packs`) finds them. Gives their number. @throws Failure `prune.not-stored` */
export async function rescueBlobs(
  repository: Repository,
  packs: ReadonlyMap<PackId, IndexedPack>,
  { damaged, drop, added = [] }: Rescue,
  options: Operation,
): Promise<number> {
  const sound = IndexedRepository.empty(repository);
  const target = IndexedRepository.empty(repository);
  let rescued = 0;
  try {
    for (const pack of packs.values()) if (!drop.has(pack.id)) sound.addPacks([pack]);
    sound.addPacks([...added]);
    for (const id of damaged) {
      const blobs = (packs.get(id)?.blobs ?? []).filter((blob) => !sound.hasBlob(blob.type, blob.id));
      for await (const blob of readPackBlobs(repository, { id, blobs }, options)) {
        if (isFailure(blob)) continue;
        const { isNew } = await target.saveSealed(blob.type, blob.id, blob, options);
        if (isNew) rescued += 1;
      }
    }
    if (rescued === 0) return 0;
    const before = await listFiles<IndexId>(repository.backend, 'index', options);
    await target.flush(options);
    await confirmStored(new Set(before.map(({ id }) => id)), target, options);
    return rescued;
  } finally {
    await Promise.all([sound.close(), target.close()]);
  }
}
