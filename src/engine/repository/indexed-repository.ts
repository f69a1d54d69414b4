// A repository whose index is loaded: it finds, reads and stores blobs.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { Operation } from '../../base/operation.ts';
import { type Compression, compressionLevels } from '../format/compression.ts';
import { frameStreams } from '../format/frame-stream.ts';
import type { IndexedPack } from '../format/index-file.ts';
import { readIndexBlobs } from '../format/index-parts.ts';
import { fileKey } from '../format/layout.ts';
import type { BlobId, BlobType, IndexId, PackId } from '../ids.ts';
import type { BlobSealerOptions } from './blob-sealer.ts';
import { BlobIndex } from './blob-index.ts';
import type { BlobReader, BlobWriter, SavedBlob, SealedBytes, StreamedBlob } from './blob-store.ts';
import { BlobWriterHere } from './blob-writer-here.ts';
import { framedStream } from './framed-stream.ts';
import { PackNames } from './pack-names.ts';
import {
  type LoadedBlob,
  type LocatedBlob,
  missingBlob,
  PackReader,
  plaintextLength,
  type SealedStretch,
  type SealedLoading,
  type WantedBlob,
} from './pack-reader.ts';
import { PackSaver, type PackSink } from './pack-saver.ts';
import type { Repository } from './repository.ts';
import { listFiles, loadSealedFiles } from './sealed-files.ts';

/** How blobs are stored. */
export interface WriteOptions {
  /** Default `auto`. */
  compression?: Compression;
  /** Opens and compares every blob before it is sent; default true. */
  verifies?: boolean;
}

/** Where a blob lies, for those who read pack by pack. Offset and lengths in bytes. */
export interface BlobLocation {
  packId: PackId;
  offset: number;
  length: number;
  uncompressedLength: number;
}

/** Reads and stores blobs. Several calls may run at once. */
export class IndexedRepository implements BlobReader, BlobWriter {
  readonly repository: Repository;
  readonly index: BlobIndex;
  readonly packNames: PackNames;
  readonly packSaver: PackSink;
  readonly writeOptions: Required<WriteOptions>;
  /** Called at the start of `flush`: workers hand over what they have sealed. */
  readonly beforeFlush = new Set<() => Promise<void>>();
  readonly #loadedIndexIds: IndexId[] = [];
  readonly #reader: PackReader;
  readonly #ownsIndex: boolean;
  #writer: Promise<BlobWriterHere> | undefined;

  private constructor(
    repository: Repository,
    options: WriteOptions,
    shared?: { of: IndexedRepository; sink: PackSink },
  ) {
    this.repository = repository;
    this.index = shared?.of.index ?? new BlobIndex(undefined, repository.memoryBlobs);
    this.#ownsIndex = shared === undefined;
    this.packNames = shared?.of.packNames ?? new PackNames();
    this.writeOptions = { compression: options.compression ?? 'auto', verifies: options.verifies ?? true };
    this.packSaver = shared?.sink ?? new PackSaver(repository, this.index, this.packNames);
    this.#reader = new PackReader(repository);
  }

  /** Without any index file yet, for those who read them one by one. */
  static empty(repository: Repository): IndexedRepository {
    return new IndexedRepository(repository, {});
  }

  /** The same index and the same key, but what is stored goes to `sink`. To be closed by itself. */
  writingTo(sink: PackSink): IndexedRepository {
    return new IndexedRepository(this.repository, this.writeOptions, { of: this, sink });
  }

  /** Reads every index file. @throws Failure `repository.damaged-file` */
  static async load(repository: Repository, options: Operation & WriteOptions = {}): Promise<IndexedRepository> {
    const indexed = new IndexedRepository(repository, options);
    const files = await listFiles<IndexId>(repository.backend, 'index', options);
    try {
      for await (const { id, parts } of loadSealedFiles(repository, 'index', files, options)) {
        indexed.#addFile(fileKey('index', id), await parts());
        indexed.#loadedIndexIds.push(id);
      }
      indexed.index.settle();
    } catch (error) {
      indexed.index.close();
      throw error;
    }
    return indexed;
  }

