// Turns the elements of a KeePass document into entries, one by one, in the document's order.
import { decodeBase64, fromBase64 } from './base64.ts';
import { sameBytes, toHex } from './bytes.ts';
import { EntryWithPast, type KeepPast } from './entry-with-past.ts';
import type { KeyStream } from './key-stream.ts';
import type { KdbxEntry, KdbxVersion } from './kdbx-types.ts';
import { damaged } from './refusals.ts';
import { decodeTime } from './times.ts';
import type { XmlAttributes, XmlHandler } from './xml-reader.ts';

/** What the document says about itself; complete when the last entry was read. */
export interface DocumentSummary {
  name: string;
  generator: string;
  entryCount: number;
  /** How many deleted objects it remembers. */
  deletedCount: number;
}

/** Bytes of an attachment in the XML (KDBX 3.1), perhaps still gzipped. */
export interface XmlAttachment {
  bytes: Uint8Array;
  isCompressed: boolean;
}

/** An attachment of an entry whose bytes the reader has yet to fill in from `source`. */
export interface AwaitedAttachment {
  attachment: { name: string; bytes: Uint8Array };
  source: XmlAttachment;
}

/** How a document is read. */
export interface DocumentOptions {
  /** SHA-256 of the outer header, which a KDBX 3.1 document repeats. */
  headerHash?: Uint8Array | undefined;
  keepPast?: KeepPast | undefined;
}

interface Group {
  parent: Group | undefined;
  name?: string;
  uuid?: string | undefined;
  isClosed: boolean;
}

interface OpenVersion {
  version: KdbxVersion;
  /** Reads the past of the entry that was kept for later. */
  readPast?: () => KdbxVersion[];
  uuid: string;
  history: KdbxVersion[];
  expires: boolean;
  group: Group | undefined;
}

type Context =
  | 'document'
  | 'file'
  | 'meta'
  | 'binaries'
  | 'root'
  | 'deleted'
  | 'group'
  | 'entry'
  | 'times'
  | 'string'
  | 'binary'
  | 'history'
  | 'custom-data'
  | 'custom-item'
  | 'other';

const children: Partial<Record<Context, Record<string, Context>>> = {
  document: { KeePassFile: 'file' },
  file: { Meta: 'meta', Root: 'root' },
  meta: { Binaries: 'binaries' },
  root: { Group: 'group', DeletedObjects: 'deleted' },
  group: { Group: 'group', Entry: 'entry' },
  entry: { Times: 'times', String: 'string', Binary: 'binary', History: 'history', CustomData: 'custom-data' },
  history: { Entry: 'entry' },
  'custom-data': { Item: 'custom-item' },
};
const values = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const noUuid = '0'.repeat(32);

/** The handler for a whole document. `protection` is undefined for XML exports, which hide nothing. */
export class DocumentParser implements XmlHandler {
  readonly summary: DocumentSummary = { name: '', generator: '', entryCount: 0, deletedCount: 0 };
  /** Attachments still to be filled in, before `takeEntries` is called. */
  awaited: AwaitedAttachment[] = [];
  readonly #protection: KeyStream | undefined;
  readonly #attachments: readonly Uint8Array[];
  readonly #headerHash: Uint8Array | undefined;
  readonly kept?: { name: string; keep(source: string): boolean };
  readonly #xmlAttachments = new Map<string, XmlAttachment>();
  readonly #contexts: Context[] = ['document'];
  readonly #versions: OpenVersion[] = [];
  #waiting: { entry: KdbxEntry; group: Group }[] = [];
  #group: Group | undefined;
  #recycleBin: string | undefined;
  #opened: XmlAttributes | undefined;
  #key = '';
  #value = '';
  #isProtected = false;
  #attachment: XmlAttachment | undefined;
  /** Protected values are opened here, one at a time, and wiped. */
  #opening = new Uint8Array(4096);

