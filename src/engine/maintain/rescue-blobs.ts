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

/**
 * Stores the readable blobs of damaged packs, as far as the index (`packs`) finds them; also those that another pack has, which may be
 * damaged in its turn. What lies there twice then is for prune. Gives their number. @throws Failure `prune.not-stored`
 */
export async function rescueBlobs(
  repository: Repository,
  packs: ReadonlyMap<PackId, IndexedPack>,
  damaged: readonly PackId[],
  options: Operation,
): Promise<number> {
  const target = IndexedRepository.empty(repository);
  let rescued = 0;
  try {
    for (const id of damaged) {
      const blobs = packs.get(id)?.blobs ?? [];
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
    await target.close();
  }
}