  /** The index files that were read, and those that were written since. */
  get indexIds(): Set<IndexId> {
    return new Set([...this.#loadedIndexIds, ...this.packSaver.indexIds]);
  }

  /** How blobs of this repository are sealed. */
  get sealing(): BlobSealerOptions {
    const { compression, verifies } = this.writeOptions;
    return { canCompress: this.repository.version >= 2, compressesData: compression !== 'off', verifies };
  }

  /** Takes in what an index file says. */
  addPacks(packs: IndexedPack[]): void {
    for (const pack of packs) {
      const packNumber = this.packNames.add(pack.id);
      for (const { type, id: blobId, offset, length, uncompressedLength } of pack.blobs)
        this.index.load(type, blobId, { packNumber, offset, length, uncompressedLength });
    }
  }

  #addFile(file: string, read: () => Iterable<Buffer>): void {
    let packNumber = 0;
    readIndexBlobs(file, read, {
      pack: (id) => void (packNumber = this.packNames.add(id)),
      blob: (type, id, offset, length, uncompressedLength) =>
        this.index.load(type, id, { packNumber, offset, length, uncompressedLength }),
      // The first place of a blob stays.
      again: () => {},
    });
  }

  hasBlob(type: BlobType, id: BlobId): boolean {
    return this.index.has(type, id);
  }

  blobSize(type: BlobType, id: BlobId): number | undefined {
    const place = this.index.find(type, id);
    return place === undefined ? undefined : plaintextLength(place);
  }

  /** Where the blob lies, or undefined when it is unknown or not yet in a saved pack. */
  locateBlob(type: BlobType, id: BlobId): BlobLocation | undefined {
    const place = this.index.find(type, id);
    if (place === undefined) return undefined;
    const { packNumber, ...rest } = place;
    return { packId: this.packNames.get(packNumber), ...rest };
  }

  async loadBlob(type: BlobType, id: BlobId, options: Operation = {}): Promise<Buffer> {
    const location = this.locateBlob(type, id);
    if (location === undefined) throw missingBlob(type, id);
    return this.#reader.loadBlob({ type, id, ...location }, options);
  }

  async readBlob(type: BlobType, id: BlobId, options: Operation = {}): Promise<() => Iterable<Buffer>> {
    const location = this.locateBlob(type, id);
    if (location === undefined) throw missingBlob(type, id);
    return this.#reader.readBlob({ type, id, ...location }, options);
  }

  /**
   * Blobs of one pack, in the order of their places, with as few requests as gaps allow. The caller groups by `locateBlob`.
   * @throws Failure `repository.blob-missing`, `repository.damaged-pack`
   */
  loadBlobs(packId: PackId, wanted: readonly WantedBlob[], options: Operation = {}): AsyncGenerator<LoadedBlob> {
    return this.#reader.loadBlobs(packId, this.#locate(packId, wanted), options);
  }

  /** The same of blobs that were located, still sealed, for threads that open them. @throws Failure `repository.pack-missing` */
  loadSealed(packId: PackId, blobs: LocatedBlob[], options: SealedLoading = {}): AsyncGenerator<SealedStretch> {
    return this.#reader.loadSealed(packId, blobs, options);
  }

  #locate(packId: PackId, wanted: readonly WantedBlob[]): LocatedBlob[] {
    return wanted.map(({ type, id }) => {
      const location = this.locateBlob(type, id);
      if (location === undefined) throw missingBlob(type, id);
      assert.equal(location.packId, packId, 'the blob lies in another pack');
      return { type, id, ...location };
    });
  }

  async saveBlob(type: BlobType, plaintext: Uint8Array, options: Operation = {}): Promise<SavedBlob> {
    const digest = hash('sha256', plaintext, 'buffer');
    this.packSaver.throwIfBroken();
    return (await this.#writerHere()).save(type, digest, plaintext, options);
  }

  /** Undefined in version 1, which has no compressed form. */
  async streamBlob(type: BlobType): Promise<StreamedBlob | undefined> {
    if (!this.sealing.canCompress) return undefined;
    const streams = await frameStreams();
    const writer = await this.#writerHere();
    return framedStream(streams, compressionLevels[this.writeOptions.compression], (framed, options) => {
      this.packSaver.throwIfBroken();
      return writer.saveFramed(type, framed, streams, options);
    });
  }

  /** Stores a blob that is sealed with this repository's key already, whose plaintext the caller has verified. */
  async saveSealed(type: BlobType, id: BlobId, blob: SealedBytes, options: Operation = {}): Promise<SavedBlob> {
    this.packSaver.throwIfBroken();
    return (await this.#writerHere()).saveSealed(type, Buffer.from(id, 'hex'), blob, options);
  }

  /** Takes over blobs that a worker has claimed and sealed but not sent; they are stored by the next `flush`. */
  async adoptSealed(bytes: Uint8Array, header: Uint8Array, options: Operation = {}): Promise<void> {
    (await this.#writerHere()).adopt(bytes, header, options);
  }

  async flush(options: Operation = {}): Promise<void> {
    await Promise.all([...this.beforeFlush].map((handOver) => handOver()));
    await (await this.#writer)?.flush(options);
    await this.packSaver.flush(options);
  }

  /** Waits for what is on its way and frees what writing used. Unflushed blobs are dropped. */
  async close(): Promise<void> {
    await this.packSaver.settled();
    (await this.#writer)?.close();
    this.#writer = undefined;
    this.#reader.close();
    if (this.#ownsIndex) this.index.close();
  }

  #writerHere(): Promise<BlobWriterHere> {
    this.#writer ??= BlobWriterHere.create(this);
    return this.#writer;
  }
}
