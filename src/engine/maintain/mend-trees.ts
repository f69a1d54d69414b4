// Makes new versions of damaged trees without what is lost. A file with a missing part is left out whole: a shorter file
// that looks sound would be worse than none. A folder that cannot be read becomes an empty one.
import { hash } from 'node:crypto';
import type { Operation } from '../../base/operation.ts';
import { decodeTree, encodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { type DamagedTrees, lossOf } from './damaged-trees.ts';

/** Mends trees of one repository, each once. */
export class TreeMender {
  readonly #indexed: IndexedRepository;
  /** Trees that the index has and that cannot be read: one of these may be the very tree we need, and would not be stored. */
  readonly #damagedInPlace: ReadonlySet<BlobId>;
  readonly #damage: Pick<DamagedTrees, 'affected' | 'unreadable'>;
  readonly #options: Operation & { dryRun: boolean };
  readonly #mended = new Map<BlobId, BlobId | undefined>();

  constructor(
    indexed: IndexedRepository,
    damage: Pick<DamagedTrees, 'affected' | 'unreadable'>,
    options: Operation & { dryRun: boolean },
  ) {
    this.#indexed = indexed;
    this.#damage = damage;
    this.#damagedInPlace = new Set([...damage.unreadable].filter((id) => indexed.hasBlob('tree', id)));
    this.#options = options;
  }

  /** The tree to use instead; the same one when it is sound, undefined when nothing of it can be read. */
  async mend(id: BlobId): Promise<BlobId | undefined> {
    if (!this.#damage.affected.has(id)) return id;
    if (this.#mended.has(id)) return this.#mended.get(id);
    const mended = this.#damage.unreadable.has(id) ? undefined : await this.#withoutLosses(id);
    this.#mended.set(id, mended);
    return mended;
  }

  async #withoutLosses(id: BlobId): Promise<BlobId | undefined> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const kept: TreeNode[] = [];
    for (const node of decodeTree(await this.#indexed.loadBlob('tree', id, this.#options))) {
      const loss = lossOf(this.#indexed, node);
      if (loss === 'file' || loss === 'entry') continue;
      if (node.type !== 'dir') {
        kept.push(node);
        continue;
      }
      const subtree =
        (node.subtree === undefined ? undefined : await this.mend(node.subtree)) ?? (await this.#save([]));
      if (subtree !== undefined) kept.push({ ...node, subtree });
    }
    return this.#save(kept);
  }

  async #save(nodes: TreeNode[]): Promise<BlobId | undefined> {
    const bytes = encodeTree(nodes);
    const id = hash('sha256', bytes) as BlobId;
    if (this.#damagedInPlace.has(id)) return undefined;
    if (!this.#options.dryRun) await this.#indexed.saveBlob('tree', bytes, this.#options);
    return id;
  }
}
