// Reads blobs out of packs: in one request where they lie close together, each verified against its id.
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { sealOverhead } from '../crypto/seal.ts';
import { createCompressor } from '../format/compression.ts';
import { damagedPack } from '../format/damage.ts';
import { packKey } from '../format/layout.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import { BlobOpener } from './blob-opener.ts';
import { openInPieces } from './blob-pieces.ts';
import type { BlobLocation } from './indexed-repository.ts';
import type { Repository } from './repository.ts';
import type { Rooms } from './rooms.ts';
import { pickSignal } from './sealed-files.ts';

/** A blob by its name. */
export interface WantedBlob {
  type: BlobType;
  id: BlobId;
}

/** A blob with its verified plaintext, which belongs to the receiver, and its bytes in the pack. */
export interface LoadedBlob extends WantedBlob {
  plaintext: Buffer;
  sealed: Buffer;
}

/** A blob with its place. */
export type LocatedBlob = WantedBlob & BlobLocation;

/** A part of a pack, which belongs to the receiver, and the blobs in it that were wanted. `start` is its offset in bytes. */
export interface SealedStretch {
  start: number;
  bytes: Buffer;
  blobs: LocatedBlob[];
}

// As restic: reading a gap is cheaper than a further request until it is about a megabyte wide.
const maxGapBytes = 1024 * 1024;
const maxRequestBytes = 32 * 1024 * 1024;
// Blobs below this are opened in one piece. Only trees are ever larger when they are compressed.
const largeBytes = 4 * 1024 * 1024;

/** How large a stretch may be; one blob may exceed it. */
export interface StretchLimits {
  bytes: number;
  blobs: number;
}

/** How stretches are read. With `rooms` each has to be given back to them. */
export interface SealedLoading extends Operation {
  limits?: StretchLimits;
  rooms?: Rooms;
}

/** Reads blobs of one repository. */
export class PackReader {
  readonly #repository: Repository;
  #opener: Promise<BlobOpener> | undefined;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** One blob. @throws Failure `repository.damaged-pack`, `repository.pack-missing` */
  async loadBlob(blob: LocatedBlob, options: Operation = {}): Promise<Buffer> {
    const sealed = await this.#loadRange(blob.packId, blob.offset, blob.length, options);
    return this.openBlob(blob, sealed);
  }

  /** The same blob in pieces, and compressed in memory when it is large. @throws as `loadBlob` */
  async readBlob(blob: LocatedBlob, options: Operation = {}): Promise<() => Iterable<Buffer>> {
    if (blob.uncompressedLength <= largeBytes) {
      const plaintext = await this.loadBlob(blob, options);
      return () => [plaintext];
    }
    const sealed = await this.#loadRange(blob.packId, blob.offset, blob.length, options);
    return openInPieces(blob, this.#repository.sealer, sealed);
  }

  /** Stretches of one pack that hold these blobs, still sealed, with as few requests as gaps allow. */
  async *loadSealed(packId: PackId, blobs: LocatedBlob[], options: SealedLoading = {}): AsyncGenerator<SealedStretch> {
    const limits = options.limits ?? { bytes: maxRequestBytes, blobs: Number.POSITIVE_INFINITY };
    const sorted = blobs.toSorted((a, b) => a.offset - b.offset);
    for (const group of groupByRequest(sorted, limits)) {
      const start = group[0]?.offset ?? 0;
      const last = group.at(-1);
      const end = (last?.offset ?? 0) + (last?.length ?? 0);
      yield { start, bytes: await this.#loadRange(packId, start, end - start, options), blobs: group };
    }
  }

  /** Blobs of one pack in the order of their places. */
  async *loadBlobs(packId: PackId, blobs: LocatedBlob[], options: Operation = {}): AsyncGenerator<LoadedBlob> {
    for await (const { start, bytes, blobs: group } of this.loadSealed(packId, blobs, options)) {
      for (const blob of group) {
        const sealed = bytes.subarray(blob.offset - start, blob.offset - start + blob.length);
        yield { type: blob.type, id: blob.id, plaintext: await this.openBlob(blob, sealed), sealed };
      }
    }
  }

  /** Opens, decompresses and verifies one blob's bytes. @throws Failure `repository.damaged-pack` */
  async openBlob(blob: LocatedBlob, sealed: Uint8Array): Promise<Buffer> {
    this.#opener ??= createCompressor(3).then((compressor) => new BlobOpener(this.#repository.sealer, compressor));
    return (await this.#opener).open(blob, sealed);
  }

  close(): void {
    void this.#opener?.then((opener) => opener.close());
    this.#opener = undefined;
  }

  async #loadRange(packId: PackId, offset: number, length: number, options: SealedLoading): Promise<Buffer> {
    const load = (room?: Uint8Array): Promise<Buffer> =>
      this.#repository.backend.load(
        packKey(packId),
        { offset, length },
        { ...pickSignal(options), ...(room && { room }) },
      );
    try {
      return await (options.rooms?.fill(load) ?? load());
    } catch (error) {
      if (isFailure(error, 'backend.not-found')) throw missingPack(packId, error);
      if (isFailure(error, 'backend.short-object')) throw damagedPack(packId, 'it is shorter than its index says');
      throw error;
    }
  }
}

/** The bytes of a blob's plaintext, from its place. */
export function plaintextLength(place: { length: number; uncompressedLength: number }): number {
  return place.uncompressedLength === 0 ? place.length - sealOverhead : place.uncompressedLength;
}

function groupByRequest(sorted: LocatedBlob[], limits: StretchLimits): LocatedBlob[][] {
  const groups: LocatedBlob[][] = [];
  let start = 0;
  let end = 0;
  for (const blob of sorted) {
    const group = groups.at(-1);
    const isNear = group !== undefined && blob.offset - end <= maxGapBytes && group.length < limits.blobs;
    if (isNear && blob.offset + blob.length - start <= limits.bytes) group.push(blob);
    else {
      groups.push([blob]);
      start = blob.offset;
    }
    end = Math.max(blob.offset + blob.length, groups.at(-1) === group ? end : 0);
  }
  return groups;
}

/** A blob that no index file knows. */
export function missingBlob(type: BlobType, id: BlobId): Failure {
  return new Failure('repository.blob-missing', {
    message: `the ${type} blob ${id} is in no pack that the index knows`,
    hint: 'Run `orbit repo check` to see which snapshots are affected.',
    facts: { blob: id },
  });
}

function missingPack(packId: PackId, cause: Failure): Failure {
  return new Failure('repository.pack-missing', {
    message: `pack ${packId} is gone from the repository`,
    hint: 'Run `orbit repo check` to see which files are affected, and copy the pack from another destination if there is one.',
    facts: { pack: packId },
    cause,
  });
}
