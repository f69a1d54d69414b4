// Visits every tree that snapshots reach, each once, level by level, so that trees of one pack are read together.
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { TreeNode } from '../format/tree.ts';
import { decodeTreeInParts } from '../format/tree-parts.ts';
import { type ReadTree, treesTogether } from '../repository/trees-together.ts';
import type { BlobId, SnapshotId } from '../ids.ts';
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
    for await (const read of treesTogether(indexed, waiting.splice(-levelPart), ({ id }) => id, options)) {
      const met = read.wanted;
      const nodes = nodesOf(read);
      if (isFailure(nodes)) {
        visitor.unreadable(met, nodes);
        continue;
      }
      visitor.tree(met, nodes);
      for (const node of nodes) {
        if (node.subtree === undefined) continue;
        addNew({ id: node.subtree, snapshot: met.snapshot, path: pathOfNode(met, node) }, waiting);
      }
    }
  }
  return seen.count;
}

function nodesOf(read: ReadTree<MetTree>): TreeNode[] | Failure {
  if ('failure' in read) return read.failure;
  try {
    return [...decodeTreeInParts(read.text)];
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
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
