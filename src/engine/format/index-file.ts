// Index files: which pack holds which blobs (restic design.rst, "Indexing"; internal/repository/index/index.go).
import type { BlobId, BlobType, PackId } from '../ids.ts';
import { damagedFile } from './damage.ts';
import { isId } from './layout.ts';
import type { PackedBlob } from './pack-header.ts';

/** A pack and what it holds. */
export interface IndexedPack {
  id: PackId;
  blobs: PackedBlob[];
}

const maxOffset = 0xffff_ffff;

/** The JSON of an index file. */
export function encodeIndex(packs: readonly IndexedPack[]): Buffer {
  const blobJson = ({ id, type, offset, length, uncompressedLength }: PackedBlob): string => {
    const plain = uncompressedLength === 0 ? '' : `,"uncompressed_length":${uncompressedLength}`;
    return `{"id":"${id}","type":"${type}","offset":${offset},"length":${length}${plain}}`;
  };
  const packJson = ({ id, blobs }: IndexedPack): string => `{"id":"${id}","blobs":[${blobs.map(blobJson).join(',')}]}`;
  return Buffer.from(`{"packs":[${packs.map(packJson).join(',')}]}\n`);
}

interface RawBlob {
  id?: unknown;
  type?: unknown;
  offset?: unknown;
  length?: unknown;
  uncompressed_length?: unknown;
}

/** Undoes `encodeIndex`; keys it does not know are passed over. @throws Failure `repository.damaged-file` */
export function decodeIndex(file: string, json: Uint8Array): IndexedPack[] {
  const wrong = (why: string): never => {
    throw damagedFile(file, why);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.length).toString('utf8'));
  } catch {
    return wrong('it is not JSON');
  }
  const packs = (parsed as { packs?: unknown } | null)?.packs ?? [];
  if (typeof parsed !== 'object' || !Array.isArray(packs)) return wrong('it has no list of packs');
  const offsetOf = (value: unknown, name: string): number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxOffset
      ? value
      : wrong(`a blob's ${name} is no number of 32 bits`);
  const decodeBlob = (blob: RawBlob | null): PackedBlob => {
    if (typeof blob !== 'object' || blob === null) return wrong('a blob is no object');
    const { id, type } = blob;
    if (typeof id !== 'string' || !isId(id)) return wrong("a blob's id is none");
    if (type !== 'data' && type !== 'tree') return wrong(`blob ${id} has an unknown type`);
    return {
      type: type satisfies BlobType,
      id: id as BlobId,
      offset: offsetOf(blob.offset, 'offset'),
      length: offsetOf(blob.length, 'length'),
      uncompressedLength: offsetOf(blob.uncompressed_length ?? 0, 'uncompressed_length'),
    };
  };
  return packs.map((pack: { id?: unknown; blobs?: unknown } | null): IndexedPack => {
    const id = pack?.id;
    if (typeof id !== 'string' || !isId(id)) return wrong("a pack's id is none");
    const blobs = pack?.blobs ?? [];
    if (!Array.isArray(blobs)) return wrong(`pack ${id} has no list of blobs`);
    return { id: id as PackId, blobs: blobs.map(decodeBlob) };
  });
}
