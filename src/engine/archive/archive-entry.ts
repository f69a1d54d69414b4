// What goes into an archive: a folder of a snapshot, entry by entry, with names that are relative and stay below it.
import type { Operation } from '../../base/operation.ts';
import { entriesBelowFolder, type SnapshotEntry, type TreeReader } from '../browse/entries.ts';
import { type ContentReader, fileSize, readFile } from '../browse/file-content.ts';
import type { TreeNode } from '../format/tree.ts';

/** What an archive is made from. */
export type ArchiveReader = TreeReader & ContentReader;

/** One entry of an archive. `name` is relative, folders without a slash at the end. */
export interface ArchiveEntry {
  name: Buffer;
  node: TreeNode;
  /** Bytes of its content; 0 for what has none. */
  size: number;
  content(): AsyncIterable<Buffer>;
}

/**
 * The entry and all below it, under the entry's own name. Sockets, devices and FIFOs are left out: they mean nothing
 * outside the machine they come from.
 */
export async function* archiveEntries(
  reader: ArchiveReader,
  top: SnapshotEntry,
  options: Operation = {},
): AsyncGenerator<ArchiveEntry> {
  yield entryOf(reader, top.node.name, top.node, options);
  if (top.node.type !== 'dir' || top.node.subtree === undefined) return;
  for await (const { path, node } of entriesBelowFolder(reader, top.node.subtree, top.node.name, options)) {
    if (node.type === 'file' || node.type === 'dir' || node.type === 'symlink')
      yield entryOf(reader, path, node, options);
  }
}

function entryOf(reader: ArchiveReader, name: Buffer, node: TreeNode, options: Operation): ArchiveEntry {
  const hasContent = node.type === 'file';
  return {
    name,
    node,
    size: hasContent ? fileSize(reader, node) : 0,
    content: () => (hasContent ? readFile(reader, node, {}, options) : nothing()),
  };
}

async function* nothing(): AsyncGenerator<Buffer> {
  // A folder or a link has no bytes.
}
