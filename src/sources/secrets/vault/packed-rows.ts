// Packs secrets of the vault straight from the bytes of their opened pieces: what opening them into objects and packing those gives,
// byte for byte, without making texts in between. It reads what `labelText` and `contentsText` write.
import { isFailure } from '../../../base/failure.ts';
import type { InstanceKey } from '../../../store/instance-key.ts';
import type { PackedRecord, RecordPacker } from '../packed-records.ts';
import { contentsPurpose, labelPurpose } from './sealed-secret.ts';
import type { WholeRow } from './vault-read.ts';
import type { VersionRow } from './vault-rows.ts';

const [quote, backslash, open, close, comma] = [0x22, 0x5c, 0x5b, 0x5d, 0x2c];
const [titleName, userNameName, urlName] = [bytesOf('{"title":'), bytesOf(',"username":'), bytesOf(',"url":')];
const [groupsName, tagsName, typeName] = [bytesOf(',"groups":'), bytesOf(',"tags":'), bytesOf(',"type":')];
const [expiryName, totpName, end] = [bytesOf(',"expiresAt":'), bytesOf(',"totp":'), bytesOf('}')];
const [passwordName, notesName, fieldsName] = [bytesOf('{"password":'), bytesOf(',"notes":'), bytesOf(',"fields":[')];
const [fieldName, valueName] = [bytesOf('{"name":'), bytesOf(',"value":')];
const [isProtected, isOpen] = [bytesOf(',"isProtected":true}'), bytesOf(',"isProtected":false}')];
// What JSON adds around the texts of a version: less than this.
const aroundVersion = 256;
// Caught below; it carries nothing.
const strange = new Error('not as the vault writes it');

/** What stands beside the texts of a version, as JSON in latin1: the bytes, one a character. */
interface Labels {
  groups: string;
  tags: string;
  type: string;
  /** Milliseconds since 1970, or null. */
  expiresAt: number | null;
  secondFactor: string | null;
}

/** Packs rows, one after the other, with all that belongs to them. */
export class RowPacker {
  readonly #key: InstanceKey;
  readonly #packer: RecordPacker;
  readonly #groups = new Map<string, readonly string[]>();
  readonly #label = new JsonPiece();
  readonly #contents = new JsonPiece();
  #text = Buffer.alloc(16 * 1024);
  #length = 0;

  constructor(key: InstanceKey, packer: RecordPacker) {
    this.#key = key;
    this.#packer = packer;
  }

  /** The record of a row. Undefined for one with files, and for one that cannot be opened or reads otherwise: then it is opened whole. */
  pack({ row, past, hasFiles }: WholeRow): PackedRecord | undefined {
    if (hasFiles) return undefined;
    this.#makeRoom(row, past);
    try {
      this.#ascii('[');
      const now = this.#version(row.id, row);
      this.#ascii(`],${now.type},${now.groups},${now.tags},${now.secondFactor},`);
      this.#ascii(`${time(row.createdAt)},${now.expiresAt},[`);
      past.forEach((version, index) => {
        if (index > 0) this.#ascii(',');
        this.#past(row.id, version, now);
      });
      this.#ascii(']]');
      return this.#packer.packContent(row.id, this.#groupsOf(now), this.#text.subarray(0, this.#length));
    } catch (error) {
      // Whoever opens it whole tells what is wrong with it.
      if (error !== strange && !isFailure(error, 'store.damaged-value')) throw error;
      return undefined;
    } finally {
      this.#text.fill(0, 0, this.#length);
      this.#label.wipe();
      this.#contents.wipe();
    }
  }

