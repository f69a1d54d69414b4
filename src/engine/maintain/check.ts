// Proves that every snapshot can be restored, or says what cannot (restic internal/checker/checker.go).
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { both } from '../../base/together.ts';
import { fileKey } from '../format/layout.ts';
import type { KeyId, SnapshotId } from '../ids.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import { loadKey } from '../repository/key-store.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles } from '../repository/sealed-files.ts';
import { readIndexFiles } from './check-index.ts';
import { comparePacks, readPacks, type PackChoice, type StoredPack } from './check-packs.ts';
import { followSnapshots, nameDamaged } from './check-trees.ts';
import { failureProblem, type CheckProblem } from './problems.ts';
import { choosePacks, type Subset } from './subset.ts';

/** What `check` tells while it works. Sizes in bytes. */
export type CheckEvent =
  | { type: 'problem'; problem: CheckProblem }
  | { type: 'packs-chosen'; packs: number; bytes: number }
  | { type: 'pack-read'; bytes: number };

/** How deep `check` looks. */
export interface CheckOptions extends Operation<CheckEvent> {
  /** Reads every byte of every pack, or of some. Without it only sizes are compared, which does not see flipped bits. */
  readData?: boolean | Subset | PackChoice;
}

/** What was looked at and what was found. */
export interface CheckResult {
  problems: CheckProblem[];
  snapshots: number;
  trees: number;
  files: number;
  packs: number;
  blobs: number;
  /** Packs read whole, and their bytes. */
  packsRead: number;
  bytesRead: number;
}

/** Checks the repository. Hold a lock meanwhile: what others remove would look lost. Fails only when the place itself does. */
export async function check(repository: Repository, options: CheckOptions = {}): Promise<CheckResult> {
  const problems: CheckProblem[] = [];
  const found = (problem: CheckProblem): void => {
    problems.push(problem);
    options.report?.({ type: 'problem', problem });
  };
  const operation: Operation = options.signal === undefined ? {} : { signal: options.signal };
  // Snapshots are listed before the index is read: one that is added meanwhile may need packs we would not know.
  const snapshotFiles = await listFiles<SnapshotId>(repository.backend, 'snapshots', operation);
  await checkKeys(repository, found, operation);
  const indexed = IndexedRepository.empty(repository);
  try {
    const expected = await readIndexFiles(indexed, found, operation);
    const stored = await comparePacks(repository, expected, found, operation);
    const { readData = false } = options;
    const choice = typeof readData === 'object' && 'choose' in readData ? readData : undefined;
    const chosen = choice?.choose(stored) ?? packsToRead(stored, readData as boolean | Subset);
    let bytesRead = 0;
    let packsRead = 0;
    if (chosen.length > 0) {
      const bytes = chosen.reduce((sum, { size }) => sum + size, 0);
      options.report?.({ type: 'packs-chosen', packs: chosen.length, bytes });
    }
    const read = (pack: StoredPack, isSound: boolean): void => {
      packsRead += 1;
      bytesRead += pack.size;
      choice?.read(pack, isSound);
      options.report?.({ type: 'pack-read', bytes: pack.size });
    };
    const isEnough = (): boolean => choice?.isEnough() === true;
    const inTrees: CheckProblem[] = [];
    const foundInTrees = (problem: CheckProblem): void => {
      inTrees.push(problem);
      options.report?.({ type: 'problem', problem });
    };
    // Threads read the packs, this one follows the trees.
    const [damaged, { roots, trees, files }] = await both(
      options.signal,
      (operation) => readPacks(repository, chosen, expected, { found, read, isEnough }, operation),
      (operation) => followSnapshots(indexed, snapshotFiles, foundInTrees, operation),
    );
    if (damaged.size > 0) await nameDamaged(indexed, roots, damaged, foundInTrees, operation);
    return {
      problems: [...problems, ...inTrees],
      snapshots: snapshotFiles.length,
      trees,
      files,
      packs: expected.size,
      blobs: indexed.index.count,
      packsRead,
      bytesRead,
    };
  } finally {
    await indexed.close();
  }
}

function packsToRead(stored: StoredPack[], readData: boolean | Subset): StoredPack[] {
  if (readData === false) return [];
  return readData === true ? stored : choosePacks(stored, readData);
}

// Another password's key may be the one that is needed on the day.
async function checkKeys(
  repository: Repository,
  found: (problem: CheckProblem) => void,
  options: Operation,
): Promise<void> {
  for (const { id } of await listFiles<KeyId>(repository.backend, 'keys', options)) {
    try {
      await loadKey(repository.backend, id, options);
    } catch (error) {
      if (!isFailure(error)) throw error;
      found(failureProblem(error, { file: fileKey('keys', id) }));
    }
  }
}
