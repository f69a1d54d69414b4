// Searches snapshots for entries by name or path.
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { NodeType } from '../format/file-mode.ts';
import { PathPatterns } from '../path-patterns.ts';
import type { BlobId } from '../ids.ts';
import { loadTree, type SnapshotEntry, type TreeReader } from './entries.ts';

/** What is looked for. */
export interface FindOptions extends Operation {
  ignoreCase?: boolean;
  type?: NodeType;
  /** Bounds of the modification time. */
  oldest?: Date;
  newest?: Date;
}

/**
 * Entries that one of the patterns matches: `*.conf` by name anywhere, `/etc/*` from the root.
 * @throws Failure `patterns.malformed`
 */
export async function* find(
  reader: TreeReader,
  snapshot: NamedSnapshot,
  patterns: readonly string[],
  options: FindOptions = {},
): AsyncGenerator<SnapshotEntry> {
  const wanted = new PathPatterns(patterns, options.ignoreCase === undefined ? {} : { ignoreCase: options.ignoreCase });
  yield* findBelow(reader, snapshot.tree, Buffer.alloc(0), ['/'], wanted, options);
}

async function* findBelow(
  reader: TreeReader,
  tree: BlobId,
  folder: Buffer,
  parts: string[],
  wanted: PathPatterns,
  options: FindOptions,
): AsyncGenerator<SnapshotEntry> {
  options.signal?.throwIfAborted();
  for (const node of await loadTree(reader, tree, options)) {
    const here = [...parts, node.name.toString('utf8')];
    const entry = { path: Buffer.concat([folder, Buffer.from('/'), node.name]), node };
    if (wanted.meansItself(here) && isMeant(entry, options)) yield entry;
    if (node.subtree === undefined || !wanted.answer(here).childMayMatch) continue;
    yield* findBelow(reader, node.subtree, entry.path, here, wanted, options);
  }
}

function isMeant({ node }: SnapshotEntry, { type, oldest, newest }: FindOptions): boolean {
  const ms = Number(node.mtime.ns / 1_000_000n);
  return (
    (type === undefined || node.type === type) &&
    (oldest === undefined || ms >= oldest.getTime()) &&
    (newest === undefined || ms <= newest.getTime())
  );
}
