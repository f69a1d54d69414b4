// Records as plain bytes, for keeping very many: a tenth of what the same records take as objects. They are still clear:
// keep them for one run, in memory only, and wipe them.
import { hash } from 'node:crypto';
import { SecretString } from '../../base/secret-string.ts';
import {
  isLabelledAsNow,
  type SecretAttachment,
  type SecretField,
  type SecretRecord,
  type SecretType,
  type SecretVersion,
} from './secret-record.ts';

const chunkBytes = 1024 * 1024;
const placeNumbers = 5;
type PlaceTuple = [path: number, chunk: number, start: number, contentEnd: number, listEnd: number];

type VersionTuple = [
  title: string,
  username: string,
  password: string,
  url: string,
  notes: string,
  fields: [name: string, value: string, isProtected: boolean][],
  changedAt: number,
];
type PastFiles = [totp: string | null, attachments: [name: string, sha256: string][]];
/** A past version with a second factor or files (named by their SHA-256), or with other tags or another expiry than now. */
type PastTuple =
  | VersionTuple
  | [...version: VersionTuple, ...files: PastFiles]
  | [...version: VersionTuple, ...files: PastFiles, tags: string[], expiresAt: number | null];
type ContentTuple = [
  version: VersionTuple,
  type: SecretType,
  groups: string[],
  tags: string[],
  totp: string | null,
  createdAt: number,
  expiresAt: number | null,
  history: PastTuple[],
];
/** The secret's own files by name, with their SHA-256 where a past version may have the same one; then those of the past only. */
interface AttachmentList {
  own: [name: string, bytes: number, sha256?: string][];
  past: [sha256: string, bytes: number][];
}

/**
 * Everything of a record but its id and its attachments, as JSON: equal texts mean equal contents. Drop it at once.
 * Digests of secrets are made of it, so its shape is part of the kit's format.
 */
export function contentText(record: SecretRecord): string {
  const content: ContentTuple = [
    versionTuple(record),
    record.type,
    record.groups,
    record.tags,
    record.totp?.reveal() ?? null,
    record.createdAt.getTime(),
    record.expiresAt?.getTime() ?? null,
    record.history.map((version) => pastTuple(version, record)),
  ];
  return JSON.stringify(content);
}

function versionTuple(version: SecretVersion): VersionTuple {
  return [
    version.title,
    version.username,
    version.password.reveal(),
    version.url,
    version.notes.reveal(),
    version.fields.map((field) => [field.name, field.value.reveal(), field.isProtected]),
    version.changedAt.getTime(),
  ];
}

function pastTuple(version: SecretVersion, record: SecretRecord): PastTuple {
  const { totp, attachments = [] } = version;
  const tuple = versionTuple(version);
  const isAsNow = isLabelledAsNow(version, record);
  if (totp === undefined && attachments.length === 0 && isAsNow) return tuple;
  const files: PastFiles = [totp?.reveal() ?? null, attachments.map(({ name, bytes }) => [name, sha256Of(bytes)])];
  if (isAsNow) return [...tuple, ...files];
  return [...tuple, ...files, version.tags ?? [], version.expiresAt?.getTime() ?? null];
}

function pastOf(tuple: PastTuple, files: ReadonlyMap<string, Buffer>): SecretVersion {
  const version = versionOf(tuple);
  // Nearly all say no more.
  if (tuple.length === 7) return version;
  const [, , , , , , , totp, attachments, tags, expiresAt = null] = tuple;
  if (totp !== null) version.totp = new SecretString(totp);
  if (tags !== undefined) version.tags = tags;
  if (expiresAt !== null) version.expiresAt = new Date(expiresAt);
  if (attachments.length > 0)
    version.attachments = attachments.map(([name, sha256]) => ({ name, bytes: files.get(sha256) ?? Buffer.alloc(0) }));
  return version;
}

function sha256Of(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}

function versionOf([title, username, password, url, notes, fields, changedAt]: PastTuple): SecretVersion {
  return {
    title,
    username,
    password: new SecretString(password),
    url,
    notes: new SecretString(notes),
    fields: fieldsOf(fields),
    changedAt: new Date(changedAt),
  };
}

function fieldsOf(fields: VersionTuple[5]): SecretField[] {
  return fields.map(([name, value, isProtected]) => ({ name, value: new SecretString(value), isProtected }));
}

/** Where a record lies packed. */
interface PackedPlace {
  chunk: Buffer;
  start: number;
  contentEnd: number;
  /** Where the list of attachments ends, which stands between the content and their bytes; undefined when there are none. */
  listEnd: number | undefined;
}

