// The part of `check` that follows every snapshot down to the blobs of its files.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { fileKey } from '../format/layout.ts';
import { decodeSnapshot } from '../format/snapshot.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId, SnapshotId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { type ListedFile, loadSealedFiles } from '../repository/sealed-files.ts';
import { errorProblem, failureProblem, type CheckProblem } from './problems.ts';
import { pathOfNode, walkTrees, type MetTree } from './walk-trees.ts';

/** What was followed: the roots of the snapshots that could be read, and how much lies below them. */
export interface FollowedTrees {
  roots: MetTree[];
  trees: number;
  files: number;
}

/** Loads every snapshot and walks its trees, down to which blobs they need. */
export async function followSnapshots(
  indexed: IndexedRepository,
  snapshotFiles: readonly ListedFile<SnapshotId>[],
  found: (problem: CheckProblem) => void,
  options: Operation,
): Promise<FollowedTrees> {
  const roots: MetTree[] = [];
  for await (const { id, json } of loadSealedFiles(indexed.repository, 'snapshots', snapshotFiles, options)) {
    try {
      const { tree } = decodeSnapshot(fileKey('snapshots', id), await json());
      roots.push({ id: tree, snapshot: id, path: '' });
    } catch (error) {
      if (!isFailure(error)) throw error;
      found(failureProblem(error, { snapshot: id, file: fileKey('snapshots', id) }));
    }
  }
  let files = 0;
  const trees = await walkTrees(
    indexed,
    roots,
    {
      tree(met, nodes) {
        for (const node of nodes) {
          if (node.type === 'file') files += 1;
          checkNode(indexed, met, node, found);
        }
      },
      unreadable(met, failure) {
        const where = met.path === '' ? 'its root folder' : `folder ${met.path}`;
        const message = `snapshot ${met.snapshot.slice(0, 8)}: ${where} cannot be read (tree ${met.id}): ${failure.message}`;
        const { pack } = failure.facts;
        const names = { snapshot: met.snapshot, path: met.path, blob: met.id };
        found(errorProblem(message, typeof pack === 'string' ? { ...names, pack } : names));
      },
    },
    options,
  );
  return { roots, trees, files };
}

/** Names the files that need blobs which are there and broken. */
export async function nameDamaged(
  indexed: IndexedRepository,
  roots: MetTree[],
  damaged: ReadonlySet<BlobId>,
  found: (problem: CheckProblem) => void,
  options: Operation,
): Promise<void> {
  const tree = (met: MetTree, nodes: TreeNode[]): void => {
    for (const node of nodes)
      for (const id of node.content ?? [])
        if (damaged.has(id)) found(nodeProblem(met, node, `needs blob ${id}, which is damaged`, id));
  };
  // Trees that cannot be read were told of.
  await walkTrees(indexed, roots, { tree, unreadable: () => {} }, options);
}

function nodeProblem(met: MetTree, node: TreeNode, why: string, blob?: BlobId): CheckProblem {
  const path = pathOfNode(met, node);
  const message = `snapshot ${met.snapshot.slice(0, 8)}: ${node.type} ${path} ${why}`;
  return errorProblem(message, { snapshot: met.snapshot, path, ...(blob === undefined ? {} : { blob }) });
}

function checkNode(
  indexed: IndexedRepository,
  met: MetTree,
  node: TreeNode,
  found: (problem: CheckProblem) => void,
): void {
  const report = (why: string, blob?: BlobId): void => found(nodeProblem(met, node, why, blob));
  if (node.type === 'dir' && (node.subtree === undefined || /^0+$/.test(node.subtree))) report('has no tree');
  if (node.type === 'irregular') report('has a type that cannot be restored');
  if (node.type !== 'file') return;
  if (node.content === null) return report('has no list of content');
  for (const id of node.content)
    if (!indexed.hasBlob('data', id)) report(`needs blob ${id}, which is in no pack of the index`, id);
}
