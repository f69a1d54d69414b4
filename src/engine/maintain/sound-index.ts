// The index, for those who are about to act on what it does not have: then what it says must be all there is to say.
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { idOfKey, packKey } from '../format/layout.ts';
import type { PackId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { readIndexFiles } from './check-index.ts';
import { readPackHeader } from './read-pack-header.ts';

/**
 * Loads the index and compares it with the packs that are there.
 * @throws Failure `repair.index-first` when an index file cannot be read, a pack that it names is missing or of another size,
 *   or a pack that no index names holds something that the index does not have
 */
export async function readSoundIndex(repository: Repository, options: Operation = {}): Promise<IndexedRepository> {
  const indexed = IndexedRepository.empty(repository);
  try {
    const expected = await readIndexFiles(
      indexed,
      ({ severity, message }) => {
        if (severity === 'error') throw indexFirst(message);
      },
      options,
    );
    const missing = new Set(expected.keys());
    for await (const { key, size } of repository.backend.list('data/', options)) {
      const id = idOfKey(key) as PackId | undefined;
      if (id === undefined || key !== packKey(id)) continue;
      const promised = expected.get(id);
      missing.delete(id);
      if (promised === undefined) await refuseUnknown(indexed, id, size, options);
      else if (promised.size !== size) throw indexFirst(`pack ${id} has ${size} bytes instead of ${promised.size}`);
    }
    for (const id of missing) throw indexFirst(`pack ${id} is missing, although the index names it`);
    return indexed;
  } catch (error) {
    await indexed.close();
    throw error;
  }
}

// What an interrupted backup left in no index may be the very data that seems lost. A pack that cannot be understood cannot help.
async function refuseUnknown(indexed: IndexedRepository, id: PackId, size: number, options: Operation): Promise<void> {
  try {
    const { blobs } = await readPackHeader(indexed.repository, id, size, options);
    if (blobs.some((blob) => !indexed.hasBlob(blob.type, blob.id)))
      throw indexFirst(`pack ${id} holds data that no index names`);
  } catch (error) {
    if (!isFailure(error, 'repository.damaged-pack')) throw error;
  }
}

/** The index must be repaired before anything else. */
export function indexFirst(why: string): Failure {
  return new Failure('repair.index-first', {
    message: `the index is not sound: ${why}`,
    hint: 'Run `orbit repo repair index` first; otherwise things might be left out that are still there. Nothing was changed.',
  });
}
