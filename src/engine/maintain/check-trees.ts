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

/** What was followed. */
export interface FollowedTrees {
  snapshots: number;
  trees: number;
  files: number;
}

/** Loads every snapshot and walks its trees. `damaged` are blobs that were found broken before: files that need them are named. */
export async function followSnapshots(
  indexed: IndexedRepository,
  snapshotFiles: readonly ListedFile<SnapshotId>[],
  damaged: ReadonlySet<BlobId>,
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
          checkNode(indexed, met, node, damaged, found);
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
  return { snapshots: snapshotFiles.length, trees, files };
}

function checkNode(
  indexed: IndexedRepository,
  met: MetTree,
  node: TreeNode,
  damaged: ReadonlySet<BlobId>,
  found: (problem: CheckProblem) => void,
): void {
  const path = pathOfNode(met, node);
  const report = (why: string, blob?: BlobId): void => {
    const message = `snapshot ${met.snapshot.slice(0, 8)}: ${node.type} ${path} ${why}`;
    found(errorProblem(message, { snapshot: met.snapshot, path, ...(blob === undefined ? {} : { blob }) }));
  };
  if (node.type === 'dir' && (node.subtree === undefined || /^0+$/.test(node.subtree))) report('has no tree');
  if (node.type === 'irregular') report('has a type that cannot be restored');
  if (node.type !== 'file') return;
  if (node.content === null) return report('has no list of content');
  for (const id of node.content) {
    if (!indexed.hasBlob('data', id)) report(`needs blob ${id}, which is in no pack of the index`, id);
    else if (damaged.has(id)) report(`needs blob ${id}, which is damaged`, id);
  }
}
