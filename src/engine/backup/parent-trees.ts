// The parent snapshot's trees, fetched a few neighbours at a time: one request for many folders instead of one each.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { isId } from '../format/layout.ts';
import { decodeTree, type TreeNode } from '../format/tree.ts';
import { decodeTreeInParts } from '../format/tree-parts.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import type { BlobReader } from '../repository/blob-store.ts';
import type { BlobLocation } from '../repository/indexed-repository.ts';
import type { LoadedBlob, WantedBlob } from '../repository/pack-reader.ts';

type LoadedTree = Pick<LoadedBlob, 'id' | 'plaintext'>;

/** Where the parent's trees come from. Without `locateBlob` and `loadBlobs`, each tree is a request of its own. */
export interface ParentReader extends Pick<BlobReader, 'hasBlob' | 'loadBlob' | 'readBlob'> {
  locateBlob?(type: BlobType, id: BlobId): BlobLocation | undefined;
  loadBlobs?(packId: PackId, wanted: readonly WantedBlob[], options?: Operation): AsyncIterable<LoadedTree>;
}

/** A folder of the parent snapshot. */
export interface ParentFolder {
  id: BlobId;
  /** In their order. Those of a very large folder are decoded anew each time they are asked for. */
  nodes: Iterable<TreeNode>;
  /** The trees of those entries that are folders, in their order. */
  subtrees: BlobId[];
}

// Text of a tree from which on its entries are not held in memory. Bytes.
const largeTreeBytes = 4 * 1024 * 1024;

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
      const read = this.#isLarge(id) ? await this.#reader.readBlob?.('tree', id, this.#operation) : undefined;
      if (read !== undefined) return largeFolder(id, read);
      return folderOf(id, await this.#reader.loadBlob('tree', id, this.#operation));
    } catch (error) {
      // `check` is there to speak about damage.
      if (isFailure(error)) return undefined;
      throw error;
    }
  }

  #isLarge(id: BlobId): boolean {
    return (this.#reader.locateBlob?.('tree', id)?.uncompressedLength ?? 0) > largeTreeBytes;
  }

  /** Says which folders come next. `forget` must follow when they are done. */
  announce(folder: ParentFolder): void {
    const siblings = folder.subtrees;
    for (const [at, id] of siblings.entries()) {
      const known = this.#announced.get(id);
      if (known === undefined) this.#announced.set(id, { siblings, at, times: 1 });
      else known.times += 1;
    }
  }

  forget(folder: ParentFolder): void {
    for (const id of folder.subtrees) {
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
      level = fetched.flatMap(({ subtrees }) => subtrees).slice(0, maxFoldersAhead);
    }
  }

  async #fetch(ids: BlobId[]): Promise<ParentFolder[]> {
    const { locateBlob, loadBlobs } = this.#reader;
    const packs = new Map<PackId, Set<BlobId>>();
    for (const id of ids) {
      const packId = this.#fetched.has(id) || this.#isLarge(id) ? undefined : locateBlob?.('tree', id)?.packId;
      if (packId !== undefined) packs.set(packId, (packs.get(packId) ?? new Set()).add(id));
    }
    const folders: ParentFolder[] = [];
    for (const [packId, wanted] of packs) {
      const blobs = [...wanted].map((id) => ({ type: 'tree' as const, id }));
      for await (const { id, plaintext } of loadBlobs?.(packId, blobs, this.#operation) ?? []) {
        const folder = folderOf(id, plaintext);
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

function folderOf(id: BlobId, plaintext: Buffer): ParentFolder {
  const nodes = decodeTree(plaintext);
  return { id, nodes, subtrees: subtreesOf(nodes) };
}

function largeFolder(id: BlobId, read: () => Iterable<Buffer>): ParentFolder {
  return { id, nodes: { [Symbol.iterator]: () => decodeTreeInParts(read()) }, subtrees: subtreesInText(read()) };
}

const subtreeKey = Buffer.from('"subtree":"');
const idLength = 64;

// Without decoding. A quote inside a string is escaped, so the key can be nothing else; who writes it with spaces is fetched one by one.
function subtreesInText(pieces: Iterable<Buffer>): BlobId[] {
  const subtrees: BlobId[] = [];
  let rest = Buffer.alloc(0);
  for (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(subtreeKey, from);
      const end = at + subtreeKey.length + idLength;
      if (at < 0 || end > bytes.length) break;
      const id = bytes.toString('latin1', at + subtreeKey.length, end);
      if (isId(id)) subtrees.push(id as BlobId);
      from = end;
    }
    rest = bytes.subarray(Math.max(from, bytes.length - subtreeKey.length - idLength));
  }
  return subtrees;
}

/** Finds entries of a parent folder by name, asked for in ascending order, and tells how what was found stands to the whole. */
export class ParentCursor {
  readonly folder: ParentFolder | undefined;
  readonly #nodes: Iterator<TreeNode>;
  #node: TreeNode | undefined;
  #at = 0;
  /** What was found and not asked about yet, as long as none of the parent's entries was passed over. */
  #found: TreeNode[] | undefined;
  #foundCount = 0;
  #asked = 0;

  /** `isFollowed`: `isNext` will be asked. It can be anyway of a folder whose entries are not in memory. */
  constructor(folder: ParentFolder | undefined, isFollowed: boolean) {
    this.folder = folder;
    const nodes = folder?.nodes ?? [];
    if (isFollowed || !Array.isArray(nodes)) this.#found = [];
    this.#nodes = nodes[Symbol.iterator]();
    this.#node = this.#next();
  }

  find(name: Buffer): TreeNode | undefined {
    for (; this.#node !== undefined; this.#advance()) {
      const order = Buffer.compare(this.#node.name, name);
      if (order > 0) return undefined;
      if (order < 0) continue;
      this.#follow(this.#node);
      return this.#node;
    }
    return undefined;
  }

  /** True when this is the parent's entry behind those that were asked about before; once it is not, it never is again. */
  isNext(node: unknown): boolean {
    const found = this.#found;
    if (found === undefined || found[this.#asked] !== node) {
      this.#found = undefined;
      return false;
    }
    this.#asked += 1;
    if (this.#asked === askedMax) {
      found.splice(0, this.#asked);
      this.#asked = 0;
    }
    return true;
  }

  /** True when these are the parent's entries, all of them and in their order. Nothing is found afterwards. */
  isAll(nodes: readonly unknown[]): boolean {
    const before = this.folder?.nodes;
    if (before === undefined) return false;
    if (Array.isArray(before)) return before.length === nodes.length && nodes.every((node, at) => node === before[at]);
    return nodes.every((node) => this.isNext(node)) && this.hasCount(nodes.length);
  }

  /** True when the parent has so many entries. Nothing is found afterwards. */
  hasCount(count: number): boolean {
    while (this.#node !== undefined && this.#at <= count) this.#advance();
    return this.#node === undefined && this.#at === count;
  }

  // The same may be found twice.
  #follow(node: TreeNode): void {
    if (this.#found === undefined || this.#foundCount > this.#at) return;
    if (this.#foundCount === this.#at) this.#found.push(node);
    else this.#found = undefined;
    this.#foundCount += 1;
  }

  #advance(): void {
    this.#node = this.#next();
    this.#at += 1;
  }

  #next(): TreeNode | undefined {
    const next = this.#nodes.next();
    return next.done === true ? undefined : next.value;
  }
}

const askedMax = 8192;