/** One record that lies packed. Every part but its id and its groups is made anew at each call. */
export class PackedRecord {
  readonly id: string;
  /** One array for all records of a group. */
  readonly groups: readonly string[];
  readonly #chunk: Buffer;
  readonly #start: number;
  readonly #contentEnd: number;
  readonly #listEnd: number | undefined;

  constructor(id: string, groups: readonly string[], { chunk, start, contentEnd, listEnd }: PackedPlace) {
    this.id = id;
    this.groups = groups;
    this.#chunk = chunk;
    this.#start = start;
    this.#contentEnd = contentEnd;
    this.#listEnd = listEnd;
  }

  /** Where it lies. */
  get place(): PackedPlace {
    return { chunk: this.#chunk, start: this.#start, contentEnd: this.#contentEnd, listEnd: this.#listEnd };
  }

  /** Whether it has files, now or in its past. */
  get hasFiles(): boolean {
    return this.#listEnd !== undefined;
  }

  /** `contentText` in UTF-8, where it lies: read only. */
  contentBytes(): Buffer {
    return this.#chunk.subarray(this.#start, this.#contentEnd);
  }

  /** Their bytes are where they lie: read only. */
  attachments(): SecretAttachment[] {
    return this.#files().own;
  }

  #files(): { own: SecretAttachment[]; bySha256: Map<string, Buffer> } {
    const own: SecretAttachment[] = [];
    const bySha256 = new Map<string, Buffer>();
    if (this.#listEnd === undefined) return { own, bySha256 };
    const list = JSON.parse(this.#chunk.toString('utf8', this.#contentEnd, this.#listEnd)) as AttachmentList;
    let at = this.#listEnd;
    const next = (size: number): Buffer => {
      at += size;
      return this.#chunk.subarray(at - size, at);
    };
    for (const [name, size, sha256] of list.own) {
      const bytes = next(size);
      own.push({ name, bytes });
      if (sha256 !== undefined) bySha256.set(sha256, bytes);
    }
    for (const [sha256, size] of list.past) bySha256.set(sha256, next(size));
    return { own, bySha256 };
  }

  unpack(): SecretRecord {
    const json = this.#chunk.toString('utf8', this.#start, this.#contentEnd);
    const [now, type, groups, tags, totp, createdAt, expiresAt, history] = JSON.parse(json) as ContentTuple;
    const [title, username, password, url, notes, fields, changedAt] = now;
    const { own, bySha256 } = this.#files();
    // Part by part: taking over what another object has takes several times as long.
    const record: SecretRecord = {
      title,
      username,
      password: new SecretString(password),
      url,
      notes: new SecretString(notes),
      fields: fieldsOf(fields),
      changedAt: new Date(changedAt),
      id: this.id,
      type,
      groups,
      tags,
      attachments: own,
      createdAt: new Date(createdAt),
      history: history.map((version) => pastOf(version, bySha256)),
    };
    if (totp !== null) record.totp = new SecretString(totp);
    if (expiresAt !== null) record.expiresAt = new Date(expiresAt);
    return record;
  }
}

/** Records on their way to another thread, in the order in which they were packed. */
export interface PackedPage {
  ids: string[];
  /** The different paths of groups. */
  paths: (readonly string[])[];
  /** Their memory, which changes hands. */
  chunks: Uint8Array<ArrayBuffer>[];
  /** Five numbers a record: its path, its chunk, and `start`, `contentEnd` and `listEnd` in it, 0 where there is none. */
  places: Uint32Array<ArrayBuffer>;
}

/** Packs records one behind the other. */
export class RecordPacker {
  readonly #chunks: Buffer[] = [];
  readonly #takenOver: Uint8Array[] = [];
  readonly #groups = new Map<string, readonly string[]>();
  #at = 0;

  pack(record: SecretRecord): PackedRecord {
    const content = contentText(record);
    const { list, files } = isWithoutFiles(record) ? nothingAttached : attachmentList(record);
    const listText = files.length === 0 ? '' : JSON.stringify(list);
    const attached = files.reduce((sum, bytes) => sum + bytes.length, 0);
    const chunk = this.#chunkFor((content.length + listText.length) * 3 + attached);
    const start = this.#at;
    const contentEnd = start + chunk.write(content, start);
    const listEnd = contentEnd + chunk.write(listText, contentEnd);
    this.#at = listEnd;
    for (const bytes of files) {
      chunk.set(bytes, this.#at);
      this.#at += bytes.length;
    }
    const place = { chunk, start, contentEnd, listEnd: files.length === 0 ? undefined : listEnd };
    return new PackedRecord(record.id, this.#sharedGroups(record.groups), place);
  }

  /** Packs a record without files whose content is there as `contentBytes` gives it. */
  packContent(id: string, groups: readonly string[], content: Uint8Array): PackedRecord {
    const chunk = this.#chunkFor(content.length);
    const start = this.#at;
    chunk.set(content, start);
    this.#at = start + content.length;
    return new PackedRecord(id, this.#sharedGroups(groups), { chunk, start, contentEnd: this.#at, listEnd: undefined });
  }

  #sharedGroups(groups: readonly string[]): readonly string[] {
    const key = groups.join('\0');
    const known = this.#groups.get(key);
    // Two paths may have one key, where a name has that character.
    if (known?.length === groups.length && known.every((name, depth) => name === groups[depth])) return known;
    const own = [...groups];
    this.#groups.set(key, own);
    return own;
  }

  /** Makes everything that was packed here ready for the journey, and begins anew; `records` are all of them. */
  handOver(records: readonly PackedRecord[]): PackedPage {
    const packed = this.#chunks.splice(0);
    const last = packed.at(-1);
    const trimmed = last === undefined ? [] : [Uint8Array.from(last.subarray(0, this.#at))];
    const paths = new Map<readonly string[], number>();
    const places = new Uint32Array(placeNumbers * records.length);
    records.forEach(({ groups, place: { chunk, start, contentEnd, listEnd = 0 } }, index) => {
      const path = paths.get(groups) ?? paths.size;
      paths.set(groups, path);
      places.set([path, packed.indexOf(chunk), start, contentEnd, listEnd], placeNumbers * index);
    });
    last?.fill(0);
    const chunks = [...(packed.slice(0, -1) as Uint8Array<ArrayBuffer>[]), ...trimmed];
    return { ids: records.map(({ id }) => id), paths: [...paths.keys()], chunks, places };
  }

  /** The records of a page that came from another thread. */
  takeOver({ ids, paths, chunks, places }: PackedPage): PackedRecord[] {
    this.#takenOver.push(...chunks);
    const buffers = chunks.map((chunk) => Buffer.from(chunk.buffer));
    const shared = paths.map((path) => this.#sharedGroups(path));
    return ids.map((id, index) => {
      const [path, chunk, start, contentEnd, listEnd] = places.subarray(placeNumbers * index) as unknown as PlaceTuple;
      const place = {
        chunk: buffers[chunk] as Buffer,
        start,
        contentEnd,
        listEnd: listEnd === 0 ? undefined : listEnd,
      };
      return new PackedRecord(id, shared[path] as readonly string[], place);
    });
  }

  /** Zeroes everything that was packed or taken over here. */
  wipe(): void {
    for (const chunk of [...this.#chunks, ...this.#takenOver]) chunk.fill(0);
    this.#chunks.length = 0;
    this.#takenOver.length = 0;
  }

  #chunkFor(size: number): Buffer {
    const last = this.#chunks.at(-1);
    if (last !== undefined && this.#at + size <= last.length) return last;
    const chunk = Buffer.alloc(Math.max(chunkBytes, size));
    this.#chunks.push(chunk);
    this.#at = 0;
    return chunk;
  }
}

const nothingAttached: ReturnType<typeof attachmentList> = { list: { own: [], past: [] }, files: [] };

function isWithoutFiles({ attachments, history }: SecretRecord): boolean {
  return attachments.length === 0 && history.every((version) => (version.attachments ?? []).length === 0);
}

// Every file once, however many versions have it.
function attachmentList(record: SecretRecord): { list: AttachmentList; files: Buffer[] } {
  const past = new Map<string, Buffer>();
  for (const { bytes } of record.history.flatMap((version) => version.attachments ?? []))
    past.set(sha256Of(bytes), bytes);
  const own = record.attachments.map(({ name, bytes }): AttachmentList['own'][number] => {
    if (past.size === 0) return [name, bytes.length];
    const sha256 = sha256Of(bytes);
    past.delete(sha256);
    return [name, bytes.length, sha256];
  });
  return {
    list: { own, past: [...past].map(([sha256, bytes]) => [sha256, bytes.length]) },
    files: [...record.attachments.map(({ bytes }) => bytes), ...past.values()],
  };
}
