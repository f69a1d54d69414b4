// The JSON that Orbit itself exports.
import { z } from 'zod';
import { SecretString } from '../../../base/secret-string.ts';
import type { SecretRecord, SecretVersion } from '../secret-record.ts';
import { damagedFile, parsedJson, type SecretImporter, textOf } from './importer.ts';

const secret = z.string().transform((value) => new SecretString(value));
const time = z
  .string()
  .transform((value) => new Date(value))
  .refine((value) => !Number.isNaN(value.getTime()));
const attachments = z.array(
  z
    .object({ name: z.string(), base64: z.base64() })
    .transform(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') })),
);
const version = z.object({
  title: z.string(),
  username: z.string(),
  password: secret,
  url: z.string(),
  notes: secret,
  fields: z.array(z.object({ name: z.string(), value: secret, isProtected: z.boolean() })),
  totp: secret.optional(),
  // Exports of before had no files of past versions.
  attachments: attachments.optional(),
  // Nor their tags and expiry.
  tags: z.array(z.string()).optional(),
  expiresAt: time.optional(),
  changedAt: time,
});
const record = version.extend({
  id: z.string(),
  type: z.enum(['login', 'ssh-key', 'api-key', 'certificate', 'note', 'database', 'other']),
  groups: z.array(z.string()),
  tags: z.array(z.string()),
  attachments,
  createdAt: time,
  history: z.array(version),
});
const document = z.object({
  format: z.literal('orbit-secrets'),
  version: z.literal(1),
  secrets: z.array(z.unknown()),
});

/** Reads `orbit secret export --format json`. */
export const orbitJsonImporter: SecretImporter = {
  kind: 'orbit-json',
  title: "Orbit's own JSON",
  matches: (bytes) =>
    /^\s*\{\s*"format"\s*:\s*"orbit-secrets"/.test(new TextDecoder('latin1').decode(bytes.subarray(0, 200))),
  async *read(bytes, options) {
    const parsed = document.safeParse(parsedJson(textOf(bytes)));
    if (!parsed.success) throw damagedFile('it is not a document of Orbit that this version knows');
    for (const [index, one] of parsed.data.secrets.entries()) {
      options.signal?.throwIfAborted();
      const { success, data, error } = record.safeParse(one);
      if (!success)
        throw damagedFile(`secrets.${index}.${error.issues[0]?.path.join('.') ?? ''} is not as Orbit writes it`);
      const { totp, expiresAt, history, ...rest } = data;
      const read: SecretRecord = { ...rest, history: history.map(pastOf) };
      if (totp !== undefined) read.totp = totp;
      if (expiresAt !== undefined) read.expiresAt = expiresAt;
      yield read;
    }
  },
};

function pastOf({ totp, attachments: files = [], tags, expiresAt, ...rest }: z.infer<typeof version>): SecretVersion {
  return {
    ...rest,
    ...(totp === undefined ? {} : { totp }),
    ...(tags === undefined ? {} : { tags }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(files.length === 0 ? {} : { attachments: files }),
  };
}