  #past(id: string, version: VersionRow, now: Labels): void {
    const { tags, expiresAt, secondFactor } = this.#version(id, version);
    const isAsNow = tags === now.tags && expiresAt === now.expiresAt;
    if (!isAsNow || secondFactor !== null) this.#ascii(`,${secondFactor},[]`);
    if (!isAsNow) this.#ascii(`,${tags},${expiresAt}`);
    this.#ascii(']');
  }

  // Writes what every version has, up to and without its end, and gives the rest.
  #version(id: string, { revision, label: sealedLabel, contents: sealedContents, changedAt }: VersionRow): Labels {
    const label = this.#label.opened(this.#key, labelPurpose(id, revision), sealedLabel);
    const contents = this.#contents.opened(this.#key, contentsPurpose(id, revision), sealedContents);
    this.#ascii('[');
    this.#move(label, titleName);
    this.#move(label, userNameName);
    this.#move(contents, passwordName);
    this.#move(label, urlName);
    this.#move(contents, notesName);
    this.#fields(contents);
    this.#ascii(`${time(changedAt)}`);
    const groups = label.expect(groupsName).list();
    const tags = label.expect(tagsName).list();
    const type = label.expect(typeName).string();
    const expiresAt = label.takes(expiryName) ? time(label.string().slice(1, -1)) : null;
    label.expect(end);
    const secondFactor = contents.takes(totpName) ? contents.string() : null;
    contents.expect(end);
    return { groups, tags, type, expiresAt, secondFactor };
  }

  #move(piece: JsonPiece, name: Uint8Array): void {
    this.#length = piece.expect(name).moveString(this.#text, this.#length);
    this.#byte(comma);
  }

  #fields(contents: JsonPiece): void {
    contents.expect(fieldsName);
    this.#byte(open);
    for (let isFirst = true; !contents.takesByte(close); isFirst = false) {
      if (!isFirst) {
        contents.expectByte(comma);
        this.#byte(comma);
      }
      this.#byte(open);
      this.#move(contents, fieldName);
      this.#move(contents, valueName);
      const isSealed = contents.takes(isProtected);
      if (!isSealed) contents.expect(isOpen);
      this.#ascii(isSealed ? 'true]' : 'false]');
    }
    this.#ascii('],');
  }

  #byte(byte: number): void {
    this.#text[this.#length] = byte;
    this.#length += 1;
  }

  #ascii(text: string): void {
    this.#length += this.#text.write(text, this.#length, 'latin1');
  }

  #makeRoom(row: VersionRow, past: readonly VersionRow[]): void {
    // Sealed bytes are as many as open ones, and some more. Labels of a version may be written twice.
    const room = [row, ...past].reduce(
      (sum, { label, contents }) => sum + 2 * label.length + contents.length + aroundVersion,
      0,
    );
    if (room > this.#text.length) this.#text = Buffer.alloc(2 * room);
    this.#length = 0;
  }

  #groupsOf({ groups }: Labels): readonly string[] {
    const known = this.#groups.get(groups);
    if (known !== undefined) return known;
    const parsed = JSON.parse(Buffer.from(groups, 'latin1').toString()) as string[];
    this.#groups.set(groups, parsed);
    return parsed;
  }
}

/** A piece that was opened, and how far it was read. */
class JsonPiece {
  #bytes = Buffer.alloc(4096);
  #at = 0;
  #end = 0;

  opened(key: InstanceKey, purpose: string, sealed: Uint8Array): this {
    this.wipe();
    if (this.#bytes.length < sealed.length) this.#bytes = Buffer.alloc(2 * sealed.length);
    this.#end = key.openInto(purpose, sealed, this.#bytes);
    this.#at = 0;
    return this;
  }

  wipe(): void {
    this.#bytes.fill(0, 0, this.#end);
    this.#end = 0;
  }

  takes(wanted: Uint8Array): boolean {
    for (let i = 0; i < wanted.length; i += 1) if (this.#bytes[this.#at + i] !== wanted[i]) return false;
    this.#at += wanted.length;
    return true;
  }

  expect(wanted: Uint8Array): this {
    if (!this.takes(wanted)) throw strange;
    return this;
  }

  takesByte(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  expectByte(byte: number): void {
    if (!this.takesByte(byte)) throw strange;
  }

  /** Writes the JSON text that comes next to a place of `target`, and gives where it ends. */
  moveString(target: Uint8Array, offset: number): number {
    const start = this.#at;
    this.#skipString();
    const bytes = this.#bytes;
    let to = offset;
    for (let at = start; at < this.#at; at += 1, to += 1) target[to] = bytes[at] as number;
    return to;
  }

  /** The JSON text that comes next, in latin1. */
  string(): string {
    const start = this.#at;
    this.#skipString();
    return this.#bytes.toString('latin1', start, this.#at);
  }

  /** The list of JSON texts that comes next, in latin1. */
  list(): string {
    const start = this.#at;
    this.expectByte(open);
    for (let isFirst = true; !this.takesByte(close); isFirst = false) {
      if (!isFirst) this.expectByte(comma);
      this.#skipString();
    }
    return this.#bytes.toString('latin1', start, this.#at);
  }

  #skipString(): void {
    this.expectByte(quote);
    const bytes = this.#bytes;
    let at = this.#at;
    for (; bytes[at] !== quote; at += 1) {
      if (bytes[at] === backslash) at += 1;
      if (at >= this.#end) throw strange;
    }
    this.#at = at + 1;
  }
}

function time(text: string): number {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) throw strange;
  return milliseconds;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
