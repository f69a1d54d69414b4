// How much a repository holds, counted as `restic stats` counts it (cmd/restic/cmd_stats.go).
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId, BlobType } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { walkTrees } from './walk-trees.ts';

/** What a restore of these snapshots would write: bytes and entries, each snapshot counted for itself; the bytes of hard links once. */
export interface RestoreSize {
  snapshots: number;
  totalSize: number;
  totalFiles: number;
}

/** What the snapshots' blobs take in packs. Sizes in bytes. */
export interface RawDataSize {
  snapshots: number;
  blobs: number;
  storedSize: number;
  uncompressedSize: number;
}

interface FolderSize {
  size: number;
  entries: number;
  /** Files with several names: device and inode, and size. */
  linked: [key: string, size: number][];
  subtrees: BlobId[];
}

/** Counts files and bytes. @throws the failure of a tree that cannot be read */
export async function restoreSize(
  indexed: IndexedRepository,
  snapshots: NamedSnapshot[],
  options: Operation = {},
): Promise<RestoreSize> {
  const folders = new Map<BlobId, FolderSize>();
  await visitAll(indexed, snapshots, (id, nodes) => folders.set(id, folderSize(nodes)), options);
  let totalSize = 0;
  let totalFiles = 0;
  for (const { tree } of snapshots) {
    const links = new Set<string>();
    const waiting = [tree];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const folder = folders.get(id);
      if (folder === undefined) continue;
      totalSize += folder.size;
      totalFiles += folder.entries;
      for (const [key, size] of folder.linked) {
        if (links.has(key)) continue;
        links.add(key);
        totalSize += size;
      }
      waiting.push(...folder.subtrees);
    }
  }
  return { snapshots: snapshots.length, totalSize, totalFiles };
}

/** Counts each blob once, however many snapshots need it. */
export async function rawDataSize(
  indexed: IndexedRepository,
  snapshots: NamedSnapshot[],
  options: Operation = {},
): Promise<RawDataSize> {
  const counted = { snapshots: snapshots.length, blobs: 0, storedSize: 0, uncompressedSize: 0 };
  const count = (type: BlobType, id: BlobId): void => {
    counted.blobs += 1;
    counted.storedSize += indexed.locateBlob(type, id)?.length ?? 0;
    counted.uncompressedSize += indexed.blobSize(type, id) ?? 0;
  };
  const seen = new Set<BlobId>();
  const visit = (id: BlobId, nodes: TreeNode[]): void => {
    count('tree', id);
    for (const blob of nodes.flatMap(({ content }) => content ?? [])) {
      if (seen.has(blob)) continue;
      seen.add(blob);
      count('data', blob);
    }
  };
  await visitAll(indexed, snapshots, visit, options);
  return counted;
}

function folderSize(nodes: TreeNode[]): FolderSize {
  const folder: FolderSize = { size: 0, entries: 0, linked: [], subtrees: [] };
  for (const node of nodes) {
    folder.entries += 1;
    const size = node.type === 'file' ? Number(node.size) : 0;
    if (node.links > 1n && node.inode !== 0n && size > 0) folder.linked.push([`${node.deviceId}/${node.inode}`, size]);
    else folder.size += size;
    if (node.subtree !== undefined) folder.subtrees.push(node.subtree);
  }
  return folder;
}

async function visitAll(
  indexed: IndexedRepository,
  snapshots: NamedSnapshot[],
  visit: (id: BlobId, nodes: TreeNode[]) => void,
  options: Operation,
): Promise<void> {
  const roots = snapshots.map(({ id, tree }) => ({ id: tree, snapshot: id, path: '' }));
  await walkTrees(
    indexed,
    roots,
    {
      tree: (met, nodes) => visit(met.id, nodes),
      unreadable: (_met, failure) => {
        throw failure;
      },
    },
    options,
  );
}
