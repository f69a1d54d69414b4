// The parent snapshot's trees, fetched a few neighbours at a time: one request for many folders instead of one each.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import type { BlobReader } from '../repository/blob-store.ts';
import type { BlobLocation } from '../repository/indexed-repository.ts';
import type { LoadedBlob, WantedBlob } from '../repository/pack-reader.ts';

/** Where the parent's trees come from. Without the optional two, each tree is a request of its own. */
export interface ParentReader extends Pick<BlobReader, 'hasBlob' | 'loadBlob'> {
  locateBlob?(type: BlobType, id: BlobId): BlobLocation | undefined;
  loadBlobs?(packId: PackId, wanted: readonly WantedBlob[], options?: Operation): AsyncIterable<LoadedBlob>;
}

/** A folder of the parent snapshot. */
export interface ParentFolder {
  id: BlobId;
  nodes: TreeNode[];
}

const neighboursAtOnce = 64;

/** Serves one walk. */
export class ParentTrees {
  readonly #reader: ParentReader;
  readonly #operation: Operation;
  /** Subfolders that will be asked for, with their place among their siblings. */
  readonly #announced = new Map<BlobId, { siblings: BlobId[]; at: number }>();
  readonly #fetched = new Map<BlobId, Buffer>();

  constructor(reader: ParentReader, operation: Operation) {
    this.#reader = reader;
    this.#operation = operation;
  }

  /** The folder, or undefined when there is none, or when it cannot be read: then everything is read from the source. */
  async load(id: BlobId | undefined): Promise<ParentFolder | undefined> {
    if (id === undefined || !this.#reader.hasBlob('tree', id)) return undefined;
    try {
      if (!this.#fetched.has(id)) await this.#fetchNeighbours(id);
      const bytes = this.#fetched.get(id) ?? (await this.#reader.loadBlob('tree', id, this.#operation));
      return { id, nodes: decodeTree(bytes) };
    } catch (error) {
      // `check` is there to speak about damage.
      if (isFailure(error)) return undefined;
      throw error;
    }
  }

  /** Says which folders come next. `forget` must follow when they are done. */
  announce(folder: ParentFolder): void {
    const siblings = folder.nodes.flatMap(({ subtree }) => (subtree === undefined ? [] : [subtree]));
    for (const [at, id] of siblings.entries()) this.#announced.set(id, { siblings, at });
  }

  forget(folder: ParentFolder): void {
    for (const { subtree } of folder.nodes) {
      if (subtree === undefined) continue;
      this.#announced.delete(subtree);
      this.#fetched.delete(subtree);
    }
  }

  async #fetchNeighbours(id: BlobId): Promise<void> {
    const place = this.#announced.get(id);
    const { locateBlob, loadBlobs } = this.#reader;
    if (place === undefined || locateBlob === undefined || loadBlobs === undefined) return;
    const packs = new Map<PackId, Set<BlobId>>();
    for (const sibling of place.siblings.slice(place.at, place.at + neighboursAtOnce)) {
      const packId = this.#fetched.has(sibling) ? undefined : locateBlob('tree', sibling)?.packId;
      if (packId !== undefined) packs.set(packId, (packs.get(packId) ?? new Set()).add(sibling));
    }
    for (const [packId, ids] of packs) {
      const wanted = [...ids].map((sibling) => ({ type: 'tree' as const, id: sibling }));
      for await (const blob of loadBlobs(packId, wanted, this.#operation)) this.#fetched.set(blob.id, blob.plaintext);
    }
  }
}
