// The parent snapshot's trees, fetched a few neighbours at a time: one request for many folders instead of one each.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import type { BlobReader } from '../repository/blob-store.ts';
import type { BlobLocation } from '../repository/indexed-repository.ts';
import type { LoadedBlob, WantedBlob } from '../repository/pack-reader.ts';

type LoadedTree = Pick<LoadedBlob, 'id' | 'plaintext'>;

/** Where the parent's trees come from. Without the optional two, each tree is a request of its own. */
export interface ParentReader extends Pick<BlobReader, 'hasBlob' | 'loadBlob'> {
  locateBlob?(type: BlobType, id: BlobId): BlobLocation | undefined;
  loadBlobs?(packId: PackId, wanted: readonly WantedBlob[], options?: Operation): AsyncIterable<LoadedTree>;
}

/** A folder of the parent snapshot. */
export interface ParentFolder {
  id: BlobId;
  nodes: TreeNode[];
}

const siblingsAtOnce = 64;
// Enough to make requests rare, little enough to hold in memory whatever the folders look like. An entry is some 400 bytes of a tree.
const maxFoldersAhead = 512;
const maxBytesAhead = 4 * 1024 * 1024;

/** Serves one walk. */
export class ParentTrees {
  readonly #reader: ParentReader;
  readonly #operation: Operation;
  /** Subfolders that will be asked for, with their first place among their siblings, and how often: folders may be equal. */
  readonly #announced = new Map<BlobId, { siblings: BlobId[]; at: number; times: number }>();
  /** Held until they are asked for the last time. */
  readonly #fetched = new Map<BlobId, ParentFolder>();

  constructor(reader: ParentReader, operation: Operation) {
    this.#reader = reader;
    this.#operation = operation;
  }

  /** The folder, or undefined when there is none, or when it cannot be read: then everything is read from the source. */
  async load(id: BlobId | undefined): Promise<ParentFolder | undefined> {
    if (id === undefined || !this.#reader.hasBlob('tree', id)) return undefined;
    try {
      if (!this.#fetched.has(id)) await this.#fetchAhead(id);
      const fetched = this.#take(id);
      if (fetched !== undefined) return fetched;
      return { id, nodes: decodeTree(await this.#reader.loadBlob('tree', id, this.#operation)) };
    } catch (error) {
      // `check` is there to speak about damage.
      if (isFailure(error)) return undefined;
      throw error;
    }
  }

  /** Says which folders come next. `forget` must follow when they are done. */
  announce(folder: ParentFolder): void {
    const siblings = subtreesOf(folder.nodes);
    for (const [at, id] of siblings.entries()) {
      const known = this.#announced.get(id);
      if (known === undefined) this.#announced.set(id, { siblings, at, times: 1 });
      else known.times += 1;
    }
  }

  forget(folder: ParentFolder): void {
    for (const id of subtreesOf(folder.nodes)) {
      this.#announced.delete(id);
      const fetched = this.#fetched.get(id);
      // What lies below a folder that is gone from the source was never visited.
      if (fetched !== undefined && this.#fetched.delete(id)) this.forget(fetched);
    }
  }

  #take(id: BlobId): ParentFolder | undefined {
    const fetched = this.#fetched.get(id);
    const place = this.#announced.get(id);
    if (place !== undefined) place.times -= 1;
    if (place === undefined || place.times <= 0) this.#fetched.delete(id);
    return fetched;
  }

  // The next siblings, then what lies below them, level by level: a walk that goes down finds everything there.
  async #fetchAhead(id: BlobId): Promise<void> {
    const place = this.#announced.get(id);
    if (place === undefined || this.#reader.loadBlobs === undefined) return;
    let level = place.siblings.slice(place.at, place.at + siblingsAtOnce);
    let bytes = 0;
    for (let folders = 0; level.length > 0 && folders < maxFoldersAhead; ) {
      const wanted: BlobId[] = [];
      for (const next of level) {
        if (wanted.length > 0 && bytes >= maxBytesAhead) break;
        bytes += this.#reader.locateBlob?.('tree', next)?.uncompressedLength ?? 0;
        wanted.push(next);
      }
      const fetched = await this.#fetch(wanted);
      if (wanted.length < level.length || bytes >= maxBytesAhead) return;
      folders += fetched.length;
      level = fetched.flatMap((folder) => subtreesOf(folder.nodes)).slice(0, maxFoldersAhead);
    }
  }

  async #fetch(ids: BlobId[]): Promise<ParentFolder[]> {
    const { locateBlob, loadBlobs } = this.#reader;
    const packs = new Map<PackId, Set<BlobId>>();
    for (const id of ids) {
      const packId = this.#fetched.has(id) ? undefined : locateBlob?.('tree', id)?.packId;
      if (packId !== undefined) packs.set(packId, (packs.get(packId) ?? new Set()).add(id));
    }
    const folders: ParentFolder[] = [];
    for (const [packId, wanted] of packs) {
      const blobs = [...wanted].map((id) => ({ type: 'tree' as const, id }));
      for await (const { id, plaintext } of loadBlobs?.(packId, blobs, this.#operation) ?? []) {
        const folder = { id, nodes: decodeTree(plaintext) };
        folders.push(folder);
        this.#fetched.set(id, folder);
      }
    }
    return folders;
  }
}

/** The trees of those entries that are folders, in their order. */
export function subtreesOf(nodes: readonly TreeNode[]): BlobId[] {
  return nodes.flatMap(({ subtree }) => (subtree === undefined ? [] : [subtree]));
}

/** Finds entries of a parent folder by name. Asked in ascending order, so the search goes on where it stopped. */
export function finder(parent: ParentFolder | undefined): (name: Buffer) => TreeNode | undefined {
  const nodes = parent?.nodes ?? [];
  let at = 0;
  return (name) => {
    for (; at < nodes.length; at += 1) {
      const node = nodes[at];
      const order = node === undefined ? 1 : Buffer.compare(node.name, name);
      if (order === 0) return node;
      if (order > 0) return undefined;
    }
    return undefined;
  };
}
