// A repository as folders and files: a folder for each snapshot, named by its time, and in it what the snapshot holds.
import { hash } from 'node:crypto';
import { fileSize } from '../../../engine/browse/file-content.ts';
import { loadTree } from '../../../engine/browse/entries.ts';
import type { NamedSnapshot } from '../../../engine/format/snapshot-types.ts';
import type { TreeNode } from '../../../engine/format/tree.ts';
import type { BlobId } from '../../../engine/ids.ts';
import type { IndexedRepository } from '../../../engine/repository/indexed-repository.ts';

/** A folder or a file of the view. Names are raw bytes. */
export interface Resource {
  name: Buffer;
  modifiedAt: Date;
  /** Of a folder; the root has none. */
  tree?: BlobId;
  /** Of a file. */
  node?: TreeNode;
  size?: number;
  /** Changes with the content, quoted as HTTP wants it. */
  etag?: string;
}

const treesKept = 32;

/** What can be seen. The snapshots are those that were there when it was made. */
export class RepositoryView {
  readonly #indexed: IndexedRepository;
  readonly #snapshots: Map<string, NamedSnapshot>;
  readonly #trees = new Map<BlobId, Promise<TreeNode[]>>();

  constructor(indexed: IndexedRepository, snapshots: readonly NamedSnapshot[]) {
    this.#indexed = indexed;
    this.#snapshots = new Map(snapshots.map((snapshot) => [folderName(snapshot), snapshot]));
  }

  /** What lies at a path, given as the names on the way; undefined when nothing does. */
  async find(names: readonly Buffer[]): Promise<Resource | undefined> {
    const [first, ...rest] = names;
    if (first === undefined) return { name: Buffer.alloc(0), modifiedAt: this.#newest() };
    const snapshot = this.#snapshots.get(first.toString('latin1'));
    if (snapshot === undefined) return undefined;
    let found: Resource = snapshotFolder(snapshot);
    for (const name of rest) {
      if (found.tree === undefined) return undefined;
      const node = (await this.#load(found.tree)).find((other) => other.name.equals(name));
      const next = node === undefined ? undefined : this.#resource(node);
      if (next === undefined) return undefined;
      found = next;
    }
    return found;
  }

  /** What lies in a folder, in the order of names. Links, devices and pipes are not shown: there is no way to give them. */
  async *list(folder: Resource): AsyncGenerator<Resource> {
    if (folder.tree === undefined) {
      for (const snapshot of this.#snapshots.values()) yield snapshotFolder(snapshot);
      return;
    }
    for (const node of await this.#load(folder.tree)) {
      const resource = this.#resource(node);
      if (resource !== undefined) yield resource;
    }
  }

  #newest(): Date {
    return new Date(Math.max(0, ...[...this.#snapshots.values()].map(({ time }) => Date.parse(time))));
  }

  #resource(node: TreeNode): Resource | undefined {
    const shared = { name: node.name, modifiedAt: new Date(Number(node.mtime.ns / 1_000_000n)) };
    if (node.type === 'dir' && node.subtree !== undefined) return { ...shared, tree: node.subtree };
    if (node.type !== 'file' || node.content === null) return undefined;
    const etag = `"${hash('sha256', node.content.join()).slice(0, 32)}"`;
    return { ...shared, node, size: this.#sizeOf(node), etag };
  }

  // What the repository has lost is still listed, by the size that it had; reading it says what is wrong.
  #sizeOf(node: TreeNode): number {
    const isThere = (node.content ?? []).every((id) => this.#indexed.blobSize('data', id) !== undefined);
    return isThere ? fileSize(this.#indexed, node) : Number(node.size);
  }

  async #load(tree: BlobId): Promise<TreeNode[]> {
    const known = this.#trees.get(tree);
    if (known !== undefined) return known;
    const loading = loadTree(this.#indexed, tree);
    loading.catch(() => this.#trees.delete(tree));
    this.#trees.set(tree, loading);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > treesKept && oldest !== undefined) this.#trees.delete(oldest);
    return loading;
  }
}

// Colons are no part of file names everywhere.
function folderName({ id, time }: NamedSnapshot): string {
  return `${new Date(time).toISOString().slice(0, 19).replaceAll(':', '-')}Z-${id.slice(0, 8)}`;
}

function snapshotFolder(snapshot: NamedSnapshot): Resource {
  return { name: Buffer.from(folderName(snapshot)), modifiedAt: new Date(snapshot.time), tree: snapshot.tree };
}
