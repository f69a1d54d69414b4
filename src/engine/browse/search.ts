// Searches many snapshots at once: what is the same in two of them is looked at once, and each path tells its versions.
import type { Operation } from '../../base/operation.ts';
import { isFailure } from '../../base/failure.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { findEntry, loadNames, type TreeReader } from './entries.ts';

/** One state of an entry, and the snapshots that hold it, the newest first. */
export interface EntryVersion {
  node: TreeNode;
  snapshots: NamedSnapshot[];
}

/** A path with its states over time, the newest first. */
export interface FoundPath {
  path: Buffer;
  versions: EntryVersion[];
}

/** What a search gave. `isComplete` is false when it was ended early, by its limit or by its time. */
export interface FoundPaths {
  found: FoundPath[];
  isComplete: boolean;
}

/** Bounds of a search. */
export interface SearchOptions extends Operation {
  /** Paths at most. */
  limit: number;
  /** Ends the search after so long, with what it has. */
  timeMs: number;
}

interface Hit {
  below: Buffer;
  node: TreeNode;
}

const slash = Buffer.from('/');
// Where many trees have no hit, an empty list is shared.
const noHits: Hit[] = [];

/** Every path whose name `isWanted` in one of the snapshots (oldest first, as the repository lists them). */
export async function searchSnapshots(
  reader: TreeReader,
  snapshots: readonly NamedSnapshot[],
  isWanted: (name: string) => boolean,
  options: SearchOptions,
): Promise<FoundPaths> {
  const known = new Map<BlobId, Hit[]>();
  const found = new Map<string, FoundPath>();
  const endAt = performance.now() + options.timeMs;
  let isComplete = true;

  const hitsBelow = async (tree: BlobId): Promise<Hit[]> => {
    const before = known.get(tree);
    if (before !== undefined) return before;
    options.signal?.throwIfAborted();
    const hits: Hit[] = [];
    for (const { name, subtree, node } of await loadNames(reader, tree, options)) {
      if (performance.now() > endAt) {
        isComplete = false;
        return hits;
      }
      if (isWanted(name.toString('utf8'))) hits.push({ below: Buffer.concat([slash, name]), node: node() });
      if (subtree === undefined) continue;
      for (const hit of await hitsBelow(subtree)) {
        if (hits.length >= options.limit) break;
        hits.push({ below: Buffer.concat([slash, name, hit.below]), node: hit.node });
      }
      if (hits.length < options.limit) continue;
      isComplete = false;
      break;
    }
    known.set(tree, hits.length === 0 ? noHits : hits);
    return hits;
  };

  for (const snapshot of snapshots.toReversed()) {
    for (const { below, node } of await hitsBelow(snapshot.tree)) {
      const key = below.toString('latin1');
      let entry = found.get(key);
      if (entry === undefined) {
        if (found.size >= options.limit) {
          isComplete = false;
          continue;
        }
        entry = { path: below, versions: [] };
        found.set(key, entry);
      }
      addVersion(entry.versions, node, snapshot);
    }
    if (performance.now() > endAt) break;
  }
  return { found: [...found.values()], isComplete };
}

/** The states of one path over all snapshots, the newest first; empty when none holds it. */
export async function versionsOf(
  reader: TreeReader,
  snapshots: readonly NamedSnapshot[],
  path: string | Buffer,
  options: Operation = {},
): Promise<EntryVersion[]> {
  const versions: EntryVersion[] = [];
  for (const snapshot of snapshots.toReversed()) {
    options.signal?.throwIfAborted();
    try {
      const entry = await findEntry(reader, snapshot, path, options);
      if (entry !== undefined) addVersion(versions, entry.node, snapshot);
    } catch (error) {
      // Not there yet, or not any more, or a file where now a folder is.
      if (!isFailure(error, 'browse.no-such-path') && !isFailure(error, 'browse.not-a-folder')) throw error;
    }
  }
  return versions;
}

// Snapshots come newest first, so that an equal state is mostly the last one that was added.
function addVersion(versions: EntryVersion[], node: TreeNode, snapshot: NamedSnapshot): void {
  const last = versions.at(-1);
  if (last !== undefined && isSameState(last.node, node)) last.snapshots.push(snapshot);
  else versions.push({ node, snapshots: [snapshot] });
}

function isSameState(a: TreeNode, b: TreeNode): boolean {
  return (
    a.type === b.type &&
    a.size === b.size &&
    a.mtime.ns === b.mtime.ns &&
    a.mode === b.mode &&
    a.subtree === b.subtree &&
    (a.content ?? []).join() === (b.content ?? []).join()
  );
}
