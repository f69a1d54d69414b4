// Proves one pack from its bytes: its name, its header, and every blob in it. Runs in worker threads as well as here.
import { createHash } from 'node:crypto';
import { isFailure } from '../../base/failure.ts';
import type { Sealer } from '../crypto/seal.ts';
import { createTwinHasher, type TwinHasher } from '../crypto/twin-hash.ts';
import { createCompressor } from '../format/compression.ts';
import { damagedPack } from '../format/damage.ts';
import { decodeHeaderLength, decodePackHeader, packTrailerBytes } from '../format/pack-header.ts';
import type { PackId } from '../ids.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import { errorProblem, failureProblem, type CheckProblem } from './problems.ts';

/** What one thread needs to open packs. */
export interface PackTools {
  sealer: Sealer;
  opener: BlobOpener;
  hasher: TwinHasher;
}

/** The tools of one thread. Close the opener. */
export async function openPackTools(sealer: Sealer): Promise<PackTools> {
  const hasher = await createTwinHasher();
  return { sealer, hasher, opener: new BlobOpener(sealer, await createCompressor(3), hasher) };
}

/** What is wrong with these bytes of a pack. `headerHash` is the SHA-256 of the header that the index promises, if it knows the pack. */
export function checkPack(
  { sealer, opener, hasher }: PackTools,
  id: PackId,
  headerHash: string | undefined,
  bytes: Buffer,
): CheckProblem[] {
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
  const checkBlobs = (header: Buffer): void => {
    if (headerHash !== undefined && createHash('sha256').update(header).digest('hex') !== headerHash)
      problems.push(errorProblem(`the header of pack ${id} and the index disagree on its blobs`, { pack: id }));
    for (const blob of attempt(() => decodePackHeader(id, header)) ?? []) {
      const sealed = bytes.subarray(blob.offset, blob.offset + blob.length);
      attempt(() => opener.view({ ...blob, packId: id }, sealed));
    }
  };
  const header = attempt(() => openHeader(sealer, id, bytes));
  // The pack is hashed beside its blobs.
  hasher.follow(bytes);
  if (header !== undefined) checkBlobs(header);
  if (hasher.finish(bytes) !== id)
    problems.unshift(failureProblem(damagedPack(id, 'its content does not match its name')));
  return problems;
}

function openHeader(sealer: Sealer, id: PackId, bytes: Buffer): Buffer {
  if (bytes.length < packTrailerBytes) throw damagedPack(id, 'it is too short');
  const length = decodeHeaderLength(id, bytes, bytes.length);
  const end = bytes.length - packTrailerBytes;
  const header = sealer.open(bytes.subarray(end - length, end));
  if (header === undefined) throw damagedPack(id, 'the seal of its header is broken');
  return header;
}
