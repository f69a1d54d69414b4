// Finds the trees of snapshots that cannot be used as they are: what they list is lost, or something below them is.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { type MetTree, pathOfNode, walkTrees } from './walk-trees.ts';

/** Something that no backup of this repository can bring back, with a snapshot and a path where it was met. */
export interface LostEntry {
  snapshot: string;
  /** `/` for the root folder. */
  path: string;
  what: 'file' | 'folder' | 'entry';
}

/** Trees by what is wrong with them. */
export interface DamagedTrees {
  /** They list something that is lost, or a tree below them does: each needs a new version. */
  affected: ReadonlySet<BlobId>;
  /** They cannot be read. */
  unreadable: ReadonlySet<BlobId>;
  lost: LostEntry[];
}

/** Why an entry cannot be restored; undefined for one that can, as far as the index knows. */
export function lossOf(indexed: Pick<IndexedRepository, 'hasBlob'>, node: TreeNode): LostEntry['what'] | undefined {
  if (node.type === 'irregular') return 'entry';
  if (node.type === 'dir') return node.subtree === undefined ? 'folder' : undefined;
  if (node.type !== 'file') return undefined;
  return node.content?.every((id) => indexed.hasBlob('data', id)) === true ? undefined : 'file';
}

/** Walks from the roots. @throws what the place throws: a network that is down has damaged nothing */
export async function findDamagedTrees(
  indexed: IndexedRepository,
  roots: MetTree[],
  options: Operation = {},
): Promise<DamagedTrees> {
  const unreadable = new Set<BlobId>();
  const damaged: BlobId[] = [];
  const lost: LostEntry[] = [];
  const parents = new Map<BlobId, BlobId[]>();
  await walkTrees(
    indexed,
    roots,
    {
      tree(met, nodes) {
        for (const node of nodes) {
          const what = lossOf(indexed, node);
          if (what !== undefined) {
            damaged.push(met.id);
            lost.push({ snapshot: met.snapshot, path: pathOfNode(met, node), what });
          } else if (node.subtree !== undefined) {
            const above = parents.get(node.subtree);
            if (above === undefined) parents.set(node.subtree, [met.id]);
            else above.push(met.id);
          }
        }
      },
      unreadable(met, failure) {
        if (!isFailure(failure) || !/^(repository|tree)\./.test(failure.code)) throw failure;
        unreadable.add(met.id);
        lost.push({ snapshot: met.snapshot, path: met.path || '/', what: 'folder' });
      },
    },
    options,
  );
  return { affected: withAncestors([...damaged, ...unreadable], parents), unreadable, lost };
}

function withAncestors(trees: BlobId[], parents: ReadonlyMap<BlobId, BlobId[]>): Set<BlobId> {
  const all = new Set(trees);
  // A set that grows while it is gone through gives what is added, too.
  for (const id of all) for (const parent of parents.get(id) ?? []) all.add(parent);
  return all;
}
