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
type AttachmentTuple = [name: string, bytes: number];

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
  readonly id: string;
  readonly #chunk: Buffer;
  readonly #start: number;
  readonly #contentEnd: number;
  /** Where the list of attachments ends, which stands between the content and their bytes; undefined when there are none. */
  readonly #listEnd: number | undefined;

  constructor(id: string, chunk: Buffer, start: number, contentEnd: number, listEnd: number | undefined) {
    this.id = id;
    this.#chunk = chunk;
    this.#start = start;
    this.#contentEnd = contentEnd;
    this.#listEnd = listEnd;
  }

  /** `contentText` in UTF-8, where it lies: read only. */
  contentBytes(): Buffer {
    return this.#chunk.subarray(this.#start, this.#contentEnd);
  }

  /** Their bytes are where they lie: read only. */
  attachments(): SecretAttachment[] {
    if (this.#listEnd === undefined) return [];
    const list = JSON.parse(this.#chunk.toString('utf8', this.#contentEnd, this.#listEnd)) as AttachmentTuple[];
    let at = this.#listEnd;
    return list.map(([name, size]) => {
      at += size;
      return { name, bytes: this.#chunk.subarray(at - size, at) };
    });
  }

  unpack(): SecretRecord {
    const json = this.#chunk.toString('utf8', this.#start, this.#contentEnd);
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
}

/** Packs records one behind the other. */
export class RecordPacker {
  readonly #chunks: Buffer[] = [];
  #at = 0;

  pack(record: SecretRecord): PackedRecord {
    const content = contentText(record);
    const { attachments } = record;
    const list = attachments.map(({ name, bytes }): AttachmentTuple => [name, bytes.length]);
    const listText = list.length === 0 ? '' : JSON.stringify(list);
    const attached = list.reduce((sum, [, size]) => sum + size, 0);
    const chunk = this.#chunkFor((content.length + listText.length) * 3 + attached);
    const start = this.#at;
    const contentEnd = start + chunk.write(content, start);
    const listEnd = contentEnd + chunk.write(listText, contentEnd);
    this.#at = listEnd;
    for (const { bytes } of attachments) {
      chunk.set(bytes, this.#at);
      this.#at += bytes.length;
    }
    return new PackedRecord(record.id, chunk, start, contentEnd, list.length === 0 ? undefined : listEnd);
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
