// Folders that the stat cache knows: when nothing in one has changed it keeps its tree, and only what lies below is looked at.
import type { TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { BackupCounts } from './backup-counts.ts';
import type { BackupEvent } from './events.ts';
import type { Exclusions } from './exclusions.ts';
import { summaryOf } from './known-summary.ts';
import type { StatCache } from './stat-cache.ts';
import type { FiledFolder } from './stat-cache-file.ts';

/** The file systems of the path that was given and of a folder below it. */
export interface Devices {
  source: bigint;
  folder: bigint;
}

/** A folder whose entries have all been visited. `id` settles when all of it is stored. In an object, so that nobody awaits it by accident. */
export interface VisitedFolder {
  id: Promise<BlobId>;
}

/** What known folders need of the walk they are met on. */
export interface Walk {
  exclusions: Exclusions;
  /** What numbers of file systems count as, where they are not what they seem. */
  devices: ReadonlyMap<bigint, bigint> | undefined;
  counts: BackupCounts;
  report(event: BackupEvent): void;
  hasTree(tree: BlobId): boolean;
  loadNodes(tree: BlobId): Promise<TreeNode[]>;
  saveTree(nodes: readonly TreeNode[]): Promise<BlobId>;
  /** Lets others work now and then. */
  pause(): Promise<void> | undefined;
  /** Undefined when the folder cannot be read. */
  walk(path: Buffer, devices: Devices, parts: string[], tree: BlobId | undefined): Promise<VisitedFolder | undefined>;
  /** Runs what finishes a folder, bounded; what it throws ends the run. */
  finish(task: () => Promise<BlobId>): Promise<BlobId>;
}

/** Serves one walk. */
export class KnownFolders {
  readonly #cache: StatCache;
  readonly #walk: Walk;

  constructor(cache: StatCache, walk: Walk) {
    this.#cache = cache;
    this.#walk = walk;
  }

  /** What the last run knew of the folder that had this tree; undefined when the tree is gone. */
  find(tree: BlobId): FiledFolder | undefined {
    const known = this.#cache.find(tree);
    return known !== undefined && this.#walk.hasTree(tree) ? known : undefined;
  }

  /** The same entries, and the system says the same of each. `folder` ends with a slash and has one character a byte. */
  isUnchanged(known: FiledFolder, folder: string, parts: readonly string[]): Promise<boolean> {
    const { exclusions, devices } = this.#walk;
    const path = Buffer.from(folder, 'latin1');
    const tags = exclusions.tagsOf(path)?.map((tag) => tag.toString('latin1'));
    const counts = (name: string): boolean =>
      tags?.includes(name) !== false &&
      !exclusions.excludesPath([...parts, Buffer.from(name, 'latin1').toString('utf8')]);
    const isChosen = exclusions.hasPatterns || tags !== undefined;
    return this.#cache.check(path, known, {
      counts: isChosen ? counts : undefined,
      devices,
      pause: () => this.#walk.pause(),
    });
  }

  /** Nothing in the folder itself has changed; below it something may have. */
  async visit(known: FiledFolder, folder: string, source: bigint, parts: string[]): Promise<VisitedFolder> {
    const { exclusions, counts, report } = this.#walk;
    const { files, bytes, folders } = summaryOf(known);
    const below: (VisitedFolder | undefined)[] = [];
    for (const [at, { name, device }] of folders.entries()) {
      const path = Buffer.from(folder + name, 'latin1');
      if (exclusions.hasPatterns) parts.push(Buffer.from(name, 'latin1').toString('utf8'));
      below.push(await this.#walk.walk(path, { source, folder: device }, parts, known.subtrees[at]));
      if (exclusions.hasPatterns) parts.pop();
    }
    counts.unmodifiedFiles(files, bytes);
    report({ type: 'files-unmodified', files, bytes });
    return { id: this.#walk.finish(() => this.#finish(known, below)) };
  }

  async #finish(known: FiledFolder, below: (VisitedFolder | undefined)[]): Promise<BlobId> {
    const subtrees: (BlobId | undefined)[] = [];
    for (const visited of below) subtrees.push(await visited?.id);
    for (const [index, id] of subtrees.entries())
      if (id !== undefined) this.#walk.counts.folder(id === known.subtrees[index] ? 'unmodified' : 'changed');
    if (subtrees.every((id, index) => id === known.subtrees[index])) {
      this.#cache.keepFolder(known);
      return known.tree;
    }
    const tree = await this.#saveWithSubtrees(known, subtrees);
    if (subtrees.every((id) => id !== undefined))
      this.#cache.add({ tree, names: known.names, stats: known.stats, subtrees });
    return tree;
  }

  // The folder's own entries as they were, with other trees below. A subfolder that can no longer be read is left out.
  async #saveWithSubtrees(known: FiledFolder, subtrees: (BlobId | undefined)[]): Promise<BlobId> {
    const nodes = await this.#walk.loadNodes(known.tree);
    let at = 0;
    const changed = nodes.flatMap((node): TreeNode[] => {
      if (node.type !== 'dir') return [node];
      const subtree = subtrees[at];
      at += 1;
      return subtree === undefined ? [] : [{ ...node, subtree }];
    });
    return this.#walk.saveTree(changed);
  }
}