  constructor(
    protection: KeyStream | undefined,
    attachments: readonly Uint8Array[],
    { headerHash, keepPast }: DocumentOptions = {},
  ) {
    this.#protection = protection;
    this.#attachments = attachments;
    this.#headerHash = headerHash;
    if (keepPast !== undefined) this.kept = { name: 'History', keep: (source) => this.#keep(source, keepPast) };
  }

  #keep(source: string, keepPast: KeepPast): boolean {
    const [open, ...others] = this.#versions;
    if (this.#contexts[this.#contexts.length - 1] !== 'entry' || open === undefined || others.length > 0) return false;
    if (open.readPast !== undefined || open.history.length > 0) return false;
    const readPast = keepPast(source);
    if (readPast === undefined) return false;
    open.readPast = readPast;
    return true;
  }

  /** Entries that are complete by now, and whose groups have their names. */
  takeEntries(): KdbxEntry[] {
    let ready = 0;
    for (const { entry, group } of this.#waiting) {
      if (!isSettled(group)) break;
      for (let at: Group | undefined = group; at !== undefined; at = at.parent) {
        if (at.parent !== undefined) entry.groups.unshift(at.name ?? '');
        if (at.uuid !== undefined && at.uuid !== noUuid && at.uuid === this.#recycleBin) entry.isRecycled = true;
      }
      ready += 1;
    }
    return this.#waiting.splice(0, ready).map(({ entry }) => entry);
  }

  leaf(name: string, attributes: XmlAttributes, text: string): void {
    const parent = this.#contexts[this.#contexts.length - 1] ?? 'other';
    if (children[parent]?.[name] === undefined) return this.#leaf(parent, name, text, attributes);
    this.open(name, attributes);
    this.close(name, text);
  }

  open(name: string, attributes: XmlAttributes): void {
    const context = children[this.#contexts[this.#contexts.length - 1] ?? 'other']?.[name] ?? 'other';
    this.#contexts.push(context);
    this.#opened = attributes;
    if (context === 'group') this.#group = { parent: this.#group, isClosed: false };
    else if (context === 'string' || context === 'binary' || context === 'custom-item') {
      this.#key = '';
      this.#value = '';
      this.#isProtected = false;
      this.#attachment = undefined;
    } else if (context === 'entry') {
      // A version in a history belongs to the entry around it, wherever that lies.
      if (this.#versions.length > 1) throw damaged('a history contains another history');
      const version: KdbxVersion = { fields: [], tags: [], customData: [], attachments: [] };
      this.#versions.push({ version, uuid: '', history: [], expires: false, group: this.#group });
    }
  }

  close(name: string, text: string): void {
    const context = this.#contexts.pop() ?? 'other';
    const opened = this.#opened;
    this.#opened = undefined;
    if (context === 'other') {
      if (opened !== undefined) this.#leaf(this.#contexts[this.#contexts.length - 1] ?? 'other', name, text, opened);
    } else this.#closeContext(context);
  }

  #closeContext(context: Context): void {
    const version = this.#versions[this.#versions.length - 1]?.version;
    if (context === 'entry') this.#closeEntry();
    else if (context === 'group' && this.#group !== undefined) {
      this.#group.isClosed = true;
      this.#group = this.#group.parent;
    } else if (context === 'string') {
      version?.fields.push({ name: this.#key, value: this.#value, isProtected: this.#isProtected });
    } else if (context === 'custom-item') version?.customData.push({ name: this.#key, value: this.#value });
    else if (context === 'binary' && version !== undefined) {
      if (this.#attachment === undefined) throw damaged(`the attachment ${this.#key} is missing`);
      const attachment = { name: this.#key, bytes: this.#attachment.bytes };
      version.attachments.push(attachment);
      if (this.#attachment.isCompressed) this.awaited.push({ attachment, source: this.#attachment });
    }
  }

  #closeEntry(): void {
    const closed = this.#versions.pop();
    if (closed === undefined) return;
    if (!closed.expires) delete closed.version.expiresAt;
    const outer = this.#versions[this.#versions.length - 1];
    if (outer !== undefined) {
      outer.history.push(closed.version);
      return;
    }
    if (closed.uuid === '') throw damaged(`entry ${this.summary.entryCount + 1} has no UUID`);
    if (closed.group === undefined) throw damaged('an entry lies outside every group');
    const { version, uuid, history, readPast } = closed;
    const entry =
      readPast === undefined
        ? { ...version, uuid, groups: [], history }
        : new EntryWithPast(version, uuid, () => [...readPast(), ...history]);
    this.#waiting.push({ entry, group: closed.group });
    this.summary.entryCount += 1;
  }

  #leaf(parent: Context, name: string, text: string, attributes: XmlAttributes): void {
    // The key stream runs through every protected element, known or not.
    const isSealed = isTrue(attributes['Protected']);
    const bytes = isSealed ? this.#unprotect(text) : undefined;
    if (parent === 'string' || parent === 'custom-item') {
      if (name === 'Key') this.#key = text;
      else if (name === 'Value') {
        this.#value = bytes === undefined ? text : decodeText(bytes);
        this.#isProtected = isSealed || isTrue(attributes['ProtectInMemory']);
      }
    } else if (parent === 'binary') {
      if (name === 'Key') this.#key = text;
      else if (name === 'Value') this.#attachment = this.#attachmentOf(attributes, text, bytes);
    } else if (parent === 'binaries' && name === 'Binary') {
      this.#xmlAttachments.set(attributes['ID'] ?? '', inlineAttachment(attributes, text, bytes));
    } else if (parent === 'entry') this.#entryLeaf(name, text);
    else if (parent === 'times') this.#timesLeaf(name, text);
    else if (parent === 'group' && this.#group !== undefined) {
      if (name === 'Name') this.#group.name = text;
      else if (name === 'UUID') this.#group.uuid = decodeUuid(text);
    } else if (parent === 'meta') this.#metaLeaf(name, text);
    else if (parent === 'deleted') this.summary.deletedCount += name === 'DeletedObject' ? 1 : 0;
    bytes?.fill(0);
  }

  #metaLeaf(name: string, text: string): void {
    if (name === 'RecycleBinUUID') this.#recycleBin = decodeUuid(text);
    else if (name === 'DatabaseName') this.summary.name = text;
    else if (name === 'Generator') this.summary.generator = text;
    else if (name === 'HeaderHash' && text !== '' && this.#headerHash !== undefined) {
      const isSame = sameBytes(fromBase64(text) ?? new Uint8Array(), this.#headerHash);
      if (!isSame) throw damaged('its header was changed after it was written');
    }
  }

  #entryLeaf(name: string, text: string): void {
    const open = this.#versions[this.#versions.length - 1];
    if (open === undefined) return;
    // Versions in a history have the UUID of their entry.
    if (name === 'UUID') open.uuid = this.#versions.length > 1 ? '' : (decodeUuid(text) ?? '');
    else if (name === 'Tags') open.version.tags = splitTags(text);
  }

  #timesLeaf(name: string, text: string): void {
    const open = this.#versions[this.#versions.length - 1];
    if (open === undefined) return;
    if (name === 'Expires') open.expires = isTrue(text.trim());
    const field =
      name === 'CreationTime'
        ? 'createdAt'
        : name === 'LastModificationTime'
          ? 'modifiedAt'
          : name === 'ExpiryTime'
            ? 'expiresAt'
            : undefined;
    const time = field === undefined ? undefined : decodeTime(text);
    if (field !== undefined && time !== undefined) open.version[field] = time;
  }

  #attachmentOf(attributes: XmlAttributes, text: string, bytes: Uint8Array | undefined): XmlAttachment | undefined {
    const reference = attributes['Ref'];
    if (reference === undefined) return inlineAttachment(attributes, text, bytes);
    const inner = /^\d{1,9}$/.test(reference) ? this.#attachments[Number(reference)] : undefined;
    return inner === undefined ? this.#xmlAttachments.get(reference) : { bytes: inner, isCompressed: false };
  }

  /** The clear bytes, until the next call. */
  #unprotect(text: string): Uint8Array {
    if (this.#opening.length < text.length) this.#opening = new Uint8Array(2 * text.length);
    const length = decodeBase64(text, this.#opening);
    if (length === undefined) throw damaged('a protected value is not base64');
    const bytes = this.#opening.subarray(0, length);
    this.#protection?.apply(bytes);
    return bytes;
  }
}

function inlineAttachment(attributes: XmlAttributes, text: string, bytes: Uint8Array | undefined): XmlAttachment {
  const content = bytes?.slice() ?? fromBase64(text);
  if (content === undefined) throw damaged('an attachment is not base64');
  return { bytes: content, isCompressed: isTrue(attributes['Compressed']) };
}

function decodeText(bytes: Uint8Array): string {
  // Most values are short and plain, and then a decoder costs more than the rest of the value.
  if (bytes.length <= 64 && isAscii(bytes)) return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
  try {
    return values.decode(bytes);
  } catch {
    throw damaged('a protected value is not UTF-8');
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += 1) if ((bytes[at] as number) >= 0x80) return false;
  return true;
}

function decodeUuid(text: string): string | undefined {
  const bytes = fromBase64(text);
  return bytes?.length === 16 ? toHex(bytes) : undefined;
}

/** The tags in the text that stands for them. */
export function splitTags(text: string): string[] {
  return text
    .split(/[;,]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && text.toLowerCase() === 'true';
}

function isSettled(group: Group): boolean {
  for (let at: Group | undefined = group; at !== undefined; at = at.parent) {
    if (at.isClosed) continue;
    if (at.name === undefined || at.uuid === undefined) return false;
  }
  return true;
}
