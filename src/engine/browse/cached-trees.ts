// Trees for those who look around: out of the cache where it has them. The index is read only when it lacks one.
import assert from 'node:assert/strict';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { createCompressor } from '../format/compression.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { missingBlob } from '../repository/pack-reader.ts';
import type { Repository } from '../repository/repository.ts';
import type { TreeReader } from './entries.ts';

/** Reads trees of one repository, each proved against its id wherever it comes from. */
export class CachedTrees implements TreeReader {
  readonly #repository: Repository;
  readonly #options: Operation;
  #indexed: Promise<IndexedRepository> | undefined;
  #opener: Promise<BlobOpener> | undefined;

  constructor(repository: Repository, options: Operation = {}) {
    this.#repository = repository;
    this.#options = options;
  }

  /** @throws Failure `repository.blob-missing`, `repository.damaged-pack` */
  async loadBlob(type: BlobType, id: BlobId, options: Operation = {}): Promise<Buffer> {
    assert.equal(type, 'tree');
    return (await this.#fromCache(id)) ?? (await this.#fromRepository(id, options));
  }

  /** Frees what reading used; the repository stays open. */
  async close(): Promise<void> {
    (await this.#opener)?.close();
    // One that could not be read was told to whoever asked.
    await this.#indexed?.then(
      (indexed) => indexed.close(),
      () => {},
    );
  }

  async #fromCache(id: BlobId): Promise<Buffer | undefined> {
    const kept = this.#repository.cache?.findTree(id);
    if (kept === undefined) return undefined;
    this.#opener ??= createCompressor(3).then((compressor) => new BlobOpener(this.#repository.sealer, compressor));
    const { sealed, uncompressedLength } = kept;
    const place = { packId: 'the cache' as PackId, offset: 0, length: sealed.length, uncompressedLength };
    try {
      return (await this.#opener).open({ type: 'tree', id, ...place }, sealed);
    } catch (error) {
      // It is taken from the repository then, and put in the place of the broken one.
      if (isFailure(error, 'repository.damaged-pack')) return undefined;
      throw error;
    }
  }

  async #fromRepository(id: BlobId, options: Operation): Promise<Buffer> {
    this.#indexed ??= this.#loadIndex();
    const indexed = await this.#indexed;
    const location = indexed.locateBlob('tree', id);
    if (location === undefined) throw missingBlob('tree', id);
    for await (const { plaintext, sealed } of indexed.loadBlobs(location.packId, [{ type: 'tree', id }], options)) {
      this.#repository.cache?.addTree(id, { sealed, uncompressedLength: location.uncompressedLength });
      return plaintext;
    }
    throw missingBlob('tree', id);
  }

  async #loadIndex(): Promise<IndexedRepository> {
    const indexed = await this.#repository.loadIndex(this.#options);
    this.#repository.cache?.keepTrees((id) => indexed.hasBlob('tree', id));
    return indexed;
  }
}
