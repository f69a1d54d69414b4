// Recordings as they lie in a snapshot: their bytes from the repository, or from this machine while they are unchanged here.
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { loadTree, type TreeReader } from '../../engine/browse/entries.ts';
import { type ContentReader, readFile } from '../../engine/browse/file-content.ts';
import type { TreeNode } from '../../engine/format/tree.ts';
import type { RecordingSource } from '../formats/recording-format.ts';
import { type SnapshotFolder, snapshotFolder } from '../../engine/browse/snapshot-folders.ts';
import { readHere } from './read-here.ts';

/** Reads trees and content. */
export type SnapshotReader = TreeReader & ContentReader;

/** A digest of a file's blobs: at one destination the same content has the same. */
export function contentDigest({ content }: TreeNode): string {
  return createHash('sha256')
    .update((content ?? []).join())
    .digest('hex')
    .slice(0, 32);
}

/** How bytes are read. With `prefersLocal` an unchanged file of this machine is read where it is: the network is spared. */
export interface ReadingOptions {
  prefersLocal?: boolean;
  signal?: AbortSignal;
}

/** A file of a folder as a recording's source. */
export function snapshotSource(
  reader: SnapshotReader,
  folder: SnapshotFolder,
  node: TreeNode,
  options: ReadingOptions = {},
): RecordingSource {
  const path = Buffer.concat([folder.path, Buffer.from('/'), node.name]);
  const isLocal = options.prefersLocal === true && isUnchangedHere(path, node);
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  return {
    name: node.name.toString('utf8'),
    size: Number(node.size),
    read: (range = {}) => (isLocal ? readHere(path, Number(node.size), range) : readFile(reader, node, range, signal)),
    beside: (name) => sourceBeside(reader, folder, name, options),
  };
}

/** A file at a path below the folder, or up to two folders above it; undefined when there is none. */
export async function sourceBeside(
  reader: SnapshotReader,
  folder: SnapshotFolder,
  path: string,
  options: ReadingOptions = {},
): Promise<RecordingSource | undefined> {
  let here: SnapshotFolder | undefined = folder;
  const names = path.split('/');
  for (const [index, name] of names.entries()) {
    if (here === undefined) return undefined;
    if (name === '..') {
      here = here.parent;
      continue;
    }
    const bytes = Buffer.from(name);
    const node: TreeNode | undefined = here.find(bytes.toString('latin1'));
    if (index === names.length - 1)
      return node?.type === 'file' ? snapshotSource(reader, here, node, options) : undefined;
    if (node?.type !== 'dir' || node.subtree === undefined) return undefined;
    const below = Buffer.concat([here.path, Buffer.from('/'), bytes]);
    here = snapshotFolder(below, await loadTree(reader, node.subtree), here);
  }
  return undefined;
}

function isUnchangedHere(path: Buffer, node: TreeNode): boolean {
  try {
    const stat = lstatSync(path, { bigint: true });
    return stat.isFile() && stat.size === node.size && stat.mtimeNs === node.mtime.ns && stat.ino === node.inode;
  } catch {
    return false;
  }
}
