// Sends finished packs to the backend and keeps the books: pack saved, then found in memory, then in an index file.
import { Breakage } from '../../base/breakage.ts';
import type { Operation } from '../../base/operation.ts';
import { indexParts } from '../format/index-file.ts';
import { packKey } from '../format/layout.ts';
import { type PackedBlob, packedBlobs } from '../format/pack-header.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { BlobIndex } from './blob-index.ts';
import type { PackNames } from './pack-names.ts';
import type { Repository } from './repository.ts';
import { pickSignal, saveSealedParts, sha256 } from './sealed-files.ts';

// An interrupted backup finds again what an index names, and stores the rest once more. As restic: at the latest after ten minutes;
// at first sooner, so that a short run that dies has not stored everything for nothing. Doubling keeps the files few.
const indexBlobs = 50_000;
const indexAgeMs = 10 * 60_000;
const firstIndexAgeMs = 15_000;

/** Where the finished packs of a run go. After the first failure it refuses everything: claimed blobs would be missing. */
export interface PackSink extends Pick<Breakage, 'throwIfBroken' | 'breakWith'> {
  /** Takes one pack. `header` is its header's plaintext. The bytes are the caller's again when the promise settles. */
  savePack(bytes: Uint8Array, header: Buffer, options?: Operation & { packId?: PackId }): Promise<void>;
  /** The index files written so far, where this one writes any. */
  readonly indexIds: readonly IndexId[];
  /** Makes what was taken durable and known. */
  flush(options?: Operation): Promise<void>;
  /** Resolves when nothing is on its way any more, whatever became of it: until then the lock has to be kept. */
  settled(): Promise<void>;
}

/** A saved pack that is in no index file yet: its header's plaintext, which is a quarter of what its blobs take as objects. */
interface UnindexedPack {
  id: PackId;
  header: Buffer;
  blobs: number;
}

/** Saves packs for all threads of a run. */
export class PackSaver extends Breakage implements PackSink {
  readonly #repository: Repository;
  readonly #index: BlobIndex;
  readonly #packNames: PackNames;
  #unindexed: UnindexedPack[] = [];
  #unindexedBlobs = 0;
  #oldestMs = 0;
  #ageMs = firstIndexAgeMs;
  #indexing: Promise<void> = Promise.resolve();
  #savedBytes = 0;
  readonly #underWay = new Set<Promise<void>>();
  /** The index files of this run. */
  readonly indexIds: IndexId[] = [];

  constructor(repository: Repository, index: BlobIndex, packNames: PackNames) {
    super();
    this.#repository = repository;
    this.#index = index;
    this.#packNames = packNames;
  }

  /** Bytes of packs saved so far. */
  get savedBytes(): number {
    return this.#savedBytes;
  }

  /** Saves one pack, whose id is computed here unless it is known. The bytes are free again when the promise settles. */
  async savePack(bytes: Uint8Array, header: Buffer, options: Operation & { packId?: PackId } = {}): Promise<void> {
    this.throwIfBroken();
    await this.#whileUnderWay(async () => {
      const id = options.packId ?? (sha256(bytes) as PackId);
      await this.#repository.backend.save(packKey(id), bytes, { ...pickSignal(options), sha256: id });
      this.#savedBytes += bytes.length;
      // Others may have broken it meanwhile: whoever removes what no index names must not find one later.
      this.throwIfBroken();
      this.#record(id, header);
      if (this.#isIndexDue()) await this.#saveIndex(options);
    });
  }

  /** Writes the index of every saved pack. */
  async flush(options: Operation = {}): Promise<void> {
    this.throwIfBroken();
    await this.#whileUnderWay(async () => {
      await this.#saveIndex(options);
      await this.#indexing;
    });
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #whileUnderWay(task: () => Promise<void>): Promise<void> {
    const work = this.byFailureOf(task);
    this.#underWay.add(work);
    try {
      await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  #record(packId: PackId, header: Buffer): void {
    const packNumber = this.#packNames.add(packId);
    let blobs = 0;
    for (const { type, id, offset, length, uncompressedLength } of packedBlobs(packId, header)) {
      this.#index.put(type, id, { packNumber, offset, length, uncompressedLength });
      blobs += 1;
    }
    if (this.#unindexed.length === 0) this.#oldestMs = performance.now();
    this.#unindexed.push({ id: packId, header: Buffer.from(header), blobs });
    this.#unindexedBlobs += blobs;
  }

  #isIndexDue(): boolean {
    return this.#unindexedBlobs >= indexBlobs || performance.now() - this.#oldestMs >= this.#ageMs;
  }

  #saveIndex(options: Operation): Promise<void> {
    const packs = this.#unindexed;
    if (packs.length === 0) return Promise.resolve();
    this.#unindexed = [];
    this.#unindexedBlobs = 0;
    this.#ageMs = Math.min(indexAgeMs, this.#ageMs * 2);
    // One after the other: each is in memory while it is made.
    for (const group of groupByIndex(packs)) {
      this.#indexing = this.#indexing.then(async () => {
        this.indexIds.push(
          await saveSealedParts<IndexId>(this.#repository, 'index', indexParts(opened(group)), options),
        );
      });
    }
    return this.#indexing;
  }
}

function groupByIndex(packs: readonly UnindexedPack[]): UnindexedPack[][] {
  const groups: UnindexedPack[][] = [];
  let blobs = 0;
  for (const pack of packs) {
    if (groups.length === 0 || blobs >= indexBlobs) {
      groups.push([]);
      blobs = 0;
    }
    groups.at(-1)?.push(pack);
    blobs += pack.blobs;
  }
  return groups;
}

function* opened(packs: readonly UnindexedPack[]): Generator<{ id: PackId; blobs: Iterable<PackedBlob> }> {
  for (const { id, header } of packs) yield { id, blobs: packedBlobs(id, header) };
}
