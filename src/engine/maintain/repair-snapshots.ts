// Makes usable snapshots out of ones that have lost something: new snapshots without the lost files stand beside the old
// ones, which stay as they are unless they are to be forgotten. Packs, then index, then snapshots; removing comes last.
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { fileKey } from '../format/layout.ts';
import { decodeSnapshot } from '../format/snapshot.ts';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles, loadSealedFiles, pickSignal } from '../repository/sealed-files.ts';
import { findDamagedTrees, type LostEntry } from './damaged-trees.ts';
import { runForget } from './forget.ts';
import { TreeMender } from './mend-trees.ts';
import { readSoundIndex } from './sound-index.ts';

/** The tag of snapshots that were made without what was lost; restic's word. */
export const repairedTag = 'repaired';

/** How snapshots are repaired. */
export interface RepairSnapshotsOptions extends Operation<RepairSnapshotsEvent> {
  /** Finds out, and writes nothing. */
  dryRun?: boolean;
  /** Removes the damaged snapshots once the new ones are proved. */
  forget?: boolean;
  /** Which snapshots; without it all. */
  isWanted?: (snapshot: NamedSnapshot) => boolean;
}

/** What repairing tells. */
export type RepairSnapshotsEvent =
  | { type: 'entry-lost'; entry: LostEntry }
  | { type: 'snapshot-repaired'; from: SnapshotId; to: SnapshotId | undefined };

/** What was found and done. */
export interface RepairSnapshotsResult {
  snapshots: number;
  /** Each damaged snapshot and the one that stands for it; `to` is undefined in a dry run. */
  repaired: { from: SnapshotId; to: SnapshotId | undefined }[];
  /** Damaged snapshots for which a repaired one was there already. */
  alreadyRepaired: SnapshotId[];
  /** Their root folder cannot be read: nothing can be made of them. They stay. */
  hopeless: SnapshotId[];
  /** Snapshot files that cannot be read. They stay. */
  unreadable: { snapshot: SnapshotId; failure: Failure }[];
  lost: LostEntry[];
  forgotten: SnapshotId[];
}

/**
 * Repairs snapshots. Hold the exclusive lock.
 * @throws Failure `repair.index-first` while the index and the packs disagree: what only seems lost must not be left out
 */
export async function repairSnapshots(
  repository: Repository,
  options: RepairSnapshotsOptions = {},
): Promise<RepairSnapshotsResult> {
  const operation = pickSignal(options);
  const { snapshots, unreadable } = await readSnapshots(repository, operation);
  const wanted = snapshots.filter((snapshot) => options.isWanted?.(snapshot) ?? true);
  const indexed = await readSoundIndex(repository, operation);
  try {
    const roots = wanted.map(({ id, tree }) => ({ id: tree, snapshot: id, path: '' }));
    const damage = await findDamagedTrees(indexed, roots, operation);
    for (const entry of damage.lost) options.report?.({ type: 'entry-lost', entry });
    const result: RepairSnapshotsResult = {
      snapshots: wanted.length,
      repaired: [],
      alreadyRepaired: [],
      hopeless: [],
      unreadable,
      lost: damage.lost,
      forgotten: [],
    };
    const mender = new TreeMender(indexed, damage, { ...operation, dryRun: options.dryRun === true });
    const made: { from: NamedSnapshot; made: Snapshot }[] = [];
    const replaced: { from: NamedSnapshot; tree: Snapshot['tree'] }[] = [];
    for (const snapshot of wanted) {
      if (!damage.affected.has(snapshot.tree)) continue;
      const tree = await mender.mend(snapshot.tree);
      if (tree === undefined) {
        result.hopeless.push(snapshot.id);
        continue;
      }
      replaced.push({ from: snapshot, tree });
      if (snapshots.some((other) => other.original === snapshot.id && other.tree === tree))
        result.alreadyRepaired.push(snapshot.id);
      else made.push({ from: snapshot, made: repairedOf(snapshot, tree) });
    }
    if (options.dryRun !== true) await indexed.flush(operation);
    for (const each of made) {
      options.signal?.throwIfAborted();
      const to = options.dryRun === true ? undefined : await repository.saveSnapshot(each.made, operation);
      result.repaired.push({ from: each.from.id, to });
      options.report?.({ type: 'snapshot-repaired', from: each.from.id, to });
    }
    if (options.forget === true && options.dryRun !== true) {
      await proveReplacements(repository, replaced, operation);
      const old = replaced.map(({ from }) => from);
      await runForget(repository, old, operation);
      result.forgotten = old.map(({ id }) => id);
    }
    return result;
  } finally {
    await indexed.close();
  }
}

async function readSnapshots(
  repository: Repository,
  options: Operation,
): Promise<{ snapshots: NamedSnapshot[]; unreadable: RepairSnapshotsResult['unreadable'] }> {
  const snapshots: NamedSnapshot[] = [];
  const unreadable: RepairSnapshotsResult['unreadable'] = [];
  const files = await listFiles<SnapshotId>(repository.backend, 'snapshots', options);
  for await (const { id, json } of loadSealedFiles(repository, 'snapshots', files, options)) {
    try {
      snapshots.push({ id, ...decodeSnapshot(fileKey('snapshots', id), await json()) });
    } catch (failure) {
      if (!isFailure(failure, 'repository.damaged-file')) throw failure;
      unreadable.push({ snapshot: id, failure });
    }
  }
  return { snapshots, unreadable };
}

// The counts of the backup that made it are no longer true. The parent is: it is only a hint for the next backup.
function repairedOf({ id, ...snapshot }: NamedSnapshot, tree: Snapshot['tree']): Snapshot {
  const tags = [...new Set([...(snapshot.tags ?? []), repairedTag])];
  const repaired: Snapshot = { ...snapshot, tree, tags, original: id };
  delete repaired.summary;
  return repaired;
}

// What replaces a snapshot is read back from the place, through the index that lies there, before the old one goes.
async function proveReplacements(
  repository: Repository,
  replaced: readonly { from: NamedSnapshot; tree: Snapshot['tree'] }[],
  options: Operation,
): Promise<void> {
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
    hint: 'Run `orbit repo check`, look after the place, and repair again.',
    facts: { snapshot: id },
  });
}
