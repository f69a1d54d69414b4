// Reads blobs out of packs: in one request where they lie close together, each verified against its id.
import { hash } from 'node:crypto';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { sealOverhead } from '../crypto/seal.ts';
import { createCompressor, type Compressor } from '../format/compression.ts';
import { damagedPack } from '../format/damage.ts';
import { packKey } from '../format/layout.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import type { BlobLocation } from './indexed-repository.ts';
import type { Repository } from './repository.ts';
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

// As restic: reading a gap is cheaper than a further request until it is about a megabyte wide.
const maxGapBytes = 1024 * 1024;
const maxRequestBytes = 32 * 1024 * 1024;

/** Reads blobs of one repository. */
export class PackReader {
  readonly #repository: Repository;
  #compressor: Promise<Compressor> | undefined;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** One blob. @throws Failure `repository.damaged-pack`, `repository.pack-missing` */
  async loadBlob(blob: LocatedBlob, options: Operation = {}): Promise<Buffer> {
    const sealed = await this.#loadRange(blob.packId, blob.offset, blob.length, options);
    return this.openBlob(blob, sealed);
  }

  /** Blobs of one pack in the order of their places. */
  async *loadBlobs(packId: PackId, blobs: LocatedBlob[], options: Operation = {}): AsyncGenerator<LoadedBlob> {
    const sorted = blobs.toSorted((a, b) => a.offset - b.offset);
    for (const group of groupByRequest(sorted)) {
      const start = group[0]?.offset ?? 0;
      const last = group.at(-1);
      const end = (last?.offset ?? 0) + (last?.length ?? 0);
      const bytes = await this.#loadRange(packId, start, end - start, options);
      for (const blob of group) {
        const sealed = bytes.subarray(blob.offset - start, blob.offset - start + blob.length);
        yield { type: blob.type, id: blob.id, plaintext: await this.openBlob(blob, sealed), sealed };
      }
    }
  }

  /** Opens, decompresses and verifies one blob's bytes. @throws Failure `repository.damaged-pack` */
  async openBlob(blob: LocatedBlob, sealed: Uint8Array): Promise<Buffer> {
    this.#compressor ??= createCompressor(3);
    return openBlob(this.#repository, await this.#compressor, blob, sealed);
  }

  close(): void {
    void this.#compressor?.then((compressor) => compressor.close());
    this.#compressor = undefined;
  }

  async #loadRange(packId: PackId, offset: number, length: number, options: Operation): Promise<Buffer> {
    try {
      return await this.#repository.backend.load(packKey(packId), { offset, length }, pickSignal(options));
    } catch (error) {
      if (isFailure(error, 'backend.not-found')) throw missingPack(packId, error);
      if (isFailure(error, 'backend.short-object')) throw damagedPack(packId, 'it is shorter than its index says');
      throw error;
    }
  }
}

/** Opens one sealed blob with the given tools. @throws Failure `repository.damaged-pack` */
export function openBlob(
  { sealer }: Pick<Repository, 'sealer'>,
  compressor: Compressor,
  blob: LocatedBlob,
  sealed: Uint8Array,
): Buffer {
  const { packId, id, uncompressedLength } = blob;
  const opened = sealer.open(sealed);
  if (opened === undefined) throw damagedPack(packId, 'its seal is broken', id);
  let plaintext = opened;
  if (uncompressedLength !== 0) {
    refuseBomb(blob, opened.length);
    plaintext = Buffer.allocUnsafeSlow(uncompressedLength);
    if (!compressor.decompressTo(opened, plaintext)) throw damagedPack(packId, 'it cannot be decompressed', id);
  }
  if (hash('sha256', plaintext) !== id) throw damagedPack(packId, 'its content does not match its id', id);
  return plaintext;
}

/** The bytes of a blob's plaintext, from its place. */
export function plaintextLength(place: { length: number; uncompressedLength: number }): number {
  return place.uncompressedLength === 0 ? place.length - sealOverhead : place.uncompressedLength;
}

// zstd makes at most about 1:65,000 of a run; an index that promises more is an attempt to exhaust memory.
function refuseBomb(blob: LocatedBlob, frameBytes: number): void {
  if (blob.uncompressedLength > 1024 * 1024 + frameBytes * 131_072)
    throw damagedPack(blob.packId, 'its index promises more than it can hold', blob.id);
}

function groupByRequest(sorted: LocatedBlob[]): LocatedBlob[][] {
  const groups: LocatedBlob[][] = [];
  let start = 0;
  let end = 0;
  for (const blob of sorted) {
    const group = groups.at(-1);
    const isNear = group !== undefined && blob.offset - end <= maxGapBytes;
    if (isNear && blob.offset + blob.length - start <= maxRequestBytes) group.push(blob);
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
