// The folders of a restore, all of them before the first file: ext4 looks for a new file's inode near its folder, and where thousands were
// deleted a moment ago (what is restored, mostly) it takes several times as long when folders and files are made in turn.
import { lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import type { Operation } from '../../base/operation.ts';
import { quote } from '../format/go-text.ts';
import type { NamedEntry, TreeNode } from '../format/tree.ts';
import { decodeNamesInParts } from '../format/tree-parts.ts';
import type { BlobId } from '../ids.ts';
import { treesTogether, type TreesReader } from '../repository/trees-together.ts';
import { inTheWay } from './failures.ts';
import type { Selection } from './selection.ts';
import { removeLeft } from './temporary-names.ts';

/** A folder at the target, made only when something goes into it. */
export interface TargetFolder {
  path: Buffer;
  /** Undefined for the target itself. */
  node: TreeNode | undefined;
  tree: BlobId;
  parent: TargetFolder | undefined;
  /** Those in it that are looked into, in the order of their names. */
  folders: TargetFolder[];
  isMade: boolean;
  /** Nothing was there before: there is nothing in it but ours. */
  isNew: boolean;
}

/** What making folders needs to know and tells. */
export interface FolderOptions extends Operation {
  selection: Selection;
  dryRun: boolean;
  /** What stands in the way of a folder stays. */
  keepsOthers: boolean;
  clearsLeft: boolean;
  /** How the folder is made of its node. */
  nodeOf(entry: NamedEntry): TreeNode;
  skip(path: Buffer, error: unknown): void;
}

// So many trees are asked for at once: bounds memory, and is enough to read packs in large pieces.
const together = 2048;
const slash = Buffer.from('/');

/** The folders below one target. */
export class TargetFolders {
  readonly #reader: TreesReader;
  readonly #options: FolderOptions;
  readonly #made: TargetFolder[] = [];

  constructor(reader: TreesReader, options: FolderOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /** Those that were made or found, parents first. The target is not among them. */
  get made(): readonly TargetFolder[] {
    return this.#made;
  }

  /** Finds the folders below `root`, and makes those that are selected. @throws what reading its own tree throws */
  async find(root: TargetFolder): Promise<void> {
    const waiting = [root];
    while (waiting.length > 0) {
      for await (const read of treesTogether(this.#reader, waiting.splice(-together), treeOf, this.#options)) {
        const folder = read.wanted;
        try {
          if ('failure' in read) throw read.failure;
          const parts = partsOf(folder);
          for (const entry of decodeNamesInParts(read.text)) this.#look(entry, folder, parts);
        } catch (error) {
          if (folder === root) throw error;
          this.#options.skip(folder.path, error);
        }
        for (const below of folder.folders) waiting.push(below);
      }
    }
  }

  #look(entry: NamedEntry, parent: TargetFolder, parts: string[]): void {
    if (entry.subtree === undefined) return;
    const { isSelected, mayBeBelow } = this.#options.selection.ask([...parts, entry.name.toString('utf8')]);
    if (!mayBeBelow) return;
    const path = Buffer.concat([parent.path, slash, entry.name]);
    try {
      const node = this.#options.nodeOf(entry);
      if (node.type !== 'dir') return;
      const folder = { path, node, tree: entry.subtree, parent, folders: [], isMade: false, isNew: false };
      if (isSelected) this.make(folder);
      parent.folders.push(folder);
    } catch (error) {
      this.#options.skip(path, error);
    }
  }

  /**
   * Makes the folder and those above it. Each on the way is looked at without following links: a link at the target must not lead out of it.
   * @throws Failure `restore.in-the-way`, and what the system says
   */
  make(folder: TargetFolder): void {
    if (folder.isMade) return;
    if (folder.parent !== undefined) this.make(folder.parent);
    const { dryRun, keepsOthers, clearsLeft } = this.#options;
    if (!dryRun) {
      const existing = folder.parent?.isNew === true ? undefined : lstatSync(folder.path, { throwIfNoEntry: false });
      if (existing !== undefined && !existing.isDirectory()) {
        if (keepsOthers) throw inTheWay(quote(folder.path), 'something that is no folder');
        unlinkSync(folder.path);
      }
      if (existing?.isDirectory() !== true) {
        mkdirSync(folder.path, { mode: 0o700 });
        folder.isNew = true;
      } else if (clearsLeft) removeLeft(folder.path);
    }
    folder.isMade = true;
    this.#made.push(folder);
  }
}

/** The folder and all below it, in the order in which a backup walks. */
export function* withThoseBelow(folder: TargetFolder): Generator<TargetFolder> {
  yield folder;
  for (const below of folder.folders) yield* withThoseBelow(below);
}

/** The parts of its path inside the snapshot, as patterns have them. */
export function partsOf(folder: TargetFolder): string[] {
  const parts: string[] = [];
  for (let each: TargetFolder | undefined = folder; each?.node !== undefined; each = each.parent)
    parts.push(each.node.name.toString('utf8'));
  return ['/', ...parts.reverse()];
}

function treeOf(folder: TargetFolder): BlobId {
  return folder.tree;
}
