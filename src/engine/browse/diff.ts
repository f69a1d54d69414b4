// What changed between two snapshots, folder by folder. Trees that are equal have one name and are not even read.
import type { Operation } from '../../base/operation.ts';
import type { Snapshot } from '../format/snapshot-types.ts';
import { compareNames, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { entriesBelowFolder, loadTree, type TreeReader } from './entries.ts';

/**
 * restic's letters: `+` added, `-` removed, `M` another content, `T` another type, `U` only owner, permissions, times or
 * attributes differ.
 */
export type ChangeKind = '+' | '-' | 'M' | 'T' | 'U';

/** One entry that differs. */
export interface SnapshotChange {
  path: Buffer;
  kind: ChangeKind;
  /** As it was; undefined for what was added. */
  before: TreeNode | undefined;
  /** As it is; undefined for what was removed. */
  after: TreeNode | undefined;
}

/** How two snapshots are compared. */
export interface DiffOptions extends Operation {
  /** Tells entries of which only owner, permissions, times or attributes differ, too. */
  metadata?: boolean;
}

const none = Buffer.alloc(0);

/** What is different in `after`, in the order of names, folders before what they hold. @throws what reading trees throws */
export function diffSnapshots(
  reader: TreeReader,
  before: Pick<Snapshot, 'tree'>,
  after: Pick<Snapshot, 'tree'>,
  options: DiffOptions = {},
): AsyncGenerator<SnapshotChange> {
  return diffTrees(reader, before.tree, after.tree, none, options);
}

async function* diffTrees(
  reader: TreeReader,
  before: BlobId,
  after: BlobId,
  folder: Buffer,
  options: DiffOptions,
): AsyncGenerator<SnapshotChange> {
  if (before === after) return;
  options.signal?.throwIfAborted();
  const [old, now] = await Promise.all([loadTree(reader, before, options), loadTree(reader, after, options)]);
  let [left, right] = [0, 0];
  while (left < old.length || right < now.length) {
    const was = old[left];
    const is = now[right];
    const order = was === undefined ? 1 : is === undefined ? -1 : compareNames(was, is);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
    yield* diffNodes(reader, order <= 0 ? was : undefined, order >= 0 ? is : undefined, folder, options);
  }
}

async function* diffNodes(
  reader: TreeReader,
  before: TreeNode | undefined,
  after: TreeNode | undefined,
  folder: Buffer,
  options: DiffOptions,
): AsyncGenerator<SnapshotChange> {
  const path = Buffer.concat([folder, Buffer.from('/'), (after ?? before)?.name ?? none]);
  const kind = kindOf(before, after);
  const isTold = kind !== undefined && (kind !== 'U' || options.metadata === true);
  if (isTold) yield { path, kind, before, after };
  if (before?.subtree !== undefined && after?.subtree !== undefined) {
    yield* diffTrees(reader, before.subtree, after.subtree, path, options);
    return;
  }
  const all = async function* (node: TreeNode | undefined, of: '+' | '-'): AsyncGenerator<SnapshotChange> {
    if (node?.subtree === undefined) return;
    for await (const entry of entriesBelowFolder(reader, node.subtree, path, options)) {
      const [was, is] = of === '-' ? [entry.node, undefined] : [undefined, entry.node];
      yield { path: entry.path, kind: of, before: was, after: is };
    }
  };
  yield* all(before, '-');
  yield* all(after, '+');
}

function kindOf(before: TreeNode | undefined, after: TreeNode | undefined): ChangeKind | undefined {
  if (before === undefined) return '+';
  if (after === undefined) return '-';
  if (before.type !== after.type) return 'T';
  if (JSON.stringify(before.content) !== JSON.stringify(after.content)) return 'M';
  if (before.linkTarget !== undefined && after.linkTarget?.equals(before.linkTarget) !== true) return 'M';
  return describe(before) === describe(after) ? undefined : 'U';
}

// What a person may have changed; not times of access, and not where the file system keeps it.
function describe(node: TreeNode): string {
  const { mode, mtime, uid, gid, user, group, device, extendedAttributes } = node;
  const attributes = extendedAttributes.map(({ name, value }) => [name.toString('hex'), value.toString('hex')]);
  return JSON.stringify([mode, String(mtime.ns), uid, gid, user, group, String(device), attributes]);
}
