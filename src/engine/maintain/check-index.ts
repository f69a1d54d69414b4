// The part of `check` that reads every index file: what packs there should be, and whether the files agree.
import { createHash } from 'node:crypto';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { fileKey } from '../format/layout.ts';
import { encodePackHeader, packBytes } from '../format/pack-header.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { listFiles, loadSealedFiles } from '../repository/sealed-files.ts';
import { errorProblem, failureProblem, hintProblem, type CheckProblem } from './problems.ts';

/** What the index promises of a pack. */
export interface ExpectedPack {
  /** Stored bytes. */
  size: number;
  /** SHA-256 of the header that its blobs would have. */
  headerHash: string;
  indexFile: string;
}

/** Reads every index file into `indexed` and gives what packs they promise. Files that cannot be read become problems. */
export async function readIndexFiles(
  indexed: IndexedRepository,
  found: (problem: CheckProblem) => void,
  options: Operation,
): Promise<Map<PackId, ExpectedPack>> {
  const { repository } = indexed;
  const expected = new Map<PackId, ExpectedPack>();
  const files = await listFiles<IndexId>(repository.backend, 'index', options);
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, options)) {
    options.signal?.throwIfAborted();
    const file = fileKey('index', id);
    try {
      const packs = decodeIndex(file, await json());
      indexed.addPacks(packs);
      for (const pack of packs) expectPack(expected, pack, file, found);
    } catch (error) {
      if (!isFailure(error)) throw error;
      found(failureProblem(error, { file }));
    }
  }
  return expected;
}

function expectPack(
  expected: Map<PackId, ExpectedPack>,
  pack: IndexedPack,
  indexFile: string,
  found: (problem: CheckProblem) => void,
): void {
  const blobs = pack.blobs.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  for (const blob of blobs) {
    if (blob.offset !== end) {
      const message = `${indexFile} says that blob ${blob.id} of pack ${pack.id} starts at ${blob.offset}, where it can only start at ${end}`;
      found(errorProblem(message, { file: indexFile, pack: pack.id, blob: blob.id }));
    }
    end = blob.offset + blob.length;
  }
  if (new Set(blobs.map(({ type }) => type)).size > 1)
    found(hintProblem(`pack ${pack.id} holds trees and data; prune sorts them`, { pack: pack.id }));
  const headerHash = createHash('sha256').update(encodePackHeader(blobs)).digest('hex');
  const other = expected.get(pack.id);
  if (other === undefined) expected.set(pack.id, { size: packBytes(blobs), headerHash, indexFile });
  else if (other.headerHash === headerHash)
    found(hintProblem(`pack ${pack.id} is in two index files`, { pack: pack.id, file: indexFile }));
  else {
    const message = `${other.indexFile} and ${indexFile} disagree on what pack ${pack.id} holds`;
    found(errorProblem(message, { pack: pack.id, file: indexFile }));
  }
}
