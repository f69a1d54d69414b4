// Lets other snapshots stand for some that are there: stored first, proved by reading them back, and only then are the old
// ones removed, if they are to be.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { BlobId, SnapshotId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { findDamagedTrees } from './damaged-trees.ts';
import { runForget } from './forget.ts';

/** A snapshot, and the tree of the one that is to stand for it. */
export interface Replacement {
  from: NamedSnapshot;
  tree: BlobId;
}

/** How snapshots are replaced. */
export interface ReplaceOptions extends Operation<ReplaceEvent> {
  /** Says what would be made, and writes nothing. */
  dryRun?: boolean;
  /** Removes the old ones once the new ones are proved. */
  forget?: boolean;
  /** Which of these must never be removed. Asked only when they are to be. */
  heldOf?: (snapshots: readonly NamedSnapshot[]) => Promise<ReadonlySet<SnapshotId>>;
  /** A tag that the new ones get. */
  tag?: string | undefined;
}

/** Told for each one; `to` is undefined in a dry run. */
export interface ReplaceEvent {
  type: 'snapshot-replaced';
  from: SnapshotId;
  to: SnapshotId | undefined;
}

/** What was done. */
export interface Replaced {
  /** Each old one and the one that stands for it; `to` is undefined in a dry run. */
  replaced: { from: SnapshotId; to: SnapshotId | undefined }[];
  /** Those for which one with that tree was there already. */
  alreadyReplaced: SnapshotId[];
  forgotten: SnapshotId[];
  /** Old ones that stay because they are held, although they were to be forgotten. */
  kept: SnapshotId[];
}

/**
 * Stores the new snapshots. The trees are stored already. `all` are the snapshots of the repository. Hold the exclusive lock.
 * @throws Failure `repair.not-proved` when a new one cannot be read back: nothing was forgotten then; `forget.stopped`
 */
export async function replaceSnapshots(
  repository: Repository,
  all: readonly NamedSnapshot[],
  replacements: readonly Replacement[],
  options: ReplaceOptions = {},
): Promise<Replaced> {
  const operation = pickSignal(options);
  const isDry = options.dryRun === true;
  const result: Replaced = { replaced: [], alreadyReplaced: [], forgotten: [], kept: [] };
  for (const { from, tree } of replacements) {
    options.signal?.throwIfAborted();
    if (all.some((other) => other.original === from.id && other.tree === tree)) {
      result.alreadyReplaced.push(from.id);
      continue;
    }
    const made = standIn(from, tree, options.tag);
    const to = isDry ? undefined : await repository.saveSnapshot(made, operation);
    result.replaced.push({ from: from.id, to });
    options.report?.({ type: 'snapshot-replaced', from: from.id, to });
  }
  if (options.forget !== true) return result;
  const held = await options.heldOf?.(replacements.map(({ from }) => from));
  const isHeld = ({ from }: Replacement): boolean => held?.has(from.id) === true;
  result.kept = replacements.filter(isHeld).map(({ from }) => from.id);
  if (isDry) return result;
  const leaving = replacements.filter((each) => !isHeld(each));
  await prove(repository, leaving, operation);
  const old = leaving.map(({ from }) => from);
  await runForget(repository, old, operation);
  result.forgotten = old.map(({ id }) => id);
  return result;
}

// The counts of the backup that made it are no longer true. The parent is: it is only a hint for the next backup.
function standIn({ id, ...snapshot }: NamedSnapshot, tree: BlobId, tag: string | undefined): Snapshot {
  const tags = [...new Set([...(snapshot.tags ?? []), ...(tag === undefined ? [] : [tag])])];
  const made: Snapshot = { ...snapshot, tree, ...(tags.length === 0 ? {} : { tags }), original: id };
  delete made.summary;
  return made;
}

// What replaces a snapshot is read back from the place, through the index that lies there, before the old one goes.
async function prove(repository: Repository, replaced: readonly Replacement[], options: Operation): Promise<void> {
  const stored = await repository.listSnapshots(options);
  const indexed = await IndexedRepository.load(repository, options);
  try {
    const roots = replaced.map(({ from, tree }) => ({ id: tree, snapshot: from.id, path: '' }));
    const { lost } = await findDamagedTrees(indexed, roots, options);
    const gap =
      lost[0]?.snapshot ??
      replaced.find(({ from, tree }) => !stored.some((other) => other.original === from.id && other.tree === tree))
        ?.from.id;
    if (gap !== undefined) throw notProved(gap as SnapshotId);
  } finally {
    await indexed.close();
  }
}

function notProved(id: SnapshotId): Failure {
  return new Failure('repair.not-proved', {
    message: `what should replace snapshot ${id.slice(0, 8)} cannot be read back whole, so nothing was forgotten`,
    hint: 'Run `orbit repo check`, look after the place, and try again.',
    facts: { snapshot: id },
  });
}
