// Reads the clear text of a kit's database as Orbit writes it: groups and entries one behind the other, each entry from its bytes
// straight into what is packed of a record. An entry that is not written like nearly all of them is read as any reader does.
import { isUtf8 } from 'node:buffer';
import { utf8 } from '../../kdbx/bytes.ts';
import { ChaCha20 } from '../../kdbx/chacha20.ts';
import { DocumentParser } from '../../kdbx/document-parser.ts';
import { decodeInnerHeader } from '../../kdbx/inner-header.ts';
import type { ByteStream } from '../../kdbx/kdbx-crypto.ts';
import { innerKeyStream } from '../../kdbx/key-stream.ts';
import { defaultLimits } from '../../kdbx/limits.ts';
import { nodeCrypto } from '../../kdbx/node-crypto.ts';
import { notOwn, OwnXml } from '../../kdbx/own-xml.ts';
import { damaged, overLimit } from '../../kdbx/refusals.ts';
import { XmlReader } from '../../kdbx/xml-reader.ts';
import { fromKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import { type OwnEntry, OwnPath, readOwnEntry } from './own-entry.ts';

const rootStart = utf8('</Meta><Root>');
const documentEnd = utf8('</Root></KeePassFile>');
const [groupStart, nameStart, nameEnd] = [utf8('<Group><UUID>'), utf8('</UUID><Name>'), utf8('</Name>')];
const [groupEnd, entryStart] = [utf8('</Group>'), utf8('<Entry>')];
const [around, aroundEnd] = [utf8('<KeePassFile><Root><Group>'), utf8('</Group></Root></KeePassFile>')];
// The memory for the JSON of an entry is as large as all of a piece could need.
const atOnce = 128 * 1024;
// A head and a group with its name are short; an entry is held until it is whole.
const [shortMax, entryMax] = [1024 * 1024, 1024 * 1024 * 1024];

/** Is told what is found, in the order of the document. */
export interface OwnReader {
  /** A record's packed content. */
  entry(entry: OwnEntry): unknown;
  /** The record itself, where its content is not to be had without. */
  record(sourceId: string, record: SecretRecord): unknown;
}

/**
 * Reads it to its end; a piece may be taken back when the next but one is asked for.
 * @throws Failure `kdbx.damaged`, also for what is no document of Orbit's; `kdbx.over-limit`
 */
export async function readOwnDocument(clear: ByteStream, reader: OwnReader): Promise<void> {
  const { header, rest } = await decodeInnerHeader(clear, defaultLimits);
  const protection = await innerKeyStream(nodeCrypto, header.cipherId, header.key);
  if (!(protection instanceof ChaCha20)) throw damaged('Orbit did not write it');
  const document = new OwnDocument(protection, header.attachments, reader);
  try {
    for await (const piece of rest) {
      for (let at = 0; at < piece.length; at += atOnce) document.write(piece.subarray(at, at + atOnce));
    }
    document.end();
  } finally {
    document.wipe();
  }
}

class OwnDocument {
  readonly #protection: ChaCha20;
  readonly #attachments: readonly Uint8Array[];
  readonly #reader: OwnReader;
  readonly #xml: OwnXml;
  /** What was not read yet, at the start of memory that is used again and again. */
  #memory = new Uint8Array(256 * 1024);
  #held = 0;
  /** So much must be held before it is worth another look. */
  #enough = 0;
  #total = 0;
  #head: Uint8Array | undefined;
  /** The groups that are open, the database's own first. */
  readonly #groups: OwnPath[] = [];
  #isBehindGroups = false;

  constructor(protection: ChaCha20, attachments: readonly Uint8Array[], reader: OwnReader) {
    this.#protection = protection;
    this.#attachments = attachments;
    this.#reader = reader;
    this.#xml = new OwnXml(protection);
  }

  write(piece: Uint8Array): void {
    this.#total += piece.length;
    if (this.#total > defaultLimits.xml) throw overLimit(`more than ${defaultLimits.xml} bytes of XML`);
    this.#hold(piece);
    if (this.#held < this.#enough) return;
    const read = this.#read(this.#memory.subarray(0, this.#held));
    this.#memory.copyWithin(0, read, this.#held);
    this.#memory.fill(0, this.#held - read, this.#held);
    this.#held -= read;
    // What is begun is looked at again when it is twice as long: however long it grows, each byte is looked at a few times.
    this.#enough = 2 * this.#held;
    if (this.#held > entryMax) throw overLimit(`an entry longer than ${entryMax} bytes`);
  }

  end(): void {
    this.#enough = 0;
    this.write(new Uint8Array());
    const isWhole = this.#isBehindGroups && startsWith(this.#memory, 0, documentEnd);
    if (!isWhole || this.#held !== documentEnd.length) throw damaged('it ends in the midst of its entries');
    readAny(new DocumentParser(undefined, []), [this.#head ?? new Uint8Array(), documentEnd]);
  }

  wipe(): void {
    this.#memory.fill(0);
    this.#xml.wipe();
  }

  #hold(piece: Uint8Array): void {
    if (this.#held + piece.length > this.#memory.length) {
      const larger = new Uint8Array(2 * (this.#held + piece.length));
      larger.set(this.#memory.subarray(0, this.#held));
      this.#memory.fill(0);
      this.#memory = larger;
    }
    this.#memory.set(piece, this.#held);
    this.#held += piece.length;
  }

  /** Reads as much as is whole, and gives where the rest begins. */
  #read(text: Uint8Array): number {
    let at = 0;
    if (this.#head === undefined) {
      const end = Buffer.from(text.buffer, text.byteOffset, text.length).indexOf(rootStart);
      if (end === -1) return beyondShort(text, at);
      at = end + rootStart.length;
      this.#head = text.slice(0, at);
    }
    while (!this.#isBehindGroups) {
      const next = startsWith(text, at, entryStart) ? this.#entry(text, at) : this.#group(text, at);
      if (next === at) return at;
      at = next;
    }
    return at;
  }

  // Where the entry ends; where it begins, when it is not whole yet.
  #entry(text: Uint8Array, at: number): number {
    const path = this.#groups.at(-1);
    if (path === undefined) throw damaged('an entry lies outside every group');
    const { position } = this.#protection;
    try {
      this.#xml.begin(text, at);
      const entry = readOwnEntry(this.#xml, path);
      if (!isUtf8(entry.content)) throw notOwn;
      this.#reader.entry(entry);
      return this.#xml.at;
    } catch (error) {
      if (error !== notOwn) throw error;
    }
    this.#protection.moveTo(position);
    const end = endOfEntry(text, at);
    if (end === undefined) return at;
    const parser = new DocumentParser(this.#protection, this.#attachments);
    readAny(parser, [around, text.subarray(at, end), aroundEnd]);
    for (const entry of parser.takeEntries()) {
      entry.groups = [...path.shown];
      const { record, origin } = fromKdbxEntry(entry);
      this.#reader.record(origin.source ?? '', record);
    }
    return end;
  }

  // The same of a group's beginning or end.
  #group(text: Uint8Array, at: number): number {
    if (startsWith(text, at, groupEnd)) {
      if (this.#groups.pop() === undefined) throw damaged('a group ends that was not begun');
      this.#isBehindGroups = this.#groups.length === 0;
      return at + groupEnd.length;
    }
    const outer = this.#groups.at(-1);
    if (!startsWith(text, at, groupStart)) return text.length - at < groupStart.length ? at : strange();
    const end = Buffer.from(text.buffer, text.byteOffset, text.length).indexOf(nameEnd, at);
    if (end === -1) return beyondShort(text, at);
    const name = this.#groupName(text, at);
    // The outermost group is the database's own.
    this.#groups.push(new OwnPath(outer === undefined ? [] : [...outer.shown, name]));
    if (this.#groups.length > defaultLimits.xmlDepth)
      throw overLimit(`groups nested deeper than ${defaultLimits.xmlDepth}`);
    return this.#xml.at;
  }

  #groupName(text: Uint8Array, at: number): string {
    const xml = this.#xml;
    try {
      xml.begin(text, at);
      xml.expect(groupStart);
      if (xml.base64().length !== 16) throw notOwn;
      xml.expect(nameStart);
      const name = xml.string();
      xml.expect(nameEnd);
      return name;
    } catch (error) {
      if (error === notOwn) return strange();
      throw error;
    }
  }
}

// What is too long to be short and not whole yet is nothing.
function beyondShort(text: Uint8Array, at: number): number {
  return text.length - at > shortMax ? strange() : at;
}

function strange(): never {
  throw damaged('it is not as Orbit writes it');
}

function startsWith(text: Uint8Array, at: number, wanted: Uint8Array): boolean {
  return wanted.every((byte, index) => text[at + index] === byte);
}

// Its own end comes first, unless it has a past.
function endOfEntry(text: Uint8Array, at: number): number | undefined {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length);
  const first = bytes.indexOf('</Entry>', at);
  if (first === -1) return undefined;
  if (!bytes.subarray(at, first).includes('<History>')) return first + '</Entry>'.length;
  const last = '</History></Entry>';
  const end = bytes.indexOf(last, first);
  return end === -1 ? undefined : end + last.length;
}

function readAny(parser: DocumentParser, pieces: readonly Uint8Array[]): void {
  const reader = new XmlReader(parser, defaultLimits);
  for (const piece of pieces) reader.write(piece);
  reader.end();
}
