// What an index file says, blob by blob and straight from its bytes: the objects of a whole one would be many times its size.
import type { BlobId, PackId } from '../ids.ts';
import { decodeIndex } from './index-file.ts';
import { isId } from './layout.ts';
import type { PackedBlob } from './pack-header.ts';

/** A blob and the pack it lies in. */
export interface IndexedBlob extends PackedBlob {
  packId: PackId;
}

/**
 * The blobs that `decodeIndex` finds in this JSON. `read` gives it in parts of any size, each valid until the next. A file that is
 * written in another way than programs write it is decoded in one piece; blobs that were given until then are given again.
 * @throws Failure `repository.damaged-file`
 */
export function* indexedBlobs(file: string, read: () => Iterable<Buffer>): Generator<IndexedBlob, void> {
  try {
    yield* new PlainIndex(read()).blobs();
    return;
  } catch (error) {
    if (!(error instanceof Unusual)) throw error;
  }
  const json = Buffer.concat(Array.from(read(), (part) => Buffer.from(part)));
  for (const { id, blobs } of decodeIndex(file, json)) for (const blob of blobs) yield { packId: id, ...blob };
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

/** Reads the one form. */
class PlainIndex {
  readonly #parts: Iterator<Buffer>;
  #bytes = Buffer.alloc(0);
  #at = 0;
  #isAtEnd = false;

  constructor(parts: Iterable<Buffer>) {
    this.#parts = parts[Symbol.iterator]();
  }

  *blobs(): Generator<IndexedBlob, void> {
    this.#more();
    this.#expect(start);
    if (!this.#skip(end)) {
      do {
        this.#more();
        this.#expect(packStart);
        const packId = this.#id() as PackId;
        this.#expect(packBlobs);
        do {
          this.#more();
          yield this.#blob(packId);
        } while (this.#skip(comma));
        this.#expect(packEnd);
      } while (this.#skip(comma));
      this.#expect(end);
    }
    this.#skip(text('\n'));
    this.#more();
    if (!this.#isAtEnd || this.#at !== this.#bytes.length) throw new Unusual();
  }

  #blob(packId: PackId): IndexedBlob {
    this.#expect(blobStart);
    const id = this.#id() as BlobId;
    const type = this.#skip(dataType) ? 'data' : 'tree';
    if (type === 'tree') this.#expect(treeType);
    const offset = this.#number();
    this.#expect(lengthKey);
    const length = this.#number();
    const uncompressedLength = this.#skip(plainKey) ? this.#number() : 0;
    this.#expect(blobEnd);
    return { packId, type, id, offset, length, uncompressedLength };
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

  #id(): string {
    const id = this.#bytes.toString('latin1', this.#at, this.#at + idLength);
    if (!isId(id)) throw new Unusual();
    this.#at += idLength;
    return id;
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
