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

// Blobs whose text is made at once: of hundreds of thousands, the texts would take more memory than all the rest.
const blobsAtOnce = 2048;

/** The JSON of an index file, a part at a time. Packs and blobs are asked for one by one. */
export function* indexParts(packs: Iterable<{ id: PackId; blobs: Iterable<PackedBlob> }>): Generator<Buffer> {
  let text = '{"packs":[';
  let count = 0;
  let packComma = '';
  for (const { id, blobs } of packs) {
    text += `${packComma}{"id":"${id}","blobs":[`;
    packComma = ',';
    let blobComma = '';
    for (const blob of blobs) {
      text += blobComma + blobJson(blob);
      blobComma = ',';
      count += 1;
      if (count % blobsAtOnce !== 0) continue;
      yield Buffer.from(text, 'latin1');
      text = '';
    }
    text += ']}';
  }
  yield Buffer.from(`${text}]}\n`, 'latin1');
}

function blobJson({ id, type, offset, length, uncompressedLength }: PackedBlob): string {
  const plain = uncompressedLength === 0 ? '' : `,"uncompressed_length":${uncompressedLength}`;
  return `{"id":"${id}","type":"${type}","offset":${offset},"length":${length}${plain}}`;
}

interface RawBlob {
  id?: unknown;
  type?: unknown;
  offset?: unknown;
  length?: unknown;
  uncompressed_length?: unknown;
}

/** Undoes `indexParts`; keys it does not know are passed over. @throws Failure `repository.damaged-file` */
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
