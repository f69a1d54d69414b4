// Records as plain bytes, for keeping very many: a tenth of what the same records take as objects. They are still clear:
// keep them for one run, in memory only, and wipe them.
import { SecretString } from '../../base/secret-string.ts';
import type { SecretAttachment, SecretRecord, SecretType, SecretVersion } from './secret-record.ts';

const chunkBytes = 1024 * 1024;

type VersionTuple = [
  title: string,
  username: string,
  password: string,
  url: string,
  notes: string,
  fields: [name: string, value: string, isProtected: boolean][],
  changedAt: number,
];
type ContentTuple = [
  version: VersionTuple,
  type: SecretType,
  groups: string[],
  tags: string[],
  totp: string | null,
  createdAt: number,
  expiresAt: number | null,
  history: VersionTuple[],
];
/** Id, then name and size of each attachment. */
type HeadTuple = [id: string, attachments: [name: string, bytes: number][]];

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
    record.history.map(versionTuple),
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

function versionOf([title, username, password, url, notes, fields, changedAt]: VersionTuple): SecretVersion {
  return {
    title,
    username,
    password: new SecretString(password),
    url,
    notes: new SecretString(notes),
    fields: fields.map(([name, value, isProtected]) => ({ name, value: new SecretString(value), isProtected })),
    changedAt: new Date(changedAt),
  };
}

/** One record that lies packed. Every part is made anew at each call. */
export class PackedRecord {
  readonly #chunk: Buffer;
  readonly #start: number;
  readonly #contentStart: number;
  readonly #contentEnd: number;

  constructor(chunk: Buffer, start: number, contentStart: number, contentEnd: number) {
    this.#chunk = chunk;
    this.#start = start;
    this.#contentStart = contentStart;
    this.#contentEnd = contentEnd;
  }

  get id(): string {
    return this.#head()[0];
  }

  /** `contentText` in UTF-8, where it lies: read only. */
  contentBytes(): Buffer {
    return this.#chunk.subarray(this.#contentStart, this.#contentEnd);
  }

  /** Their bytes are where they lie: read only. */
  attachments(): SecretAttachment[] {
    let at = this.#contentEnd;
    return this.#head()[1].map(([name, size]) => {
      at += size;
      return { name, bytes: this.#chunk.subarray(at - size, at) };
    });
  }

  unpack(): SecretRecord {
    const json = this.#chunk.toString('utf8', this.#contentStart, this.#contentEnd);
    const [version, type, groups, tags, totp, createdAt, expiresAt, history] = JSON.parse(json) as ContentTuple;
    return {
      ...versionOf(version),
      id: this.id,
      type,
      groups,
      tags,
      ...(totp === null ? {} : { totp: new SecretString(totp) }),
      attachments: this.attachments(),
      createdAt: new Date(createdAt),
      ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt) }),
      history: history.map(versionOf),
    };
  }

  #head(): HeadTuple {
    return JSON.parse(this.#chunk.toString('utf8', this.#start, this.#contentStart)) as HeadTuple;
  }
}

/** Packs records one behind the other. */
export class RecordPacker {
  readonly #chunks: Buffer[] = [];
  #at = 0;

  pack(record: SecretRecord): PackedRecord {
    const head: HeadTuple = [record.id, record.attachments.map(({ name, bytes }) => [name, bytes.length])];
    const headText = JSON.stringify(head);
    const content = contentText(record);
    const attached = record.attachments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const chunk = this.#chunkFor((headText.length + content.length) * 3 + attached);
    const start = this.#at;
    const contentStart = start + chunk.write(headText, start);
    const contentEnd = contentStart + chunk.write(content, contentStart);
    this.#at = contentEnd;
    for (const { bytes } of record.attachments) {
      chunk.set(bytes, this.#at);
      this.#at += bytes.length;
    }
    return new PackedRecord(chunk, start, contentStart, contentEnd);
  }

  /** Zeroes everything that was packed here. */
  wipe(): void {
    for (const chunk of this.#chunks) chunk.fill(0);
    this.#chunks.length = 0;
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
