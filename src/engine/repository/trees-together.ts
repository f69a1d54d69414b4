// The trees of many folders, those of one pack with as few requests as gaps allow: one by one they would be a request each.
import { type Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { BlobId, PackId } from '../ids.ts';
import type { IndexedRepository } from './indexed-repository.ts';
import { plaintextLength } from './pack-reader.ts';

/** What reading trees together needs of a repository. */
export type TreesReader = Pick<IndexedRepository, 'loadBlob' | 'readBlob' | 'locateBlob' | 'loadBlobs'>;

/** A tree's text in pieces, each valid until the next, or why it cannot be read. */
export type ReadTree<Wanted> = { wanted: Wanted } & ({ text: Iterable<Buffer> } | { failure: Failure });

// Larger ones are read by themselves, a piece at a time. Bytes.
const largeBytes = 4 * 1024 * 1024;

/** Reads the tree that `treeOf` names for each of `wanted`; in the order in which they lie, each as often as it is wanted. */
export async function* treesTogether<Wanted>(
  reader: TreesReader,
  wanted: readonly Wanted[],
  treeOf: (wanted: Wanted) => BlobId,
  options: Operation = {},
): AsyncGenerator<ReadTree<Wanted>> {
  const byPack = new Map<PackId, Map<BlobId, Wanted[]>>();
  const alone: Wanted[] = [];
  for (const each of wanted) {
    const id = treeOf(each);
    const place = reader.locateBlob('tree', id);
    if (place === undefined || plaintextLength(place) > largeBytes) alone.push(each);
    else {
      const inPack = byPack.get(place.packId) ?? new Map<BlobId, Wanted[]>();
      byPack.set(place.packId, inPack);
      const same = inPack.get(id);
      if (same === undefined) inPack.set(id, [each]);
      else same.push(each);
    }
  }
  for (const [packId, inPack] of byPack) {
    options.signal?.throwIfAborted();
    yield* readFromPack(reader, packId, inPack, options);
    // What the pack did not give is asked for one by one, so that one damaged tree does not hide its neighbours.
    alone.push(...[...inPack.values()].flat());
  }
  for (const each of alone) {
    let read: () => Iterable<Buffer>;
    try {
      read = await reader.readBlob('tree', treeOf(each), options);
    } catch (error) {
      if (!isFailure(error)) throw error;
      yield { wanted: each, failure: error };
      continue;
    }
    yield { wanted: each, text: read() };
  }
}

async function* readFromPack<Wanted>(
  reader: TreesReader,
  packId: PackId,
  left: Map<BlobId, Wanted[]>,
  options: Operation,
): AsyncGenerator<ReadTree<Wanted>> {
  const blobs = [...left.keys()].map((id) => ({ type: 'tree' as const, id }));
  const loading = reader.loadBlobs(packId, blobs, options);
  for (;;) {
    let next: Awaited<ReturnType<typeof loading.next>>;
    try {
      next = await loading.next();
    } catch (error) {
      if (isFailure(error)) return;
      throw error;
    }
    if (next.done === true) return;
    const { id, plaintext } = next.value;
    const wanted = left.get(id) ?? [];
    left.delete(id);
    for (const each of wanted) yield { wanted: each, text: [plaintext] };
  }
}
