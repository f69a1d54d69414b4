// The parts of `check` that look at packs: are they there, are they whole, and does every byte open?
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { packBytesMax } from '../format/file-limits.ts';
import { idOfKey, packKey } from '../format/layout.ts';
import type { BlobId, PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { Rooms } from '../repository/rooms.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import type { ExpectedPack } from './check-index.ts';
import { openPackCheckers, type PackChecker } from './pack-checkers.ts';
import { errorProblem, failureProblem, hintProblem, type CheckProblem } from './problems.ts';

/** A pack that is there. */
export interface StoredPack {
  id: PackId;
  size: number;
}

/** Decides which packs are read, and hears what came of it. */
export interface PackChoice {
  choose(stored: StoredPack[]): StoredPack[];
  /** Asked before each pack: true ends the reading. */
  isEnough(): boolean;
  read(pack: StoredPack, isSound: boolean): void;
}

/** What is told while packs are read. */
export interface PackReading extends Partial<Pick<PackChoice, 'isEnough'>>, Pick<PackChoice, 'read'> {
  found(problem: CheckProblem): void;
}

/** Compares the packs that are there with those the index promises. Gives the ones that are there and promised. */
export async function comparePacks(
  { backend }: Repository,
  expected: Map<PackId, ExpectedPack>,
  found: (problem: CheckProblem) => void,
  options: Operation,
): Promise<StoredPack[]> {
  const stored: StoredPack[] = [];
  const missing = new Set(expected.keys());
  let unindexed = 0;
  for await (const { key, size } of backend.list('data/', pickSignal(options))) {
    const id = idOfKey(key) as PackId | undefined;
    if (id === undefined || key !== packKey(id)) continue;
    const promised = expected.get(id);
    missing.delete(id);
    if (promised === undefined) unindexed += 1;
    else if (promised.size !== size) {
      const message = `pack ${id} has ${size} bytes instead of ${promised.size}`;
      found(errorProblem(message, { pack: id, file: promised.indexFile }));
      stored.push({ id, size });
    } else stored.push({ id, size });
  }
  for (const id of missing) {
    const file = expected.get(id)?.indexFile ?? '';
    found(errorProblem(`pack ${id} is missing, although ${file} names it`, { pack: id, file }));
  }
  if (unindexed > 0) found(hintProblem(`${unindexed} pack(s) are in no index; prune removes them`));
  return stored;
}

/** Reads packs whole and opens every blob. Gives the blobs that are damaged, and calls `read` after each pack. */
export async function readPacks(
  repository: Repository,
  packs: StoredPack[],
  expected: Map<PackId, ExpectedPack>,
  hooks: PackReading,
  options: Operation,
): Promise<Set<BlobId>> {
  const damaged = new Set<BlobId>();
  if (packs.length === 0) return damaged;
  const checkers = await openPackCheckers(repository, {
    bytes: packs.reduce((sum, { size }) => sum + size, 0),
    blobs: packs.reduce((sum, { id }) => sum + (expected.get(id)?.blobs ?? 0), 0),
  });
  // One that checks here has few packs: their memory is worth more to what comes after them.
  const reading = {
    ...options,
    checker: leastBusy(checkers),
    rooms: new Rooms(checkers.length > 1 ? largestRoom(packs) : 0),
  };
  const waiting = [...packs];
  const readNext = async (): Promise<void> => {
    for (let pack = waiting.shift(); pack !== undefined; pack = waiting.shift()) {
      if (hooks.isEnough?.() === true) return;
      options.signal?.throwIfAborted();
      const headerHash = expected.get(pack.id)?.headerHash;
      let problems = await readPack(repository, pack, headerHash, reading);
      // A second look tells a bad moment of the network from a bad pack.
      if (problems.length > 0) problems = await readPack(repository, pack, headerHash, reading);
      for (const problem of problems) {
        hooks.found(problem);
        if (problem.blob !== undefined) damaged.add(problem.blob as BlobId);
      }
      hooks.read(pack, problems.length === 0);
    }
  };
  try {
    // One for each, and one more that is on its way meanwhile. Each is a whole pack in memory.
    await Promise.all(Array.from({ length: checkers.length + 1 }, readNext));
  } finally {
    await Promise.all(checkers.map((checker) => checker.close()));
  }
  return damaged;
}

/** Asks the one that has the fewest packs. */
function leastBusy(checkers: PackChecker[]): Pick<PackChecker, 'check'> {
  const turns = checkers.map((checker) => ({ checker, packs: 0 }));
  return {
    async check(question) {
      const turn = turns.reduce((least, other) => (other.packs < least.packs ? other : least));
      turn.packs += 1;
      try {
        return await turn.checker.check(question);
      } finally {
        turn.packs -= 1;
      }
    },
  };
}

// Packs above this are rare, and get memory of their own.
const roomBytesMax = 64 * 1024 * 1024;

const largestRoom = (packs: StoredPack[]): number =>
  Math.min(
    roomBytesMax,
    packs.reduce((most, { size }) => Math.max(most, size), 0),
  );

async function readPack(
  { backend }: Repository,
  { id }: StoredPack,
  headerHash: string | undefined,
  { checker, rooms, ...options }: Operation & { checker: Pick<PackChecker, 'check'>; rooms: Rooms },
): Promise<CheckProblem[]> {
  let bytes: Buffer;
  try {
    bytes = await rooms.fill((room) =>
      backend.load(packKey(id), undefined, { ...pickSignal(options), room, maxBytes: packBytesMax }),
    );
  } catch (error) {
    if (!isFailure(error)) throw error;
    return [failureProblem(error, { pack: id })];
  }
  return await checker.check({ id, headerHash, bytes }).finally(() => rooms.giveBack(bytes));
}
