// Before what was carried elsewhere is removed: is it really there?
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex } from '../format/index-file.ts';
import { fileKey, idOfKey } from '../format/layout.ts';
import { packBytes } from '../format/pack-header.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { listFiles, loadSealedFiles } from '../repository/sealed-files.ts';

/**
 * Asks once more for the packs that `target` wrote, and for their index, before the old packs go. If they are not there, their
 * index goes again, so that nobody looks for them. `indexFiles` are those that were there before. Gives the new ones.
 * @throws Failure `prune.not-stored`
 */
export async function confirmStored(
  indexFiles: ReadonlySet<IndexId>,
  target: IndexedRepository,
  options: Operation,
): Promise<ReadonlySet<IndexId>> {
  const { repository, packNames } = target;
  const { backend } = repository;
  const unconfirmed = new Set<PackId>();
  for (let number = 0; number < packNames.count; number += 1) unconfirmed.add(packNames.get(number));
  const own = new Set<IndexId>();
  const named = new Map<PackId, number>();
  const added = (await listFiles<IndexId>(backend, 'index', options)).filter(({ id }) => !indexFiles.has(id));
  for await (const { id, json } of loadSealedFiles(repository, 'index', added, options)) {
    const packs = decodeIndex(fileKey('index', id), await json());
    if (!packs.every((pack) => unconfirmed.has(pack.id))) continue;
    own.add(id);
    for (const { id: pack, blobs } of packs) named.set(pack, packBytes(blobs));
  }
  for await (const { key, size } of backend.list('data/', options)) {
    const id = idOfKey(key) as PackId | undefined;
    // Where a disk ran full, there may be less of it than was sent.
    if (id !== undefined && named.get(id) === size) unconfirmed.delete(id);
  }
  const [lost] = unconfirmed;
  if (lost === undefined) return own;
  for (const id of own) await backend.remove(fileKey('index', id), options);
  throw new Failure('prune.not-stored', {
    message: `the place at ${backend.location} accepted pack ${lost} and its index, and does not have both; nothing in use was removed`,
    hint: 'It loses what it accepts. Check its disk, then try again.',
    facts: { pack: lost },
  });
}
