// Replaces index files by ones without certain packs: the new ones are stored before the old ones go.
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack, indexParts } from '../format/index-file.ts';
import { fileKey } from '../format/layout.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { loadSealedFiles, pickSignal, saveSealedParts, withSizes } from '../repository/sealed-files.ts';

/** What changes. */
export interface IndexChange {
  /** The index files that are there and can be read. */
  files: Iterable<IndexId>;
  /** Packs that no index names afterwards. */
  drop: ReadonlySet<PackId>;
  /** Packs that are added. */
  add?: readonly IndexedPack[];
  /** Index files that cannot be read: they go when everything else is stored. */
  unreadable?: ReadonlySet<IndexId>;
}

/** As restic: larger files are split. */
const blobsPerFile = 50_000;
// Files with fewer blobs are put together when the index is rewritten anyway.
const smallFileBlobs = 10_000;

/**
 * Rewrites the index. Interrupted at any moment, every pack that stays is named by at least one file.
 * Hold the exclusive lock. An index file that cannot be removed ends it: it would name packs that are about to go.
 * Gives the index files that should be there afterwards.
 */
export async function rewriteIndex(
  repository: Repository,
  change: IndexChange,
  options: Operation = {},
): Promise<Set<IndexId>> {
  const operation = pickSignal(options);
  const collected = new IndexCollector(repository, operation);
  const replaced: IndexId[] = [...(change.unreadable ?? [])];
  const kept: IndexId[] = [];
  const files = await withSizes(repository.backend, 'index', change.files, operation);
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, operation)) {
    options.signal?.throwIfAborted();
    const packs = decodeIndex(fileKey('index', id), await json());
    const blobs = packs.reduce((sum, pack) => sum + pack.blobs.length, 0);
    if (blobs >= smallFileBlobs && !packs.some((pack) => change.drop.has(pack.id))) {
      kept.push(id);
      continue;
    }
    replaced.push(id);
    for (const pack of packs) if (!change.drop.has(pack.id)) await collected.add(pack);
  }
  for (const pack of change.add ?? []) await collected.add(pack);
  const written = await collected.finish();
  // The old ones go next, so the new ones are read back first.
  const stored = await withSizes(repository.backend, 'index', written, operation);
  for await (const { json } of loadSealedFiles(repository, 'index', stored, operation)) await json();
  for (const id of replaced) {
    await repository.backend.remove(fileKey('index', id), operation).catch((error: unknown) => {
      if (!isFailure(error, 'backend.not-found')) throw error;
    });
  }
  return new Set([...kept, ...written]);
}

/** Gathers packs and stores an index file whenever there are enough; each pack once. */
class IndexCollector {
  readonly #repository: Repository;
  readonly #options: Operation;
  readonly #seen = new Set<PackId>();
  readonly #written: IndexId[] = [];
  #packs: IndexedPack[] = [];
  #blobs = 0;

  constructor(repository: Repository, options: Operation) {
    this.#repository = repository;
    this.#options = options;
  }

  async add(pack: IndexedPack): Promise<void> {
    if (this.#seen.has(pack.id)) return;
    this.#seen.add(pack.id);
    this.#packs.push(pack);
    this.#blobs += pack.blobs.length;
    if (this.#blobs >= blobsPerFile) await this.#save();
  }

  async finish(): Promise<IndexId[]> {
    if (this.#packs.length > 0) await this.#save();
    return this.#written;
  }

  async #save(): Promise<void> {
    const parts = indexParts(this.#packs);
    this.#packs = [];
    this.#blobs = 0;
    this.#written.push(await saveSealedParts<IndexId>(this.#repository, 'index', parts, this.#options));
  }
}
