// Who opened a kit, why, and what they saw: sealed to the recovery key by open.html or `orbit kit`, and carried back. Names of
// secrets and kinds of values, never a value. docs/formats/opening-record.md describes it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Failure, isFailure } from '../base/failure.ts';
import { openWithIdentities, sealToRecipients } from './age-files.ts';
import { ageIdentityOf, type RecoveryIdentity } from './recovery-key.ts';

const text = (max: number): z.ZodString => z.string().max(max);
const time = z.iso.datetime();

const seenSchema = z.strictObject({
  /** UUID in 32 hexadecimal digits; empty for what concerns many, such as an export. */
  entry: text(64),
  title: text(10_000),
  /** `Password`, `totp`, the name of a field or of an attachment; `history: …` for an earlier version; `export of N`. */
  value: text(10_000),
  how: z.enum(['shown', 'copied', 'printed', 'downloaded']),
  at: time,
});

const recordSchema = z.strictObject({
  format: z.literal('orbit-opening-record'),
  version: z.literal(1),
  kit: text(200),
  /** SHA-256 of the manifest that was read. */
  kitFingerprint: text(200),
  recoveryKeyId: text(64),
  name: text(1000),
  reason: text(10_000),
  way: z.enum(['master-password', 'shares', 'identity']),
  shares: z.array(z.number().int().min(1).max(16)).max(16).optional(),
  failedAttempts: z.number().int().nonnegative(),
  openedAt: time,
  closedAt: time,
  exportedAt: z.array(time).max(10_000).optional(),
  seen: z.array(seenSchema).max(1_000_000),
});

/** An opening record. Times are ISO 8601 by the clock of the computer where the kit was opened. */
export type OpeningRecord = z.infer<typeof recordSchema>;

/** What somebody did with one value. */
export type SeenValue = OpeningRecord['seen'][number];

const bytesMax = 256 * 1024 * 1024;

/** Seals a record to the public half of the kit's recovery key. */
export async function sealOpeningRecord(record: OpeningRecord, recipient: string): Promise<Buffer> {
  return await sealToRecipients(Buffer.from(`${JSON.stringify(record, null, 2)}\n`), [recipient]);
}

/**
 * Opens a record with the recovery key, or one before it.
 * @throws Failure `breakglass.wrong-key`, `breakglass.damaged-file`, `breakglass.bad-record`; each names the file.
 */
export async function openOpeningRecord(
  name: string,
  sealed: Buffer,
  identities: readonly RecoveryIdentity[],
): Promise<OpeningRecord> {
  let refusal: Failure | undefined;
  for (const identity of identities) {
    try {
      return parseOpeningRecord(name, await openWithIdentities(name, sealed, [ageIdentityOf(identity)]));
    } catch (error) {
      if (!isFailure(error, 'breakglass.wrong-key')) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new Error('a record is opened with at least one key');
}

/** Reads a record's JSON. @throws Failure `breakglass.bad-record` */
export function parseOpeningRecord(name: string, bytes: Buffer): OpeningRecord {
  const bad = (why: string, cause?: unknown): Failure =>
    new Failure('breakglass.bad-record', {
      message: `${name} holds no opening record: ${why}`,
      hint: 'Give the file orbit-opening-….age that open.html or orbit kit saved.',
      cause,
    });
  if (bytes.length > bytesMax) throw bad(`it is ${bytes.length} bytes long`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw bad('it is not JSON', error);
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw bad(z.prettifyError(parsed.error).slice(0, 500));
}

/** The id of one opening. A record of it that was saved later, with more in it, has the same. */
export function openingId({ kitFingerprint, openedAt, name }: OpeningRecord): string {
  return createHash('sha256').update(`${kitFingerprint}\n${openedAt}\n${name}`).digest('hex').slice(0, 16);
}

/** A secret whose values were seen. */
export interface SecretToRotate {
  entry: string;
  title: string;
  /** Which values, each once. */
  values: string[];
  lastSeenAt: string;
}

/** What must be changed after an opening: every secret of which something was seen, and how many left in exports. */
export function secretsToRotate(record: Pick<OpeningRecord, 'seen'>): { secrets: SecretToRotate[]; exported: number } {
  const secrets = new Map<string, SecretToRotate>();
  let exported = 0;
  for (const { entry, title, value, at } of record.seen) {
    const count = entry === '' ? /^export of (\d{1,9})$/.exec(value)?.[1] : undefined;
    if (count !== undefined) {
      exported = Math.max(exported, Number(count));
      continue;
    }
    const known = secrets.get(entry) ?? { entry, title, values: [], lastSeenAt: at };
    if (!known.values.includes(value)) known.values.push(value);
    if (at > known.lastSeenAt) known.lastSeenAt = at;
    secrets.set(entry, known);
  }
  return { secrets: [...secrets.values()], exported };
}
