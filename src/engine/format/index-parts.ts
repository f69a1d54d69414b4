// What an index file says, blob by blob and straight from its bytes: the objects of a whole one would be many times its size.
import type { BlobType, PackId } from '../ids.ts';
import { decodeIndex } from './index-file.ts';
import { isId } from './layout.ts';

/** Hears what an index file says: a pack, then its blobs. */
export interface IndexSink {
  pack(id: PackId): void;
  /** `id` has 32 bytes and is valid until the next blob; offset and lengths in bytes, `uncompressedLength` 0 for a blob stored as it is. */
  blob(type: BlobType, id: Uint8Array, offset: number, length: number, uncompressedLength: number): void;
  /** What was told so far is told again, from the beginning. */
  again(): void;
}

/**
 * Tells the sink of the blobs that `decodeIndex` finds in this JSON. `read` gives it in parts of any size, each valid until the next.
 * A file that is written in another way than programs write it is decoded in one piece, from its beginning.
 * @throws Failure `repository.damaged-file`
 */
export function readIndexBlobs(file: string, read: () => Iterable<Buffer>, sink: IndexSink): void {
  try {
    new PlainIndex(read(), sink).read();
    return;
  } catch (error) {
    if (!(error instanceof Unusual)) throw error;
  }
  sink.again();
  const json = Buffer.concat(Array.from(read(), (part) => Buffer.from(part)));
  for (const { id: packId, blobs } of decodeIndex(file, json)) {
    sink.pack(packId);
    for (const { type, id, offset, length, uncompressedLength } of blobs)
      sink.blob(type, Buffer.from(id, 'hex'), offset, length, uncompressedLength);
  }
}

/** The JSON is none, or is not written as restic writes it. */
class Unusual extends Error {}

const idLength = 64;
// No text between two turns of `more` is longer.
const stepBytes = 512;

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const start = text('{"packs":[');
const packStart = text('{"id":"');
const packBlobs = text('","blobs":[');
const blobStart = text('{"id":"');
const dataType = text('","type":"data","offset":');
const treeType = text('","type":"tree","offset":');
const lengthKey = text(',"length":');
const plainKey = text(',"uncompressed_length":');
const blobEnd = text('}');
const packEnd = text(']}');
const comma = text(',');
const end = text(']}');

const digitZero = 0x30;
const maxNumber = 0xffff_ffff;
const idBytes = 32;
// What each character stands for; above 15 for none.
const digits = new Uint8Array(256).fill(16);
for (const [value, digit] of [...'0123456789abcdef'].entries()) digits[digit.charCodeAt(0)] = value;

/** Reads the one form. */
class PlainIndex {
  readonly #parts: Iterator<Buffer>;
  readonly #sink: IndexSink;
  readonly #blobId = new Uint8Array(idBytes);
  #bytes = Buffer.alloc(0);
  #at = 0;
  #isAtEnd = false;

  constructor(parts: Iterable<Buffer>, sink: IndexSink) {
    this.#parts = parts[Symbol.iterator]();
    this.#sink = sink;
  }

  read(): void {
    this.#more();
    this.#expect(start);
    if (!this.#skip(end)) {
      do {
        this.#more();
        this.#expect(packStart);
        this.#sink.pack(this.#packId());
        this.#expect(packBlobs);
        do {
          this.#more();
          this.#blob();
        } while (this.#skip(comma));
        this.#expect(packEnd);
      } while (this.#skip(comma));
      this.#expect(end);
    }
    this.#skip(text('\n'));
    this.#more();
    if (!this.#isAtEnd || this.#at !== this.#bytes.length) throw new Unusual();
  }

  #blob(): void {
    this.#expect(blobStart);
    this.#readBlobId();
    const type = this.#skip(dataType) ? 'data' : 'tree';
    if (type === 'tree') this.#expect(treeType);
    const offset = this.#number();
    this.#expect(lengthKey);
    const length = this.#number();
    const uncompressedLength = this.#skip(plainKey) ? this.#number() : 0;
    this.#expect(blobEnd);
    this.#sink.blob(type, this.#blobId, offset, length, uncompressedLength);
  }

  // Enough bytes for the next step, unless the file ends before.
  #more(): void {
    while (!this.#isAtEnd && this.#bytes.length - this.#at < stepBytes) {
      // What is left of a part has to be copied before the next one takes its place.
      this.#bytes = Buffer.from(this.#bytes.subarray(this.#at));
      this.#at = 0;
      const next = this.#parts.next();
      this.#isAtEnd = next.done === true;
      if (next.done !== true) this.#bytes = Buffer.concat([this.#bytes, next.value]);
    }
  }

  #skip(expected: Buffer): boolean {
    const at = this.#at;
    for (let n = 0; n < expected.length; n += 1) if (this.#bytes[at + n] !== expected[n]) return false;
    this.#at = at + expected.length;
    return true;
  }

  #expect(expected: Buffer): void {
    if (!this.#skip(expected)) throw new Unusual();
  }

  #packId(): PackId {
    const id = this.#bytes.toString('latin1', this.#at, this.#at + idLength);
    if (!isId(id)) throw new Unusual();
    this.#at += idLength;
    return id as PackId;
  }

  // There are many of these: a text for each would take longer than all the rest.
  #readBlobId(): void {
    const bytes = this.#bytes;
    const id = this.#blobId;
    let seen = 0;
    for (let n = 0, at = this.#at; n < idBytes; n += 1, at += 2) {
      const upper = digits[bytes[at] ?? 0] ?? 16;
      const lower = digits[bytes[at + 1] ?? 0] ?? 16;
      seen |= upper | lower;
      id[n] = (upper << 4) | lower;
    }
    if (seen > 15) throw new Unusual();
    this.#at += idLength;
  }

  #number(): number {
    let value = 0;
    const from = this.#at;
    for (;;) {
      const digit = (this.#bytes[this.#at] ?? 0) - digitZero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      this.#at += 1;
    }
    const isPlain = this.#at > from && (this.#at === from + 1 || this.#bytes[from] !== digitZero);
    if (!isPlain || value > maxNumber) throw new Unusual();
    return value;
  }
}
