// Follows snapshots down to every blob they reach.
import type { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { BlobId, BlobType, SnapshotId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { pathOfNode, walkTrees } from './walk-trees.ts';

/** A blob that a snapshot needs and no index knows, and where. */
export interface MissingBlob {
  type: BlobType;
  id: BlobId;
  snapshot: SnapshotId;
  path: string;
}

/** What the walk tells: every thousandth tree or so. */
export interface UsedBlobsEvent {
  type: 'trees-walked';
  trees: number;
}

/** Marks by a blob's number, and what was looked for in vain. */
export interface UsedBlobs {
  isUsed: Uint8Array;
  missing: MissingBlob[];
  missingCount: number;
}

const missingMax = 100;
const reportEvery = 1024;

/**
 * Marks every blob that the snapshots reach. `unreadable` hears of trees that are known and cannot be read.
 * @throws the failure of such a tree when there is no `unreadable`
 */
export async function markUsedBlobs(
  indexed: IndexedRepository,
  snapshots: readonly NamedSnapshot[],
  options: Operation<UsedBlobsEvent> & { unreadable?: (failure: Failure) => void } = {},
): Promise<UsedBlobs> {
  const { index } = indexed;
  const isUsed = new Uint8Array(index.count);
  const used: UsedBlobs = { isUsed, missing: [], missingCount: 0 };
  const mark = (type: BlobType, id: BlobId, snapshot: SnapshotId, path: () => string): void => {
    const number = index.numberOf(type, id);
    if (number !== undefined) {
      isUsed[number] = 1;
      return;
    }
    used.missingCount += 1;
    if (used.missing.length < missingMax) used.missing.push({ type, id, snapshot, path: path() });
  };
  let trees = 0;
  const roots = snapshots.map(({ id, tree }) => ({ id: tree, snapshot: id, path: '' }));
  await walkTrees(
    indexed,
    roots,
    {
      tree(met, nodes) {
        mark('tree', met.id, met.snapshot, () => met.path);
        for (const node of nodes)
          for (const id of node.content ?? []) mark('data', id, met.snapshot, () => pathOfNode(met, node));
        trees += 1;
        if (trees % reportEvery === 0) options.report?.({ type: 'trees-walked', trees });
      },
      unreadable(met, failure) {
        if (failure.code !== 'repository.blob-missing') {
          if (options.unreadable === undefined) throw failure;
          return options.unreadable(failure);
        }
        mark('tree', met.id, met.snapshot, () => met.path);
      },
    },
    options.signal === undefined ? {} : { signal: options.signal },
  );
  options.report?.({ type: 'trees-walked', trees });
  return used;
}
