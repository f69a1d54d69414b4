// Secrets as one JSON document with everything in them: history, fields, attachments in base64.
import type { SecretRecord, SecretVersion } from '../secret-record.ts';

/** Pieces of the document: `{"format":"orbit-secrets","version":1,"secrets":[…]}`. Times are ISO 8601. */
export async function* exportJson(
  records: AsyncIterable<SecretRecord> | Iterable<SecretRecord>,
): AsyncIterable<string> {
  yield '{"format":"orbit-secrets","version":1,"secrets":[';
  let separator = '\n';
  for await (const record of records) {
    yield separator + JSON.stringify(plainRecord(record));
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** A record as plain JSON values, its secrets revealed. */
export function plainRecord(record: SecretRecord): Record<string, unknown> {
  return {
    id: record.id,
    type: record.type,
    groups: record.groups,
    ...plainVersion(record),
    createdAt: record.createdAt.toISOString(),
    history: record.history.map(plainVersion),
  };
}

function plainVersion(version: SecretVersion): Record<string, unknown> {
  return {
    title: version.title,
    username: version.username,
    password: version.password.reveal(),
    url: version.url,
    notes: version.notes.reveal(),
    fields: version.fields.map(({ name, value, isProtected }) => ({ name, value: value.reveal(), isProtected })),
    ...(version.totp === undefined ? {} : { totp: version.totp.reveal() }),
    attachments: (version.attachments ?? []).map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') })),
    ...(version.tags === undefined ? {} : { tags: version.tags }),
    ...(version.expiresAt === undefined ? {} : { expiresAt: version.expiresAt.toISOString() }),
    changedAt: version.changedAt.toISOString(),
  };
}
