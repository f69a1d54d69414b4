// Folders of a snapshot, quick to look into: for files that lie beside another one, and for many files by their paths.
import type { TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { loadTree, type TreeReader } from './entries.ts';

/** A folder of a snapshot, with those above it. */
export interface SnapshotFolder {
  /** Raw path inside the snapshot, without a slash at its end; empty for the root. */
  path: Buffer;
  nodes: readonly TreeNode[];
  /** The entry of this name, one character a byte; quick in folders of any size. */
  find(name: string): TreeNode | undefined;
  parent?: SnapshotFolder;
}

/** A folder with its index, which is made when the first name is looked for. */
export function snapshotFolder(path: Buffer, nodes: readonly TreeNode[], parent?: SnapshotFolder): SnapshotFolder {
  let byName: Map<string, TreeNode> | undefined;
  return {
    path,
    nodes,
    find(name) {
      byName ??= new Map(nodes.map((node) => [node.name.toString('latin1'), node]));
      return byName.get(name);
    },
    ...(parent === undefined ? {} : { parent }),
  };
}

const foldersMax = 16;

/** The folders of one snapshot by their paths; the last ones are kept in mind. */
export class SnapshotFolders {
  readonly #reader: TreeReader;
  readonly #kept = new Map<string, SnapshotFolder | undefined>();
  readonly #tree: BlobId;

  constructor(reader: TreeReader, tree: BlobId) {
    this.#reader = reader;
    this.#tree = tree;
  }

  /** The entry at a raw path, one character a byte, and its folder; undefined when there is none. */
  async entry(path: string): Promise<{ folder: SnapshotFolder; node: TreeNode } | undefined> {
    const slash = path.lastIndexOf('/');
    const folder = await this.#folder(path.slice(0, Math.max(0, slash)));
    const node = folder?.find(path.slice(slash + 1));
    return folder === undefined || node === undefined ? undefined : { folder, node };
  }

  async #folder(path: string): Promise<SnapshotFolder | undefined> {
    if (this.#kept.has(path)) return this.#kept.get(path);
    const folder = await this.#load(path);
    if (this.#kept.size >= foldersMax) this.#kept.delete(this.#kept.keys().next().value ?? '');
    this.#kept.set(path, folder);
    return folder;
  }

  async #load(path: string): Promise<SnapshotFolder | undefined> {
    if (path === '') return snapshotFolder(Buffer.alloc(0), await loadTree(this.#reader, this.#tree));
    const above = await this.entry(path);
    if (above?.node.subtree === undefined) return undefined;
    return snapshotFolder(Buffer.from(path, 'latin1'), await loadTree(this.#reader, above.node.subtree), above.folder);
  }
}
