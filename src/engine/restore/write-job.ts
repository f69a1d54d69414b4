// What a thread is asked to write, and what came of it. It travels packed flat: small arrays would each be cloned with the
// whole pool they were cut from.
import type { BlobId, PackId } from '../ids.ts';
import type { LocatedBlob } from '../repository/pack-reader.ts';
import type { WireError } from '../threads/wire-error.ts';
import type { Aspect } from './events.ts';
import type { Metadata } from './metadata.ts';

/** A file that a job writes to. Sizes in bytes. */
export interface JobFile {
  /** Where the bytes go. */
  path: Buffer;
  /** Where the file belongs, when it is written beside that first. */
  finalPath: Buffer | undefined;
  size: number;
  /** This job makes it; nothing may stand there. */
  isNew: boolean;
  /** Nothing is missing after this job: it gets its metadata and its place. */
  isLast: boolean;
  /** Something stands there already: zeros are written out, and what is too long is cut. */
  isInPlace: boolean;
  metadata: Metadata;
  /** All its blobs, when it is to be read back; only with `isLast`. */
  proof: { ids: BlobId[]; lengths: number[] } | undefined;
}

/** A blob and where its plaintext goes. */
export interface JobBlob {
  blob: LocatedBlob;
  places: { file: number; offset: number }[];
}

/** A stretch of one pack and what becomes of it. `start` is where `bytes` begin in the pack. */
export interface WriteJob {
  packId: PackId;
  start: number;
  bytes: Uint8Array;
  blobs: JobBlob[];
  files: JobFile[];
  isSparse: boolean;
}

/** What came of it; numbers are those of files and blobs in the job. */
export interface WriteOutcome {
  /** Plaintext bytes that are where they belong. */
  bytes: number;
  damaged: { blob: number; error: WireError }[];
  /** Files that could not be written, and whether this job made them before. */
  failed: { file: number; isMade: boolean; error: WireError }[];
  /** New files that wait for a damaged blob. */
  made: number[];
  notSet: { file: number; aspect: Aspect; error: WireError }[];
}

/** A job on its way. */
export interface PackedJob {
  packId: PackId;
  start: number;
  isSparse: boolean;
  bytes: Uint8Array;
  /** Four a blob: offset, length, uncompressed length, how many places; then two a place: file, offset. */
  blobs: Float64Array<ArrayBuffer>;
  places: Float64Array<ArrayBuffer>;
  /** 32 bytes a blob. */
  ids: Uint8Array<ArrayBuffer>;
  /** Five a file: flags, size, mode, uid, gid. */
  files: Float64Array<ArrayBuffer>;
  /** Four a file: seconds and nanoseconds of access, then of modification. Nanoseconds since 1970 outgrow 64 bits in 2262. */
  times: Float64Array<ArrayBuffer>;
  /** Path and final path of each file, each ended by a NUL. */
  paths: Uint8Array<ArrayBuffer>;
  /** Of the few files that have any. */
  attributes: { file: number; name: Uint8Array<ArrayBuffer>; value: Uint8Array<ArrayBuffer> }[];
  proofs: { file: number; ids: BlobId[]; lengths: number[] }[];
}

const isNewBit = 1;
const isLastBit = 2;
const isInPlaceBit = 4;

