// The trees of folders whose entries have all been visited: the parent's where nothing has changed, else a new one, and what was seen
// kept for the next run.
import type { Operation } from '../../base/operation.ts';
import { type EncodedNode, encodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { BackupCounts } from './backup-counts.ts';
import type { Breakage } from '../../base/breakage.ts';
import { GrowingTree, type TreeSink } from './growing-tree.ts';
import { NewFilesRun } from './new-files.ts';
import { type ParentCursor, subtreesOf } from './parent-trees.ts';
import type { FolderLook, StatCache } from './stat-cache.ts';

/** A node that is there now, or will be when its bytes are stored; undefined when it is left out. */
export type Entry = TreeNode | undefined | Promise<TreeNode | undefined> | NewFilesRun;

/** What trees need of the walk. */
export interface FolderTreesOf {
  target: TreeSink;
  counts: BackupCounts;
  statCache: StatCache | undefined;
  breakage: Breakage;
  operation: Operation;
}

/** Serves one walk. */
export class FolderTrees {
  readonly #of: FolderTreesOf;
  /** Trees that are being written and not finished. */
  readonly #growing = new Set<GrowingTree>();

  constructor(of: FolderTreesOf) {
    this.#of = of;
  }

  async save(nodes: readonly (TreeNode | EncodedNode)[]): Promise<BlobId> {
    const { target, counts, operation } = this.#of;
    const tree = encodeTree(nodes);
    const saved = await target.saveBlob('tree', tree, operation);
    counts.tree(saved, tree.length);
    return saved.id;
  }

  /** Waits for the entries, and gives the tree they make. */
  finish(entries: Entry[], parent: ParentCursor, look?: FolderLook): Promise<BlobId> {
    return this.#of.breakage.byFailureOf(async () => {
      const nodes = await this.#nodesOf(entries);
      const isSame = parent.folder !== undefined && parent.isAll(nodes);
      const tree = isSame && parent.folder !== undefined ? parent.folder.id : await this.save(nodes);
      this.#remember(tree, look, nodes.length, () => subtreesOf(nodes.filter(isOrdinary)));
      return tree;
    });
  }

  /** Begins a tree that is written while its folder is still being walked: `add` its entries, then `finishGrown`. */
  grow(parent: ParentCursor): GrowingTree {
    const tree = new GrowingTree(this.#of.target, parent, this.#of.operation);
    this.#growing.add(tree);
    return tree;
  }

  /** Waits for further entries. */
  add(tree: GrowingTree, entries: Entry[]): Promise<void> {
    return this.#of.breakage.byFailureOf(async () => tree.add(await this.#nodesOf(entries)));
  }

  /** Waits for the last entries, and gives the tree. */
  finishGrown(growing: GrowingTree, entries: Entry[], look: FolderLook): Promise<BlobId> {
    return this.#of.breakage.byFailureOf(async () => {
      await growing.add(await this.#nodesOf(entries));
      const { id, saved } = await growing.finish();
      if (saved !== undefined) this.#of.counts.tree(saved, saved.bytes);
      this.#growing.delete(growing);
      this.#remember(id, look, growing.count, () => growing.subtrees);
      return id;
    });
  }

  /** Lets go of what is not finished. */
  discard(): void {
    for (const tree of this.#growing) tree.discard();
  }

  async #nodesOf(entries: Entry[]): Promise<(TreeNode | EncodedNode)[]> {
    const nodes: (TreeNode | EncodedNode)[] = [];
    for (const entry of entries) {
      const node = entry instanceof NewFilesRun ? await entry.next() : entry instanceof Promise ? await entry : entry;
      if (node !== undefined) nodes.push(node);
    }
    this.#of.breakage.throwIfBroken();
    return nodes;
  }

  // Entries that were left out are not in the tree, and would be missed.
  #remember(tree: BlobId, look: FolderLook | undefined, count: number, subtrees: () => BlobId[]): void {
    const known = look?.count === count ? look.known(tree, subtrees()) : undefined;
    if (known !== undefined) this.#of.statCache?.add(known);
  }
}

function isOrdinary(node: TreeNode | EncodedNode): node is TreeNode {
  return !('encoded' in node);
}
