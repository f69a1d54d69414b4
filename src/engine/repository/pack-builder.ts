// A pack under construction: sealed blobs one after another in one buffer, its header growing beside it.
import assert from 'node:assert/strict';
import { pageMemory, sharedPageMemory } from '../../base/page-memory.ts';
import { sealOverhead, type Sealer } from '../crypto/seal.ts';
import { maxBlobsOfPack, packedBlobs, packTrailerBytes } from '../format/pack-header.ts';
import type { FrameStreams } from '../format/frame-stream.ts';
import type { BlobType } from '../ids.ts';
import { BlobSealer, type FramedBlob } from './blob-sealer.ts';

/** A pack is closed when its blobs reach so many bytes (restic's default). */
export const packTargetBytes = 16 * 1024 * 1024;

const entryBytes = 41;
// Room for a last blob of the chunker's largest size. Pages that are never touched cost nothing.
const initialBytes = packTargetBytes + 10 * 1024 * 1024;

/** The memory of a pack under construction. */
export type PackBuffer = Uint8Array<ArrayBuffer | SharedArrayBuffer>;

/** A finished pack. The bytes belong to the builder until it is reset. */
export interface FinishedPack {
  type: BlobType;
  bytes: PackBuffer;
  /** The header's plaintext. */
  header: Buffer;
}

/** Collects blobs of one type. Sealing goes straight into the pack's buffer. */
export class PackBuilder {
  readonly type: BlobType;
  #buffer: PackBuffer;
  #length = 0;
  #header = Buffer.alloc(64 * 1024);
  #headerLength = 0;
  #blobs = 0;

  constructor(type: BlobType, buffer: PackBuffer = newPackBuffer()) {
    this.type = type;
    this.#buffer = buffer;
  }

  get isEmpty(): boolean {
    return this.#blobs === 0;
  }

  get isFull(): boolean {
    return this.#length >= packTargetBytes || this.#blobs >= maxBlobsOfPack;
  }

  /** The sealed blobs so far, in the builder's own memory. */
  get bytes(): PackBuffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Seals the plaintext into the pack. Gives the bytes it takes there. */
  append(sealer: BlobSealer, id: Uint8Array, plaintext: Uint8Array): number {
    this.#reserve(BlobSealer.maxLength(plaintext.length));
    const target = this.#buffer.subarray(this.#length);
    const { length, uncompressedLength } = sealer.sealInto(this.type, plaintext, target);
    this.#addEntry(id, length, uncompressedLength);
    this.#length += length;
    return length;
  }

  /** The same of a blob that is compressed already; its frame is freed. */
  appendFramed(sealer: BlobSealer, framed: FramedBlob, streams: FrameStreams): number {
    this.#reserve(framed.frame.length + sealOverhead);
    const { digest } = framed;
    const { length, uncompressedLength } = sealer.sealFrameInto(framed, this.#buffer.subarray(this.#length), streams);
    this.#addEntry(digest, length, uncompressedLength);
    this.#length += length;
    return length;
  }

  /** Adds a blob that is sealed already. */
  appendSealed(id: Uint8Array, sealed: Uint8Array, uncompressedLength: number): void {
    this.#reserve(sealed.length);
    this.#buffer.set(sealed, this.#length);
    this.#addEntry(id, sealed.length, uncompressedLength);
    this.#length += sealed.length;
  }

  /** What was collected so far, still in the builder's own memory. */
  contents(): { bytes: Uint8Array; header: Buffer } {
    const header = Buffer.from(this.#header.subarray(0, this.#headerLength));
    return { bytes: this.bytes, header };
  }

  /** True when these blobs can be adopted: of many tiny ones the header is what grows too large. */
  hasRoomFor(bytes: Uint8Array, header: Uint8Array): boolean {
    const headerBytes = this.#headerLength + header.length;
    return this.#length + bytes.length <= packTargetBytes && headerBytes <= maxBlobsOfPack * entryBytes;
  }

  /** Adds blobs that another builder of the same repository has sealed. */
  adopt(bytes: Uint8Array, header: Uint8Array): void {
    let blobs = 0;
    for (const { type } of packedBlobs('being made', Buffer.from(header.buffer, header.byteOffset, header.length))) {
      assert.equal(type, this.type);
      blobs += 1;
    }
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#reserveHeader(header.length);
    this.#header.set(header, this.#headerLength);
    this.#headerLength += header.length;
    this.#blobs += blobs;
  }

  /** Seals the header behind the blobs. The builder must be reset before it takes more. */
  finish(sealer: Sealer): FinishedPack {
    const header = Buffer.from(this.#header.subarray(0, this.#headerLength));
    this.#reserve(header.length + sealOverhead + packTrailerBytes);
    const length = endPack(sealer, header, this.#buffer, this.#length);
    return { type: this.type, bytes: this.#buffer.subarray(0, length), header };
  }

  /** Starts the next pack, in another buffer when the old one is still being sent. */
  reset(buffer?: PackBuffer): void {
    if (buffer !== undefined) this.#buffer = buffer;
    this.#length = 0;
    this.#headerLength = 0;
    this.#blobs = 0;
  }

  #addEntry(id: Uint8Array, length: number, uncompressedLength: number): void {
    this.#reserveHeader(entryBytes);
    const isCompressed = uncompressedLength !== 0;
    let at = this.#headerLength;
    this.#header[at] = (this.type === 'tree' ? 1 : 0) + (isCompressed ? 2 : 0);
    at = this.#header.writeUInt32LE(length, at + 1);
    if (isCompressed) at = this.#header.writeUInt32LE(uncompressedLength, at);
    this.#header.set(id, at);
    this.#headerLength = at + id.length;
    this.#blobs += 1;
  }

  #reserve(bytes: number): void {
    if (this.#buffer.length - this.#length >= bytes) return;
    const wanted = this.#length + bytes + 1024 * 1024;
    const isShared = this.#buffer.buffer instanceof SharedArrayBuffer;
    const larger = new Uint8Array(isShared ? new SharedArrayBuffer(wanted) : new ArrayBuffer(wanted));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #reserveHeader(bytes: number): void {
    if (this.#header.length - this.#headerLength >= bytes) return;
    this.#header = Buffer.concat([this.#header, Buffer.alloc(Math.max(this.#header.length, bytes))]);
  }
}

/** Seals the header's plaintext behind so many bytes of blobs, and its length behind that. Gives the length of the pack. */
export function endPack(sealer: Sealer, header: Uint8Array, pack: Uint8Array, blobBytes: number): number {
  const sealedLength = sealer.sealInto(header, pack.subarray(blobBytes));
  const end = blobBytes + sealedLength;
  new DataView(pack.buffer, pack.byteOffset).setUint32(end, sealedLength, true);
  return end + packTrailerBytes;
}

/** A buffer as packs are built in by one thread. It begins at a page where it can: then a pack is written from where it lies. */
export function newPackBuffer(): PackBuffer {
  return pageMemory(initialBytes) ?? new Uint8Array(initialBytes);
}

/** The same in memory that another thread can read: handing it over moves nothing. */
export function newSharedPackBuffer(): PackBuffer {
  return sharedPageMemory(initialBytes) ?? new Uint8Array(new SharedArrayBuffer(initialBytes));
}
