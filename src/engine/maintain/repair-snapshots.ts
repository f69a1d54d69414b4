// Makes usable snapshots out of ones that have lost something: new snapshots without the lost files stand beside the old
// ones, which stay as they are unless they are to be forgotten. Packs, then index, then snapshots; removing comes last.
import { type Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { fileKey } from '../format/layout.ts';
import { decodeSnapshot } from '../format/snapshot.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles, loadSealedFiles, pickSignal } from '../repository/sealed-files.ts';
import { findDamagedTrees, type LostEntry } from './damaged-trees.ts';
import { TreeMender } from './mend-trees.ts';
import {
  type Replaced,
  type Replacement,
  type ReplaceEvent,
  type ReplaceOptions,
  replaceSnapshots,
} from './replace-snapshots.ts';
import { readSoundIndex } from './sound-index.ts';

/** The tag of snapshots that were made without what was lost; restic's word. */
export const repairedTag = 'repaired';

/** How snapshots are repaired. */
export interface RepairSnapshotsOptions
  extends Operation<RepairSnapshotsEvent>,
    Pick<ReplaceOptions, 'dryRun' | 'forget' | 'heldOf'> {
  /** Which snapshots; without it all. */
  isWanted?: (snapshot: NamedSnapshot) => boolean;
}

/** What repairing tells. */
export type RepairSnapshotsEvent = { type: 'entry-lost'; entry: LostEntry } | ReplaceEvent;

/** What was found and done. */
export interface RepairSnapshotsResult extends Replaced {
  snapshots: number;
  /** Their root folder cannot be read: nothing can be made of them. They stay. */
  hopeless: SnapshotId[];
  /** Snapshot files that cannot be read. They stay. */
  unreadable: { snapshot: SnapshotId; failure: Failure }[];
  lost: LostEntry[];
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
    const result = { snapshots: wanted.length, hopeless: [] as SnapshotId[], unreadable, lost: damage.lost };
    const mender = new TreeMender(indexed, damage, { ...operation, dryRun: options.dryRun === true });
    const replacements: Replacement[] = [];
    for (const snapshot of wanted) {
      if (!damage.affected.has(snapshot.tree)) continue;
      const tree = await mender.mend(snapshot.tree);
      if (tree === undefined) result.hopeless.push(snapshot.id);
      else replacements.push({ from: snapshot, tree });
    }
    if (options.dryRun !== true) await indexed.flush(operation);
    return {
      ...result,
      ...(await replaceSnapshots(repository, snapshots, replacements, { ...options, tag: repairedTag })),
    };
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
