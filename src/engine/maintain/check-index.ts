// The part of `check` that reads every index file: what packs there should be, and whether the files agree.
import { hash } from 'node:crypto';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexedPack } from '../format/index-file.ts';
import { type IndexSink, readIndexBlobs } from '../format/index-parts.ts';
import { fileKey } from '../format/layout.ts';
import { encodePackHeader, packBytes } from '../format/pack-header.ts';
import type { BlobId, BlobType, IndexId, PackId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { listFiles, loadSealedFiles } from '../repository/sealed-files.ts';
import { errorProblem, failureProblem, hintProblem, type CheckProblem } from './problems.ts';

/** What the index promises of a pack. */
export interface ExpectedPack {
  /** Stored bytes. */
  size: number;
  /** SHA-256 of the header that its blobs would have. */
  headerHash: string;
  blobs: number;
  indexFile: string;
}

type Found = (problem: CheckProblem) => void;

/** Reads every index file into `indexed` and gives what packs they promise. Files that cannot be read become problems. */
export async function readIndexFiles(
  indexed: IndexedRepository,
  found: Found,
  options: Operation,
): Promise<Map<PackId, ExpectedPack>> {
  const { repository } = indexed;
  const expected = new Map<PackId, ExpectedPack>();
  const files = await listFiles<IndexId>(repository.backend, 'index', options);
  for await (const { id, parts } of loadSealedFiles(repository, 'index', files, options)) {
    options.signal?.throwIfAborted();
    const file = fileKey('index', id);
    try {
      const packs = new PromisedPacks(indexed, file);
      readIndexBlobs(file, await parts(), packs);
      packs.addTo(expected, found);
    } catch (error) {
      if (!isFailure(error)) throw error;
      found(failureProblem(error, { file }));
    }
  }
  return expected;
}

/** Takes in one index file. Of blobs, only those of one pack are held as objects. */
class PromisedPacks implements IndexSink {
  readonly #indexed: IndexedRepository;
  readonly #file: string;
  #packs: (ExpectedPack & { id: PackId })[] = [];
  #problems: CheckProblem[] = [];
  #pack: IndexedPack | undefined;
  #packNumber = 0;

  constructor(indexed: IndexedRepository, file: string) {
    this.#indexed = indexed;
    this.#file = file;
  }

  again(): void {
    this.#packs = [];
    this.#problems = [];
    this.#pack = undefined;
  }

  pack(id: PackId): void {
    this.#finish();
    this.#pack = { id, blobs: [] };
    this.#packNumber = this.#indexed.packNames.add(id);
  }

  blob(type: BlobType, id: Uint8Array, offset: number, length: number, uncompressedLength: number): void {
    this.#indexed.index.load(type, id, { packNumber: this.#packNumber, offset, length, uncompressedLength });
    const text = Buffer.from(id.buffer, id.byteOffset, id.length).toString('hex') as BlobId;
    this.#pack?.blobs.push({ type, id: text, offset, length, uncompressedLength });
  }

  /** When the file is read to its end. */
  addTo(expected: Map<PackId, ExpectedPack>, found: Found): void {
    this.#finish();
    for (const problem of this.#problems) found(problem);
    for (const { id, ...pack } of this.#packs) {
      const other = expected.get(id);
      if (other === undefined) expected.set(id, pack);
      else if (other.headerHash === pack.headerHash)
        found(hintProblem(`pack ${id} is in two index files`, { pack: id, file: pack.indexFile }));
      else {
        const message = `${other.indexFile} and ${pack.indexFile} disagree on what pack ${id} holds`;
        found(errorProblem(message, { pack: id, file: pack.indexFile }));
      }
    }
  }

  #finish(): void {
    if (this.#pack === undefined) return;
    const { id, blobs } = this.#pack;
    const file = this.#file;
    blobs.sort((a, b) => a.offset - b.offset);
    let end = 0;
    for (const blob of blobs) {
      if (blob.offset !== end) {
        const message = `${file} says that blob ${blob.id} of pack ${id} starts at ${blob.offset}, where it can only start at ${end}`;
        this.#problems.push(errorProblem(message, { file, pack: id, blob: blob.id }));
      }
      end = blob.offset + blob.length;
    }
    if (blobs.some(({ type }) => type !== blobs[0]?.type))
      this.#problems.push(hintProblem(`pack ${id} holds trees and data; prune sorts them`, { pack: id }));
    const headerHash = hash('sha256', encodePackHeader(blobs));
    this.#packs.push({ id, size: packBytes(blobs), headerHash, blobs: blobs.length, indexFile: file });
    this.#pack = undefined;
  }
}
