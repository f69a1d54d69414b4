// Visits every tree that snapshots reach, each once, level by level, so that trees of one pack are read together.
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId, PackId, SnapshotId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';

/** A tree and where it was met first. */
export interface MetTree {
  id: BlobId;
  snapshot: SnapshotId;
  /** Its path in that snapshot, empty for the root. */
  path: string;
}

/** What the walk tells. */
export interface TreeVisitor {
  tree(met: MetTree, nodes: TreeNode[]): void;
  /** A tree that cannot be read; what lies below it stays unvisited. */
  unreadable(met: MetTree, failure: Failure): void;
}

// So many trees are asked for at once: bounds memory, and is enough to read packs in large pieces.
const levelPart = 2048;

/** Walks from the roots. Gives the number of trees visited. */
export async function walkTrees(
  indexed: IndexedRepository,
  roots: MetTree[],
  visitor: TreeVisitor,
  options: Operation = {},
): Promise<number> {
  const seen = new SeenTrees(indexed);
  const addNew = (met: MetTree, to: MetTree[]): void => {
    if (seen.add(met.id)) to.push(met);
  };
  const waiting: MetTree[] = [];
  for (const root of roots) addNew(root, waiting);
  while (waiting.length > 0) {
    for await (const { met, nodes } of readTrees(indexed, waiting.splice(-levelPart), visitor, options)) {
      visitor.tree(met, nodes);
      for (const node of nodes) {
        if (node.subtree === undefined) continue;
        addNew({ id: node.subtree, snapshot: met.snapshot, path: pathOfNode(met, node) }, waiting);
      }
    }
  }
  return seen.count;
}

/** Trees by their numbers in the index, a byte for each blob; only those that it does not know by their ids. */
class SeenTrees {
  readonly #indexed: IndexedRepository;
  readonly #known: Uint8Array;
  readonly #others = new Set<BlobId>();
  count = 0;

  constructor(indexed: IndexedRepository) {
    this.#indexed = indexed;
    this.#known = new Uint8Array(indexed.index.count);
  }

  /** False when it was added before. */
  add(id: BlobId): boolean {
    const number = this.#indexed.index.numberOf('tree', id);
    const isKnown = number !== undefined && number < this.#known.length;
    if (isKnown ? this.#known[number] === 1 : this.#others.has(id)) return false;
    if (isKnown) this.#known[number] = 1;
    else this.#others.add(id);
    this.count += 1;
    return true;
  }
}

/** The path of a node in the snapshot its tree was met in. */
export function pathOfNode(met: MetTree, node: TreeNode): string {
  return `${met.path}/${node.name.toString('utf8')}`;
}

async function* readTrees(
  indexed: IndexedRepository,
  wanted: MetTree[],
  visitor: TreeVisitor,
  options: Operation,
): AsyncGenerator<{ met: MetTree; nodes: TreeNode[] }> {
  const byPack = new Map<PackId | undefined, MetTree[]>();
  for (const met of wanted) {
    const packId = indexed.locateBlob('tree', met.id)?.packId;
    byPack.set(packId, [...(byPack.get(packId) ?? []), met]);
  }
  for (const [packId, group] of byPack) {
    options.signal?.throwIfAborted();
    const left = new Map(group.map((met) => [met.id, met]));
    if (packId !== undefined) yield* readGroup(indexed, packId, left, options);
    // What the pack did not give is asked for one by one, so that one damaged tree does not hide its neighbours.
    for (const met of left.values()) {
      try {
        yield { met, nodes: decodeTree(await indexed.loadBlob('tree', met.id, options)) };
      } catch (error) {
        if (!isFailure(error)) throw error;
        visitor.unreadable(met, error);
      }
    }
  }
}

async function* readGroup(
  indexed: IndexedRepository,
  packId: PackId,
  left: Map<BlobId, MetTree>,
  options: Operation,
): AsyncGenerator<{ met: MetTree; nodes: TreeNode[] }> {
  const wanted = [...left.keys()].map((id) => ({ type: 'tree' as const, id }));
  try {
    for await (const { id, plaintext } of indexed.loadBlobs(packId, wanted, options)) {
      const met = left.get(id);
      if (met === undefined) continue;
      const nodes = decodeTree(plaintext);
      left.delete(id);
      yield { met, nodes };
    }
  } catch (error) {
    if (!isFailure(error)) throw error;
  }
}
