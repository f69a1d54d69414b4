// The parts of `check` that look at packs: are they there, are they whole, and does every byte open?
import { createHash, hash } from 'node:crypto';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { createCompressor, type Compressor } from '../format/compression.ts';
import { damagedPack } from '../format/damage.ts';
import { idOfKey, packKey } from '../format/layout.ts';
import { decodeHeaderLength, decodePackHeader, packTrailerBytes } from '../format/pack-header.ts';
import type { BlobId, PackId } from '../ids.ts';
import { openBlob } from '../repository/pack-reader.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import type { ExpectedPack } from './check-index.ts';
import { errorProblem, failureProblem, hintProblem, type CheckProblem } from './problems.ts';

/** A pack that is there. */
export interface StoredPack {
  id: PackId;
  size: number;
}

const parallelPacks = 3;

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
      found(errorProblem(message, { pack: id }));
      stored.push({ id, size });
    } else stored.push({ id, size });
  }
  for (const id of missing) {
    const message = `pack ${id} is missing, although ${expected.get(id)?.indexFile} names it`;
    found(errorProblem(message, { pack: id }));
  }
  if (unindexed > 0) found(hintProblem(`${unindexed} pack(s) are in no index; prune removes them`));
  return stored;
}

/** Reads packs whole and opens every blob. Gives the blobs that are damaged, and calls `read` after each pack. */
export async function readPacks(
  repository: Repository,
  packs: StoredPack[],
  expected: Map<PackId, ExpectedPack>,
  hooks: { found(problem: CheckProblem): void; read(pack: StoredPack): void },
  options: Operation,
): Promise<Set<BlobId>> {
  const damaged = new Set<BlobId>();
  const compressor = await createCompressor(3);
  const waiting = [...packs];
  const readNext = async (): Promise<void> => {
    for (let pack = waiting.shift(); pack !== undefined; pack = waiting.shift()) {
      options.signal?.throwIfAborted();
      const headerHash = expected.get(pack.id)?.headerHash;
      let problems = await readPack(repository, compressor, pack, headerHash, options);
      // A second look tells a bad moment of the network from a bad pack.
      if (problems.length > 0) problems = await readPack(repository, compressor, pack, headerHash, options);
      for (const problem of problems) {
        hooks.found(problem);
        if (problem.blob !== undefined) damaged.add(problem.blob as BlobId);
      }
      hooks.read(pack);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallelPacks }, readNext));
  } finally {
    compressor.close();
  }
  return damaged;
}

async function readPack(
  repository: Repository,
  compressor: Compressor,
  { id }: StoredPack,
  headerHash: string | undefined,
  options: Operation,
): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = [];
  const attempt = <Result>(work: () => Result): Result | undefined => {
    try {
      return work();
    } catch (error) {
      if (!isFailure(error)) throw error;
      problems.push(failureProblem(error, { pack: id }));
      return undefined;
    }
  };
  let bytes: Buffer;
  try {
    bytes = await repository.backend.load(packKey(id), undefined, pickSignal(options));
  } catch (error) {
    if (!isFailure(error)) throw error;
    return [failureProblem(error, { pack: id })];
  }
  if (hash('sha256', bytes) !== id)
    problems.push(failureProblem(damagedPack(id, 'its content does not match its name')));
  const header = attempt(() => openHeader(repository, id, bytes));
  if (header === undefined) return problems;
  if (headerHash !== undefined && createHash('sha256').update(header).digest('hex') !== headerHash)
    problems.push(errorProblem(`the header of pack ${id} and the index disagree on its blobs`, { pack: id }));
  for (const blob of attempt(() => decodePackHeader(id, header)) ?? []) {
    const sealed = bytes.subarray(blob.offset, blob.offset + blob.length);
    attempt(() => openBlob(repository, compressor, { ...blob, packId: id }, sealed));
  }
  return problems;
}

/** The plaintext of a whole pack's header. @throws Failure `repository.damaged-pack` */
export function openHeader({ sealer }: Pick<Repository, 'sealer'>, id: PackId, bytes: Buffer): Buffer {
  if (bytes.length < packTrailerBytes) throw damagedPack(id, 'it is too short');
  const length = decodeHeaderLength(id, bytes, bytes.length);
  const end = bytes.length - packTrailerBytes;
  const header = sealer.open(bytes.subarray(end - length, end));
  if (header === undefined) throw damagedPack(id, 'the seal of its header is broken');
  return header;
}
