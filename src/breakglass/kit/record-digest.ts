// Keyed digests of secrets: they tell whether a secret is the same as last time, and nothing else to whoever has no key.
import { createHash, hash, randomBytes } from 'node:crypto';
import type { InstanceKey } from '../../store/instance-key.ts';
import type { SecretRecord, SecretVersion } from '../../sources/secrets/secret-record.ts';
import type { Store } from '../../store/store.ts';

const partBytes = 16;
/** Bytes of one record's digest: 16 that stand for its source and id, then 16 that stand for its content. */
export const recordDigestBytes = 2 * partBytes;

/** The key of digests. Two kits can be compared when their keys have the same id. */
export interface DigestKey {
  id: string;
  digest(...parts: (string | Uint8Array)[]): Buffer;
}

/** The digest key of these 32 bytes. */
export function digestKeyOf(bytes: Uint8Array): DigestKey {
  // HMAC-SHA256 (RFC 2104) over one-shot hashes: building an Hmac object costs more than all the hashing of a record.
  const inner = Buffer.alloc(64);
  inner.set(bytes);
  const outer = Buffer.from(inner.map((byte) => byte ^ 0x5c));
  inner.forEach((byte, index) => (inner[index] = byte ^ 0x36));
  return {
    id: createHash('sha256').update('orbit digest key\0').update(bytes).digest('hex').slice(0, 16),
    digest(...parts) {
      const pieces: Uint8Array[] = [inner];
      for (const part of parts) {
        const content = typeof part === 'string' ? Buffer.from(part) : part;
        const length = Buffer.alloc(8);
        length.writeUInt32BE(content.length, 4);
        pieces.push(length, content);
      }
      return hash('sha256', Buffer.concat([outer, hash('sha256', Buffer.concat(pieces), 'buffer')]), 'buffer');
    },
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

/** The 32 bytes of a record: who it is, then what is in it with all its past. */
export function recordDigest(key: DigestKey, sourceId: string, record: SecretRecord): Buffer {
  const who = key.digest('record', sourceId, record.id).subarray(0, partBytes);
  const attachments = record.attachments.flatMap((attachment) => [attachment.name, attachment.bytes]);
  const what = key.digest('content', contentText(record), ...attachments).subarray(0, partBytes);
  return Buffer.concat([who, what]);
}

/** Sorts digests, as `records.digests` holds them. */
export function sortedDigests(digests: Buffer[]): Buffer {
  return Buffer.concat(digests.toSorted(Buffer.compare));
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

// The one place where a record's values are put in a row to be digested; the text is dropped at once.
function contentText(record: SecretRecord): string {
  const version = (one: SecretVersion): unknown[] => [
    one.title,
    one.username,
    one.password.reveal(),
    one.url,
    one.notes.reveal(),
    one.fields.map((field) => [field.name, field.value.reveal(), field.isProtected]),
    one.changedAt.getTime(),
  ];
  return JSON.stringify([
    version(record),
    record.type,
    record.groups,
    record.tags,
    record.totp?.reveal() ?? null,
    record.createdAt.getTime(),
    record.expiresAt?.getTime() ?? null,
    record.history.map(version),
  ]);
}
