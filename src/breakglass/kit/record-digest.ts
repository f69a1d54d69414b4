// Keyed digests of secrets: they tell whether a secret is the same as last time, and nothing else to whoever has no key.
import { createHash, hash, randomBytes } from 'node:crypto';
import type { InstanceKey } from '../../store/instance-key.ts';
import { contentText, PackedRecord } from '../../sources/secrets/packed-records.ts';
import type { SecretAttachment, SecretRecord } from '../../sources/secrets/secret-record.ts';
import type { Store } from '../../store/store.ts';

const partBytes = 16;
/** Bytes of one record's digest: 16 that stand for its source and id, then 16 that stand for its content. */
export const recordDigestBytes = 2 * partBytes;

/** The key of digests. Two kits can be compared when their keys have the same id. */
export interface DigestKey {
  id: string;
  digest(...parts: (string | Uint8Array)[]): Buffer;
  /** The 32 bytes it is made of, for another thread. Wipe them. */
  copyBytes(): Uint8Array<ArrayBuffer>;
}

/** The digest key of these 32 bytes. */
export function digestKeyOf(bytes: Uint8Array): DigestKey {
  // HMAC-SHA256 (RFC 2104) over one-shot hashes in memory that is used again and again: building an Hmac object, or a
  // buffer for every part, costs more than all the hashing of a record.
  const blockBytes = 64;
  const inner = Buffer.alloc(64 * 1024);
  inner.set(bytes);
  const outer = Buffer.alloc(blockBytes + 32);
  for (let at = 0; at < blockBytes; at += 1) {
    outer[at] = (inner[at] as number) ^ 0x5c;
    inner[at] = (inner[at] as number) ^ 0x36;
  }
  return {
    id: createHash('sha256').update('orbit digest key\0').update(bytes).digest('hex').slice(0, 16),
    digest(...parts) {
      const most = parts.reduce((sum, part) => sum + 8 + part.length * (typeof part === 'string' ? 3 : 1), blockBytes);
      const text = most <= inner.length ? inner : Buffer.concat([inner.subarray(0, blockBytes)], most);
      let at = blockBytes;
      for (const part of parts) {
        if (typeof part !== 'string') text.set(part, at + 8);
        const length = typeof part === 'string' ? text.write(part, at + 8) : part.length;
        text.writeUInt32BE(0, at);
        text.writeUInt32BE(length, at + 4);
        at += 8 + length;
      }
      outer.write(hash('sha256', text.subarray(0, at), 'binary'), blockBytes, 'latin1');
      // Values of secrets stood here.
      text.fill(0, blockBytes, at);
      return Buffer.from(hash('sha256', outer, 'binary'), 'latin1');
    },
    copyBytes: () => Uint8Array.from(inner.subarray(0, 32), (byte) => byte ^ 0x36),
  };
}

/** The instance's digest key, sealed by its instance key; the first call makes it. */
export function openDigestKey(store: Store, instanceKey: InstanceKey): DigestKey {
  const purpose = 'breakglass:digest-key';
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(purpose);
  if (row !== undefined) {
    const sealed = Buffer.from(JSON.parse(String(row['value'])) as string, 'base64');
    return digestKeyOf(instanceKey.open(purpose, sealed));
  }
  const bytes = randomBytes(32);
  const sealed = instanceKey.seal(purpose, bytes).toString('base64');
  store.database.prepare('INSERT INTO setting (name, value) VALUES (?, ?)').run(purpose, JSON.stringify(sealed));
  return digestKeyOf(bytes);
}

/** The 32 bytes of a record, packed or not: who it is, then what is in it with all its past. */
export function recordDigest(key: DigestKey, sourceId: string, record: SecretRecord | PackedRecord): Buffer {
  const isPacked = record instanceof PackedRecord;
  const content = isPacked ? record.contentBytes() : contentText(record);
  const attachments = isPacked ? record.attachments() : record.attachments;
  return contentDigest(key, { source: sourceId, id: record.id, content, attachments });
}

/** The same of a record's packed content. */
export function contentDigest(key: DigestKey, { source, id, content, attachments = [] }: DigestedContent): Buffer {
  const who = key.digest('record', source, id);
  const what =
    attachments.length === 0
      ? key.digest('content', content)
      : key.digest('content', content, ...attachments.flatMap(({ name, bytes }) => [name, bytes]));
  what.copy(who, partBytes, 0, partBytes);
  return who;
}

/** What a digest is made of. */
export interface DigestedContent {
  source: string;
  id: string;
  /** As `contentText` has it. */
  content: string | Uint8Array;
  attachments?: readonly SecretAttachment[];
}

/** Sorts digests, as `records.digests` holds them. */
export function sortedDigests(digests: Iterable<Buffer>): Buffer {
  const list = new DigestList();
  for (const digest of digests) list.add(digest);
  return list.sorted();
}

/** Digests in a row, for very many of them. */
export class DigestList {
  length = 0;
  #bytes = Buffer.alloc(1024 * recordDigestBytes);

  add(digest: Buffer): void {
    const at = this.length * recordDigestBytes;
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * at);
    digest.copy(this.#bytes, at);
    this.length += 1;
  }

  /** All of them, sorted. */
  sorted(): Buffer {
    // Sorted as numbers first, of the first 29 bits and the place: a call for each comparison takes ten times as long.
    const places = 2 ** 24;
    const order = new Float64Array(this.length);
    for (let place = 0; place < this.length; place += 1) {
      order[place] = (this.#bytes.readUInt32BE(place * recordDigestBytes) >>> 3) * places + place;
    }
    order.sort();
    const at = (index: number): number => ((order[index] as number) % places) * recordDigestBytes;
    const digestAt = (index: number): Buffer => this.#bytes.subarray(at(index), at(index) + recordDigestBytes);
    for (let next = 1; next < order.length; next += 1) {
      for (let index = next; index > 0 && digestAt(index - 1).compare(digestAt(index)) > 0; index -= 1) {
        [order[index - 1], order[index]] = [order[index] as number, order[index - 1] as number];
      }
    }
    const sorted = Buffer.alloc(this.length * recordDigestBytes);
    for (let index = 0; index < this.length; index += 1) {
      this.#bytes.copy(sorted, index * recordDigestBytes, at(index), at(index) + recordDigestBytes);
    }
    return sorted;
  }
}

/** How two `records.digests` differ, in records. */
export interface DigestDifference {
  added: number;
  removed: number;
  changed: number;
  unchanged: number;
}

/** Compares two files of digests that were made with one key. Both are sorted, so one walk is enough. */
export function compareDigests(before: Buffer, after: Buffer): DigestDifference {
  const difference = { added: 0, removed: 0, changed: 0, unchanged: 0 };
  let left = 0;
  let right = 0;
  while (left < before.length || right < after.length) {
    const a = before.subarray(left, left + recordDigestBytes);
    const b = after.subarray(right, right + recordDigestBytes);
    const order = a.length === 0 ? 1 : b.length === 0 ? -1 : a.compare(b, 0, partBytes, 0, partBytes);
    if (order < 0) difference.removed += 1;
    else if (order > 0) difference.added += 1;
    else if (a.equals(b)) difference.unchanged += 1;
    else difference.changed += 1;
    if (order <= 0) left += recordDigestBytes;
    if (order >= 0) right += recordDigestBytes;
  }
  return difference;
}
