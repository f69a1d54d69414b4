// Goes through XML that our own writer made, byte by byte, and turns what stands in it into JSON without making texts of it: for very
// many entries that takes a fraction of what a reader of any XML does. It knows one way to write each thing; all else is `notOwn`, and
// for whoever reads any XML to judge.
import { decodeBase64Bytes } from './base64.ts';
import type { KeyStream } from './key-stream.ts';
import { hasForbidden, withoutReferences } from './xml-syntax.ts';

/** Thrown for what our writer does not write, or not like that. It carries nothing: it is thrown often, and caught. */
export const notOwn = new Error('not written as Orbit writes it');

/** The bytes of markup, to be asked for again and again. */
export function markup(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const sealedValue = markup('<Value Protected="True">');
const openValue = markup('<Value>');
const valueEnd = markup('</Value>');
const [less, ampersand, quote, backslash] = [0x3c, 0x26, 0x22, 0x5c];
const references = (
  [
    ['&amp;', '&'],
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&#xD;', '\r'],
  ] as const
).map(([reference, character]) => ({ reference: markup(reference), byte: character.charCodeAt(0) }));
// What stands in XML for itself: 0; what ends a text or needs a look: 1.
const needsLook = new Uint8Array(256);
needsLook.fill(1, 0, 0x20);
for (const byte of [...'<>&"\\'].map((character) => character.charCodeAt(0))) needsLook[byte] = 1;
// U+FFFE and U+FFFF begin like this, which XML cannot hold.
needsLook[0xef] = 1;
// The character after the backslash in JSON: 0 for what stands for itself, u for what is written by its number.
const escapes = new Uint8Array(256);
escapes.fill('u'.charCodeAt(0), 0, 0x20);
for (const [byte, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [quote, '"'],
  [backslash, '\\'],
] as const) {
  escapes[byte] = letter.charCodeAt(0);
}
const digits = markup('0123456789abcdef');
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** No byte of XML becomes more than so many of JSON. */
const growth = 6;

/** A place in the XML, and the JSON that was made so far. */
export class OwnXml {
  readonly #protection: KeyStream;
  #xml: Uint8Array = new Uint8Array();
  #at = 0;
  #json = new Uint8Array();
  #length = 0;
  #opened = new Uint8Array(4096);

  /** `protection` moves on with each sealed value. */
  constructor(protection: KeyStream) {
    this.#protection = protection;
  }

  /** Begins at a place, and the JSON anew. */
  begin(xml: Uint8Array, at: number): void {
    this.wipe();
    this.#xml = xml;
    this.#at = at;
    this.#ensureRoom(0);
  }

  get at(): number {
    return this.#at;
  }

  /** Of the JSON so far. */
  get length(): number {
    return this.#length;
  }

  /** The JSON so far: good until the next `begin` or `wipe`. */
  get json(): Uint8Array {
    return this.#json.subarray(0, this.#length);
  }

  /** Zeroes the JSON. */
  wipe(): void {
    this.#json.fill(0, 0, this.#length);
    this.#length = 0;
  }

  /** Whether this markup comes next; if so, it is behind. */
  takes(wanted: Uint8Array): boolean {
    const xml = this.#xml;
    const at = this.#at;
    for (let i = 0; i < wanted.length; i += 1) if (xml[at + i] !== wanted[i]) return false;
    this.#at = at + wanted.length;
    return true;
  }

  expect(wanted: Uint8Array): void {
    if (!this.takes(wanted)) throw notOwn;
  }

  /** Adds JSON as it is given. */
  add(json: Uint8Array): void {
    this.#ensureRoom(json.length);
    this.#json.set(json, this.#length);
    this.#length += json.length;
  }

  // There is always room for all that the rest of the XML can become.
  #ensureRoom(added: number): void {
    const most = this.#length + added + (this.#xml.length - this.#at) * growth + 1024;
    if (most <= this.#json.length) return;
    const larger = new Uint8Array(2 * most);
    larger.set(this.json);
    this.#json.fill(0, 0, this.#length);
    this.#json = larger;
  }

  /** Adds a few characters of JSON in ASCII: numbers, brackets. */
  addAscii(json: string): void {
    for (let i = 0; i < json.length; i += 1) this.#json[this.#length + i] = json.charCodeAt(i);
    this.#length += json.length;
  }

  /** Takes back what was added since the JSON was that long, and gives it in memory of its own. */
  cut(length: number): Uint8Array {
    const cut = this.#json.slice(length, this.#length);
    this.#json.fill(0, length, this.#length);
    this.#length = length;
    return cut;
  }

  /** Adds the value that comes next, and tells whether it was sealed. */
  value(): boolean {
    const isSealed = this.takes(sealedValue);
    if (isSealed) this.#sealed();
    else {
      this.expect(openValue);
      this.text();
    }
    this.expect(valueEnd);
    return isSealed;
  }

  /** Adds the text up to the next tag. */
  text(): void {
    const xml = this.#xml;
    const json = this.#json;
    let from = this.#at;
    let to = this.#length;
    json[to] = quote;
    to += 1;
    for (; from < xml.length; from += 1) {
      const byte = xml[from] as number;
      if (needsLook[byte] === 0) {
        json[to] = byte;
        to += 1;
        continue;
      }
      if (byte === less) break;
      if (byte === ampersand) {
        const found = this.#reference(from);
        from += found.reference.length - 1;
        to = writeEscaped(found.byte, json, to);
      } else if (byte === quote || byte === backslash || byte === 9 || byte === 10) to = writeEscaped(byte, json, to);
      else if (byte === 0xef && !(xml[from + 1] === 0xbf && (xml[from + 2] as number) >= 0xbe)) {
        json[to] = byte;
        to += 1;
      } else throw notOwn;
    }
    json[to] = quote;
    this.#at = from;
    this.#length = to + 1;
  }

  /** The text up to the next tag. */
  string(): string {
    const end = this.#xml.indexOf(less, this.#at);
    if (end === -1) throw notOwn;
    const text = holdable(this.#xml.subarray(this.#at, end));
    this.#at = end;
    return text;
  }

  /** Decodes the base64 up to the next tag; what is given is good until the next call. */
  base64(): Uint8Array {
    const end = this.#xml.indexOf(less, this.#at);
    if (this.#opened.length < end - this.#at) this.#opened = new Uint8Array(2 * (end - this.#at));
    const length = end === -1 ? undefined : decodeBase64Bytes(this.#xml, this.#at, end, this.#opened);
    if (length === undefined) throw notOwn;
    this.#at = end;
    return this.#opened.subarray(0, length);
  }

  #sealed(): void {
    const opened = this.base64();
    this.#protection.apply(opened);
    const json = this.#json;
    let to = this.#length;
    json[to] = quote;
    to += 1;
    for (let i = 0; i < opened.length; i += 1) {
      const byte = opened[i] as number;
      if (escapes[byte] === 0) {
        json[to] = byte;
        to += 1;
      } else to = writeEscaped(byte, json, to);
    }
    json[to] = quote;
    this.#length = to + 1;
    opened.fill(0);
  }

  #reference(at: number): (typeof references)[number] {
    const found = references.find(({ reference }) => reference.every((byte, index) => this.#xml[at + index] === byte));
    if (found === undefined) throw notOwn;
    return found;
  }
}

function holdable(bytes: Uint8Array): string {
  try {
    const text = decoder.decode(bytes);
    if (!/[\r>]/.test(text) && !hasForbidden(text)) return text.includes('&') ? withoutReferences(text) : text;
  } catch {
    // No UTF-8, or no reference.
  }
  throw notOwn;
}

function writeEscaped(byte: number, json: Uint8Array, at: number): number {
  const letter = escapes[byte] as number;
  if (letter === 0) {
    json[at] = byte;
    return at + 1;
  }
  json[at] = backslash;
  json[at + 1] = letter;
  if (letter !== 0x75) return at + 2;
  json[at + 2] = 0x30;
  json[at + 3] = 0x30;
  json[at + 4] = digits[byte >>> 4] as number;
  json[at + 5] = digits[byte & 15] as number;
  return at + 6;
}
