// A document's parts, packed small until their place in it is known: entries come in any order, XML wants them by group,
// and the key stream of the protected values runs in the order of the XML.
import { base64Into, base64Length } from './base64.ts';
import { utf8 } from './bytes.ts';
import type { KeyStream } from './key-stream.ts';
import { roomFor, writeUtf8, writeXmlText } from './xml-text.ts';

const step = { markup: 0, text: 1, sealed: 2 };
const chunkSize = 1024 * 1024;

/** Takes the parts of a document: markup, which is few texts again and again, texts (escaped) and values to seal. */
export interface DocumentSink {
  markup(text: string): void;
  text(text: string): void;
  /** Bytes as base64 text: quicker than by way of a string. */
  base64(bytes: Uint8Array): void;
  sealed(text: string): void;
}

/** Where one record lies on a tape. */
export interface TapeRecord {
  chunk: Uint8Array;
  start: number;
  end: number;
}

/** Collects records; markup is kept once, by number. */
export class Tape implements DocumentSink {
  readonly markups: Uint8Array[] = [];
  readonly #numbers = new Map<string, number>();
  #chunk = new Uint8Array(chunkSize);
  #start = 0;
  #at = 0;

  markup(text: string): void {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.markups.length;
      if (number > 255) throw new Error('markup is numbered by one byte: keep changing text out of it');
      this.#numbers.set(text, number);
      this.markups.push(utf8(text));
    }
    this.#ensureRoom(2);
    this.#chunk[this.#at] = step.markup;
    this.#chunk[this.#at + 1] = number;
    this.#at += 2;
  }

  text(text: string): void {
    this.#ensureRoom(5 + roomFor(text));
    this.#finish(step.text, writeXmlText(text, this.#chunk, this.#at + 5));
  }

  base64(bytes: Uint8Array): void {
    this.#ensureRoom(5 + base64Length(bytes.length));
    this.#finish(step.text, base64Into(bytes, this.#chunk, this.#at + 5));
  }

  sealed(text: string): void {
    this.#ensureRoom(5 + roomFor(text));
    this.#finish(step.sealed, writeUtf8(text, this.#chunk, this.#at + 5));
  }

  /** Ends the record that everything since the last call belongs to. */
  endRecord(): TapeRecord {
    const record = { chunk: this.#chunk, start: this.#start, end: this.#at };
    this.#start = this.#at;
    return record;
  }

  #finish(kind: number, end: number): void {
    const size = end - this.#at - 5;
    this.#chunk[this.#at] = kind;
    for (let i = 0; i < 4; i += 1) this.#chunk[this.#at + 1 + i] = size >>> (8 * i);
    this.#at = end;
  }

  /** A record never spans two chunks: what was begun moves along. */
  #ensureRoom(size: number): void {
    if (this.#at + size <= this.#chunk.length) return;
    const begun = this.#chunk.subarray(this.#start, this.#at);
    const next = new Uint8Array(Math.max(chunkSize, (begun.length + size) * 2));
    next.set(begun);
    begun.fill(0);
    this.#chunk = next;
    this.#at = begun.length;
    this.#start = 0;
  }
}

/** Writes pieces of XML, sealing values as it goes: what it is given, and records that it plays and wipes. */
export class TapePlayer implements DocumentSink {
  readonly #markups: readonly Uint8Array[];
  readonly #stream: KeyStream;
  readonly #encoded = new Map<string, Uint8Array>();
  #clear = new Uint8Array(4096);
  #piece = new Uint8Array(chunkSize);
  #at = 0;
  #full: Uint8Array<ArrayBuffer>[] = [];
  #lastGiven: Uint8Array<ArrayBuffer> | undefined;
  /** Memory of pieces that nobody uses any more. */
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** `markups` are those of the tape that is played. */
  constructor(markups: readonly Uint8Array[], stream: KeyStream) {
    this.#markups = markups;
    this.#stream = stream;
  }

  play(record: TapeRecord): void {
    const { chunk, end } = record;
    for (let at = record.start; at < end; ) {
      const kind = chunk[at];
      if (kind === step.markup) {
        this.#raw(this.#markups[chunk[at + 1] as number] as Uint8Array);
        at += 2;
        continue;
      }
      const size =
        (chunk[at + 1] as number) |
        ((chunk[at + 2] as number) << 8) |
        ((chunk[at + 3] as number) << 16) |
        ((chunk[at + 4] as number) << 24);
      const content = chunk.subarray(at + 5, at + 5 + size);
      if (kind === step.text) this.#raw(content);
      else this.#seal(content);
      at += 5 + size;
    }
    chunk.fill(0, record.start, end);
  }

  markup(text: string): void {
    let bytes = this.#encoded.get(text);
    if (bytes === undefined) {
      bytes = utf8(text);
      this.#encoded.set(text, bytes);
    }
    this.#raw(bytes);
  }

  text(text: string): void {
    this.#ensureRoom(roomFor(text));
    this.#at = writeXmlText(text, this.#piece, this.#at);
  }

  base64(bytes: Uint8Array): void {
    this.#ensureRoom(base64Length(bytes.length));
    this.#at = base64Into(bytes, this.#piece, this.#at);
  }

  sealed(text: string): void {
    const room = roomFor(text);
    if (room > this.#clear.length) this.#clear = new Uint8Array(2 * room);
    const content = this.#clear.subarray(0, writeUtf8(text, this.#clear, 0));
    this.#seal(content);
    content.fill(0);
  }

  #raw(bytes: Uint8Array): void {
    this.#ensureRoom(bytes.length);
    const piece = this.#piece;
    let at = this.#at;
    // Copying short pieces by hand is quicker than a call to set().
    if (bytes.length > 64) {
      piece.set(bytes, at);
      at += bytes.length;
    } else for (let i = 0; i < bytes.length; i += 1, at += 1) piece[at] = bytes[i] as number;
    this.#at = at;
  }

  /**
   * Pieces that are full by now; with `all`, also the begun one. A piece is good while it is the last that was given: when more is
   * played after another, its memory is used again.
   */
  take(all = false): Uint8Array[] {
    if (all) this.#turn(0);
    const full = this.#full;
    if (full.length === 0) return full;
    this.#full = [];
    for (const { buffer } of [this.#lastGiven ?? [], full.slice(0, -1)].flat())
      this.#spare.push(new Uint8Array(buffer));
    this.#lastGiven = full[full.length - 1];
    return full;
  }

  #seal(content: Uint8Array): void {
    this.#stream.apply(content);
    this.base64(content);
  }

  #ensureRoom(size: number): void {
    if (this.#at + size > this.#piece.length) this.#turn(size);
  }

  #turn(size: number): void {
    this.#full.push(this.#piece.subarray(0, this.#at));
    // Memory that is new for each piece is all that a collector hears of, and it would look through the whole heap for it again and again.
    const spare = size > chunkSize ? undefined : this.#spare.pop();
    this.#piece = spare === undefined ? new Uint8Array(Math.max(chunkSize, size)) : spare;
    this.#at = 0;
  }
}
