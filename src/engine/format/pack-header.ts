// The header at the end of a pack: which blobs it holds, in their order (restic internal/repository/pack/pack.go).
import { sealOverhead } from '../crypto/seal.ts';
import type { BlobId, BlobType } from '../ids.ts';
import { damagedPack } from './damage.ts';

/** A blob in a pack. Lengths and offsets are bytes; `length` is that of the sealed blob. */
export interface PackedBlob {
  type: BlobType;
  id: BlobId;
  offset: number;
  length: number;
  /** The plaintext's length when the blob is compressed, else 0. */
  uncompressedLength: number;
}

const rawEntryBytes = 37;
const compressedEntryBytes = 41;
const maxHeaderBytes = 16 * 1024 * 1024;
/** The length field that ends a pack. */
export const packTrailerBytes = 4;
/** A pack with more blobs would have a header larger than restic reads. */
export const maxBlobsOfPack = Math.floor((maxHeaderBytes - sealOverhead - packTrailerBytes) / compressedEntryBytes);

/** The header's plaintext. */
export function encodePackHeader(blobs: readonly PackedBlob[]): Buffer {
  const header = Buffer.alloc(blobs.length * compressedEntryBytes);
  let at = 0;
  for (const blob of blobs) {
    const isCompressed = blob.uncompressedLength !== 0;
    header[at] = (blob.type === 'tree' ? 1 : 0) + (isCompressed ? 2 : 0);
    header.writeUInt32LE(blob.length, at + 1);
    if (isCompressed) header.writeUInt32LE(blob.uncompressedLength, at + 5);
    at += isCompressed ? compressedEntryBytes : rawEntryBytes;
    header.write(blob.id, at - 32, 'hex');
  }
  return header.subarray(0, at);
}

/** Undoes `encodePackHeader`. @throws Failure `repository.damaged-pack` */
export function decodePackHeader(packId: string, header: Buffer): PackedBlob[] {
  return [...packedBlobs(packId, header)];
}

/** The same one by one: a header may name hundreds of thousands. @throws Failure `repository.damaged-pack` */
export function* packedBlobs(packId: string, header: Buffer): Generator<PackedBlob, void> {
  let at = 0;
  let offset = 0;
  while (at < header.length) {
    const kind = header[at] ?? 255;
    const entryBytes = kind < 2 ? rawEntryBytes : compressedEntryBytes;
    if (kind > 3 || at + entryBytes > header.length) throw damagedPack(packId, 'its header cannot be understood');
    const length = header.readUInt32LE(at + 1);
    if (length < sealOverhead) throw damagedPack(packId, 'its header names a blob that is too short');
    const id = header.toString('hex', at + entryBytes - 32, at + entryBytes) as BlobId;
    const uncompressedLength = kind < 2 ? 0 : header.readUInt32LE(at + 5);
    yield { type: kind % 2 === 1 ? 'tree' : 'data', id, offset, length, uncompressedLength };
    at += entryBytes;
    offset += length;
  }
}

/** Length of the header's plaintext, sealed. */
export function sealedHeaderBytes(blobs: readonly PackedBlob[]): number {
  const bytes = blobs.reduce((sum, { uncompressedLength }) => sum + (uncompressedLength === 0 ? 37 : 41), 0);
  return bytes + sealOverhead;
}

/** Length of the whole pack that holds these blobs and nothing else. */
export function packBytes(blobs: readonly PackedBlob[]): number {
  return blobs.reduce((sum, blob) => sum + blob.length, 0) + sealedHeaderBytes(blobs) + packTrailerBytes;
}

/** The length of the sealed header that a pack's last 4 bytes give. @throws Failure `repository.damaged-pack` */
export function decodeHeaderLength(packId: string, lastBytes: Buffer, packSize: number): number {
  const length = lastBytes.readUInt32LE(lastBytes.length - packTrailerBytes);
  const isPossible = length >= rawEntryBytes + sealOverhead && length <= maxHeaderBytes;
  if (!isPossible || length + packTrailerBytes > packSize)
    throw damagedPack(packId, 'its header has an impossible length');
  return length;
}
