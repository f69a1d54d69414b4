// Takes entries out of snapshots that are there: what should never have been backed up. New snapshots without them stand for the
// old ones; when those are forgotten, prune frees what nothing else uses.
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import { decodeTree, encodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId, SnapshotId } from '../ids.ts';
import { pathParts } from '../path-patterns.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import {
  type Replaced,
  type Replacement,
  type ReplaceEvent,
  type ReplaceOptions,
  replaceSnapshots,
} from './replace-snapshots.ts';

/** The tag of snapshots that were made without something; restic's word. Given only while the old ones stay. */
export const rewrittenTag = 'rewrite';

/** What is taken out. Paths as `pathParts` gives them. */
export interface Unwanted {
  excludesPath(parts: readonly string[]): boolean;
  /** Whether something below may be meant: folders that hold nothing of it are not read. */
  mayExcludeBelow(parts: readonly string[]): boolean;
}

/** How snapshots are rewritten. */
export interface RewriteOptions extends Operation<RewriteEvent>, Pick<ReplaceOptions, 'dryRun' | 'forget' | 'heldOf'> {
  unwanted: Unwanted;
  /** Which snapshots; without it all. */
  isWanted?: (snapshot: NamedSnapshot) => boolean;
}

/** What rewriting tells; `entry-taken-out` for each, once for all snapshots that share the folder. */
export type RewriteEvent =
  | { type: 'entry-taken-out'; snapshot: SnapshotId; path: string; bytes: number }
  | ReplaceEvent;

/** What was done. */
export interface Rewritten extends Replaced {
  /** Snapshots that were looked at. */
  snapshots: number;
  /** Entries taken out, each folder that snapshots share counted once; what lies in a folder that goes is not counted. */
  entries: number;
  /** Nothing would be left of these. They stay: forget them instead. */
  emptied: SnapshotId[];
  /** A folder of these cannot be read. They stay, and are for `repair snapshots`. */
  damaged: { snapshot: SnapshotId; failure: Failure }[];
}

/**
 * Rewrites snapshots. Hold the exclusive lock.
 * @throws Failure `rewrite.would-lose` where a folder holds something of a newer version of the format
 */
export async function rewriteSnapshots(repository: Repository, options: RewriteOptions): Promise<Rewritten> {
  const operation = pickSignal(options);
  const all = await repository.listSnapshots(operation);
  const wanted = all.filter((snapshot) => options.isWanted?.(snapshot) ?? true);
  const indexed = await repository.loadIndex(operation);
  try {
    const rewriter = new TreeRewriter(indexed, options);
    const replacements: Replacement[] = [];
    const emptied: SnapshotId[] = [];
    const damaged: Rewritten['damaged'] = [];
    for (const from of wanted) {
      try {
        const tree = await rewriter.rewrite(from.tree, '', from.id);
        if (tree === undefined) emptied.push(from.id);
        else if (tree !== from.tree) replacements.push({ from, tree });
      } catch (failure) {
        // A place that does not answer has damaged nothing.
        if (!isFailure(failure) || !/^(repository|tree)\./.test(failure.code)) throw failure;
        damaged.push({ snapshot: from.id, failure });
      }
    }
    if (options.dryRun !== true) await indexed.flush(operation);
    const tag = options.forget === true ? undefined : rewrittenTag;
    const replaced = await replaceSnapshots(repository, all, replacements, { ...options, tag });
    return { snapshots: wanted.length, entries: rewriter.entries, emptied, damaged, ...replaced };
  } finally {
    await indexed.close();
  }
}

class TreeRewriter {
  entries = 0;
  readonly #indexed: IndexedRepository;
  readonly #options: RewriteOptions;
  // Patterns may name folders, so the same tree may become two, depending on where it lies.
  readonly #done = new Map<string, BlobId>();

  constructor(indexed: IndexedRepository, options: RewriteOptions) {
    this.#indexed = indexed;
    this.#options = options;
  }

  /** The tree to use instead, which may be the same one. Undefined when everything in it goes. */
  async rewrite(id: BlobId, path: string, snapshot: SnapshotId): Promise<BlobId | undefined> {
    const { unwanted, signal } = this.#options;
    if (!unwanted.mayExcludeBelow(pathParts(path))) return id;
    const key = `${id} ${path}`;
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    signal?.throwIfAborted();
    const bytes = await this.#indexed.loadBlob('tree', id, pickSignal(this.#options));
    const nodes = decodeTree(bytes);
    const kept: TreeNode[] = [];
    let isChanged = false;
    for (const node of nodes) {
      const below = `${path}/${node.name.toString('utf8')}`;
      if (unwanted.excludesPath(pathParts(below))) {
        isChanged = true;
        this.entries += 1;
        this.#options.report?.({ type: 'entry-taken-out', snapshot, path: below, bytes: Number(node.size) });
        continue;
      }
      const subtree = node.subtree === undefined ? undefined : await this.#below(node.subtree, below, snapshot);
      isChanged ||= subtree !== node.subtree;
      kept.push(subtree === undefined ? node : { ...node, subtree });
    }
    if (path === '' && kept.length === 0 && nodes.length > 0) return undefined;
    const made = isChanged ? await this.#save(kept, { nodes, bytes, path }) : id;
    this.#done.set(key, made);
    return made;
  }

  async #below(id: BlobId, path: string, snapshot: SnapshotId): Promise<BlobId> {
    return (await this.rewrite(id, path, snapshot)) ?? id;
  }

  async #save(kept: TreeNode[], from: { nodes: TreeNode[]; bytes: Uint8Array; path: string }): Promise<BlobId> {
    requireUnderstood(from);
    const bytes = encodeTree(kept);
    if (this.#options.dryRun !== true) await this.#indexed.saveBlob('tree', bytes, pickSignal(this.#options));
    return hash('sha256', bytes) as BlobId;
  }
}

// What a later version of the format adds to an entry, this one does not know and would not write back.
function requireUnderstood({ nodes, bytes, path }: { nodes: TreeNode[]; bytes: Uint8Array; path: string }): void {
  const again = encodeTree(nodes);
  if (again.equals(bytes)) return;
  const parsed = [bytes, again].map((each) => JSON.parse(Buffer.from(each).toString('utf8')) as unknown);
  if (isDeepStrictEqual(parsed[0], parsed[1])) return;
  throw new Failure('rewrite.would-lose', {
    message: `the folder ${path === '' ? '/' : path} holds something that this version of Orbit does not know and would lose`,
    hint: 'A newer program wrote it. Rewrite with that one, or with a newer Orbit. Nothing was changed.',
    facts: { path },
  });
}
