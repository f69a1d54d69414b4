// Looks into snapshots without restoring them: one path, a folder's entries, everything below.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { Snapshot } from '../format/snapshot-types.ts';
import { quote } from '../format/go-text.ts';
import { decodeNames, decodeTree, type NamedEntry, type TreeNode } from '../format/tree.ts';
import { decodeNamesInParts, decodeTreeInParts } from '../format/tree-parts.ts';
import type { BlobId } from '../ids.ts';
import type { BlobReader } from '../repository/blob-store.ts';
import { siftTree } from './tree-sieve.ts';

/** Reads trees. */
export type TreeReader = Pick<BlobReader, 'loadBlob' | 'readBlob'>;

/** An entry with its path inside the snapshot, raw and absolute. */
export interface SnapshotEntry {
  path: Buffer;
  node: TreeNode;
}

const slash = Buffer.from('/');

/** A folder's entries. @throws Failure `tree.damaged`, `repository.blob-missing` */
export async function loadTree(reader: TreeReader, id: BlobId, options: Operation = {}): Promise<TreeNode[]> {
  return decodeTree(await reader.loadBlob('tree', id, options));
}

/** The same for a look at names, which costs half. @throws as `loadTree`; of an entry itself only when all of it is asked for */
export async function loadNames(reader: TreeReader, id: BlobId, options: Operation = {}): Promise<NamedEntry[]> {
  return decodeNames(await reader.loadBlob('tree', id, options));
}

/** A folder's entries one after another: of a very large folder only some are held in memory. @throws as `loadTree` */
export async function treeEntries(
  reader: TreeReader,
  id: BlobId,
  options: Operation = {},
): Promise<Iterable<TreeNode>> {
  return decodeTreeInParts(await treeText(reader, id, options));
}

/**
 * As `loadNames`, and of a very large folder only some are held in memory. Entries whose text has none of the `needles` may be passed over.
 * @throws as `loadNames`, of what is not passed over
 */
export async function treeNames(
  reader: TreeReader,
  id: BlobId,
  options: Operation & { needles?: readonly Buffer[] } = {},
): Promise<Iterable<NamedEntry>> {
  const text = await treeText(reader, id, options);
  const isWhole = Array.isArray(text) && text.length === 1;
  if (!isWhole || options.needles === undefined) return decodeNamesInParts(text);
  const whole: Buffer = text[0];
  const sifted = siftTree(whole, options.needles);
  if (sifted === undefined) return [];
  try {
    return decodeNames(sifted);
  } catch (error) {
    if (sifted === whole) throw error;
    return decodeNamesInParts(text);
  }
}

async function treeText(reader: TreeReader, id: BlobId, options: Operation): Promise<Iterable<Buffer>> {
  const read = await reader.readBlob?.('tree', id, options);
  return read?.() ?? [await reader.loadBlob('tree', id, options)];
}

/**
 * The entry at a path of the snapshot; undefined for `/`, which has no entry of its own. Links are not followed.
 * @throws Failure `browse.no-such-path`, `browse.not-a-folder` when the path goes on below a file
 */
export async function findEntry(
  reader: TreeReader,
  snapshot: Pick<Snapshot, 'tree'>,
  path: string | Buffer,
  options: Operation = {},
): Promise<SnapshotEntry | undefined> {
  let tree: BlobId = snapshot.tree;
  let entry: SnapshotEntry | undefined;
  for (const name of namesIn(path)) {
    if (entry !== undefined) tree = folderTree(entry);
    const node = (await loadNames(reader, tree, options)).find((other) => other.name.equals(name))?.node();
    const here = Buffer.concat([entry?.path ?? Buffer.alloc(0), slash, name]);
    if (node === undefined) throw noSuchPath(here);
    entry = { path: here, node };
  }
  return entry;
}

/** The tree of the folder at a path. @throws Failure `browse.no-such-path`, `browse.not-a-folder` */
export async function findFolder(
  reader: TreeReader,
  snapshot: Pick<Snapshot, 'tree'>,
  path: string | Buffer,
  options: Operation = {},
): Promise<BlobId> {
  const entry = await findEntry(reader, snapshot, path, options);
  return entry === undefined ? snapshot.tree : folderTree(entry);
}

/**
 * What lies in the folder at `path` (or the entry itself, when it is no folder), in the order of names; with
 * `recursive` everything below it, folders before what they hold.
 */
export async function* ls(
  reader: TreeReader,
  snapshot: Pick<Snapshot, 'tree'>,
  path: string | Buffer = '/',
  options: Operation & { recursive?: boolean } = {},
): AsyncGenerator<SnapshotEntry> {
  const entry = await findEntry(reader, snapshot, path, options);
  if (entry !== undefined && entry.node.type !== 'dir') yield entry;
  else yield* entriesBelow(reader, entry === undefined ? snapshot.tree : folderTree(entry), entry?.path, options);
}

async function* entriesBelow(
  reader: TreeReader,
  tree: BlobId,
  folder: Buffer | undefined,
  options: Operation & { recursive?: boolean },
): AsyncGenerator<SnapshotEntry> {
  options.signal?.throwIfAborted();
  for (const node of await treeEntries(reader, tree, options)) {
    const entry = { path: Buffer.concat([folder ?? Buffer.alloc(0), slash, node.name]), node };
    yield entry;
    if (options.recursive === true && node.type === 'dir')
      yield* entriesBelow(reader, folderTree(entry), entry.path, options);
  }
}

/** Everything below a folder's tree, each path beginning with `folder`, folders before what they hold. */
export function entriesBelowFolder(
  reader: TreeReader,
  tree: BlobId,
  folder: Buffer,
  options: Operation = {},
): AsyncGenerator<SnapshotEntry> {
  return entriesBelow(reader, tree, folder, { ...options, recursive: true });
}

function namesIn(path: string | Buffer): Buffer[] {
  const text = Buffer.from(path as string).toString('latin1');
  return text
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .map((name) => Buffer.from(name, 'latin1'));
}

function folderTree({ path, node }: SnapshotEntry): BlobId {
  if (node.type === 'dir' && node.subtree !== undefined) return node.subtree;
  throw new Failure('browse.not-a-folder', {
    message: `${quote(path)} is no folder in this snapshot`,
    hint: 'Give the path of a folder, or of the file itself.',
  });
}

function noSuchPath(path: Buffer): Failure {
  return new Failure('browse.no-such-path', {
    message: `${quote(path)} is not in this snapshot`,
    hint: 'Look around with `orbit repo ls`, or search with `orbit repo find`.',
  });
}