/** Packs a job. Its bytes stay where they are. */
export function packJob({ packId, start, bytes, blobs, files, isSparse }: WriteJob): PackedJob {
  const numbers = new Float64Array(blobs.length * 4);
  const places: number[] = [];
  const ids = new Uint8Array(blobs.length * 32);
  for (const [at, { blob, places: here }] of blobs.entries()) {
    numbers.set([blob.offset, blob.length, blob.uncompressedLength, here.length], at * 4);
    Buffer.from(ids.buffer, at * 32, 32).write(blob.id, 'hex');
    for (const { file, offset } of here) places.push(file, offset);
  }
  const fileNumbers = new Float64Array(files.length * 5);
  const times = new Float64Array(files.length * 4);
  const paths: Buffer[] = [];
  const attributes: PackedJob['attributes'] = [];
  const proofs: PackedJob['proofs'] = [];
  for (const [at, { path, finalPath, size, isNew, isLast, isInPlace, metadata, proof }] of files.entries()) {
    const flags = (isNew ? isNewBit : 0) | (isLast ? isLastBit : 0) | (isInPlace ? isInPlaceBit : 0);
    fileNumbers.set([flags, size, metadata.mode, metadata.uid, metadata.gid], at * 5);
    times.set([...splitTime(metadata.atimeNs), ...splitTime(metadata.mtimeNs)], at * 4);
    paths.push(path, nul, finalPath ?? none, nul);
    for (const { name, value } of metadata.extendedAttributes)
      attributes.push({ file: at, name: new Uint8Array(name), value: new Uint8Array(value) });
    if (proof !== undefined) proofs.push({ file: at, ...proof });
  }
  return {
    packId,
    start,
    isSparse,
    bytes,
    blobs: numbers,
    places: Float64Array.from(places),
    ids,
    files: fileNumbers,
    times,
    paths: new Uint8Array(Buffer.concat(paths)),
    attributes,
    proofs,
  };
}

const second = 1_000_000_000n;

function splitTime(ns: bigint): [number, number] {
  const rest = ((ns % second) + second) % second;
  return [Number((ns - rest) / second), Number(rest)];
}

function joinTime(times: Float64Array, at: number): bigint {
  return BigInt(times[at] ?? 0) * second + BigInt(times[at + 1] ?? 0);
}

const nul = Buffer.of(0);
const none = Buffer.alloc(0);

/** The job again. */
export function unpackJob(packed: PackedJob): WriteJob {
  const { packId, start, isSparse, bytes } = packed;
  const hex = Buffer.from(packed.ids.buffer).toString('hex');
  const blobs: JobBlob[] = [];
  for (let at = 0, place = 0; at * 4 < packed.blobs.length; at += 1) {
    const [offset = 0, length = 0, uncompressedLength = 0, count = 0] = packed.blobs.subarray(at * 4, at * 4 + 4);
    const places: JobBlob['places'] = [];
    for (const end = place + count * 2; place < end; place += 2)
      places.push({ file: packed.places[place] ?? 0, offset: packed.places[place + 1] ?? 0 });
    const id = hex.slice(at * 64, at * 64 + 64) as BlobId;
    blobs.push({ blob: { type: 'data', id, packId, offset, length, uncompressedLength }, places });
  }
  return { packId, start, isSparse, bytes, blobs, files: unpackFiles(packed) };
}

function unpackFiles({ files, times, paths, attributes, proofs }: PackedJob): JobFile[] {
  const all = Buffer.from(paths.buffer);
  let at = 0;
  const nextPath = (): Buffer => {
    const end = all.indexOf(0, at);
    const path = all.subarray(at, end);
    at = end + 1;
    return path;
  };
  const unpacked: JobFile[] = [];
  for (let n = 0; n * 5 < files.length; n += 1) {
    const [flags = 0, size = 0, mode = 0, uid = 0, gid = 0] = files.subarray(n * 5, n * 5 + 5);
    const path = nextPath();
    const finalPath = nextPath();
    const metadata = {
      isLink: false,
      mode,
      uid,
      gid,
      atimeNs: joinTime(times, n * 4),
      mtimeNs: joinTime(times, n * 4 + 2),
      extendedAttributes: [] as { name: Buffer; value: Buffer }[],
    };
    unpacked.push({
      path,
      finalPath: finalPath.length === 0 ? undefined : finalPath,
      size,
      isNew: (flags & isNewBit) !== 0,
      isLast: (flags & isLastBit) !== 0,
      isInPlace: (flags & isInPlaceBit) !== 0,
      metadata,
      proof: undefined,
    });
  }
  for (const { file, name, value } of attributes)
    (unpacked[file]?.metadata.extendedAttributes as { name: Buffer; value: Buffer }[] | undefined)?.push({
      name: Buffer.from(name.buffer),
      value: Buffer.from(value.buffer),
    });
  for (const { file, ids, lengths } of proofs) {
    const target = unpacked[file];
    if (target !== undefined) target.proof = { ids, lengths };
  }
  return unpacked;
}
