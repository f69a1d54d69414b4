// Stores blobs from this thread: claims them, seals them into open packs, and hands full packs to be saved.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import type { Operation } from '../../base/operation.ts';
import { createCompressor, compressionLevels } from '../format/compression.ts';
import type { FrameStreams } from '../format/frame-stream.ts';
import type { BlobId, BlobType } from '../ids.ts';
import { BlobSealer, type FramedBlob } from './blob-sealer.ts';
import type { SavedBlob, SealedBytes } from './blob-store.ts';
import type { IndexedRepository } from './indexed-repository.ts';
import { newPackBuffer, type PackBuffer, PackBuilder, packTargetBytes } from './pack-builder.ts';

const maxPacksInFlight = 3;
const keptBufferBytes = 2 * packTargetBytes;

/** The writer of one thread. Sealing is synchronous, so that a blob is never claimed without being in a pack. */
export class BlobWriterHere {
  readonly #indexed: IndexedRepository;
  readonly #blobSealer: BlobSealer;
  // Each data blob goes to one of two open packs at random: the order of sizes in a pack would betray which known files
  // were stored (eprint.iacr.org/2025/532; restic does the same since 0.18).
  readonly #open: Record<BlobType, PackBuilder[]>;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #freeBuffers: PackBuffer[] = [];

  private constructor(indexed: IndexedRepository, blobSealer: BlobSealer) {
    this.#indexed = indexed;
    this.#blobSealer = blobSealer;
    this.#open = { data: [new PackBuilder('data'), new PackBuilder('data')], tree: [new PackBuilder('tree')] };
  }

  static async create(indexed: IndexedRepository): Promise<BlobWriterHere> {
    const { repository, writeOptions } = indexed;
    const compressor = await createCompressor(compressionLevels[writeOptions.compression]);
    return new BlobWriterHere(indexed, new BlobSealer(repository.sealer, compressor, indexed.sealing));
  }

  /** Stores the blob unless it is known. Waits while too many packs are on their way. */
  save(type: BlobType, digest: Buffer, plaintext: Uint8Array, options: Operation): Promise<SavedBlob> {
    return this.#store(type, digest, options, (builder) => builder.append(this.#blobSealer, digest, plaintext));
  }

  /** As `save`, for a blob that is sealed with this repository's key already, whose plaintext the caller has verified. */
  saveSealed(type: BlobType, digest: Buffer, { sealed, uncompressedLength }: SealedBytes, options: Operation) {
    return this.#store(type, digest, options, (builder) => {
      builder.appendSealed(digest, sealed, uncompressedLength);
      return sealed.length;
    });
  }

  /** As `save`, for a blob that was compressed as it came. */
  saveFramed(type: BlobType, framed: FramedBlob, streams: FrameStreams, options: Operation): Promise<SavedBlob> {
    return this.#store(type, framed.digest, options, (builder) =>
      builder.appendFramed(this.#blobSealer, framed, streams),
    );
  }

  async #store(
    type: BlobType,
    digest: Buffer,
    options: Operation,
    append: (builder: PackBuilder) => number,
  ): Promise<SavedBlob> {
    const { index, packSaver } = this.#indexed;
    while (this.#inFlight.size >= maxPacksInFlight) await Promise.race(this.#inFlight);
    options.signal?.throwIfAborted();
    packSaver.throwIfBroken();
    const id = digest.toString('hex') as BlobId;
    if (!index.claim(type, digest)) return { id, isNew: false, storedBytes: 0 };
    try {
      const builders = this.#open[type];
      const builder = builders[builders.length > 1 ? randomInt(builders.length) : 0];
      assert.ok(builder !== undefined);
      const storedBytes = append(builder);
      if (builder.isFull) this.#send(builder, options);
      return { id, isNew: true, storedBytes };
    } catch (error) {
      packSaver.breakWith(error);
      throw error;
    }
  }

  /** Takes over what a worker has sealed and not sent. */
  adopt(bytes: Uint8Array, header: Uint8Array, options: Operation): void {
    const builder = this.#open.data.find((open) => open.hasRoomFor(bytes, header)) ?? this.#open.data[0];
    assert.ok(builder !== undefined);
    if (!builder.hasRoomFor(bytes, header)) this.#send(builder, options);
    builder.adopt(bytes, header);
  }

  /** Saves the open packs and waits for all of them. */
  async flush(options: Operation): Promise<void> {
    this.#indexed.packSaver.throwIfBroken();
    for (const builders of Object.values(this.#open)) {
      for (const builder of builders) {
        const rest = builders.slice(builders.indexOf(builder) + 1).find((other) => !other.isEmpty);
        const { bytes, header } = builder.contents();
        // The last, half-empty packs of a type become one where they fit.
        if (rest?.hasRoomFor(bytes, header) === true) {
          rest.adopt(bytes, header);
          builder.reset();
        }
        if (!builder.isEmpty) this.#send(builder, options);
      }
    }
    await Promise.all(this.#inFlight);
    this.#indexed.packSaver.throwIfBroken();
  }

  close(): void {
    this.#blobSealer.close();
  }

  #send(builder: PackBuilder, options: Operation): void {
    const { packSaver, repository } = this.#indexed;
    const pack = builder.finish(repository.sealer);
    builder.reset(this.#freeBuffers.pop() ?? newPackBuffer());
    const sending = packSaver
      .savePack(pack.bytes, pack.header, options)
      // A failure is kept by the pack saver and thrown at the next call.
      .catch(() => {})
      .finally(() => {
        this.#inFlight.delete(sending);
        // One that had to grow for a very large blob is not kept.
        if (pack.bytes.buffer.byteLength <= keptBufferBytes) this.#freeBuffers.push(new Uint8Array(pack.bytes.buffer));
      });
    this.#inFlight.add(sending);
  }
}
