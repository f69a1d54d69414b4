// Gives an opened kit away in another form: a KDBX under a password, CSV, or JSON. What comes out is as secret as it gets.
import type { SecretString } from '../../base/secret-string.ts';
import { passwordKdf } from '../../kdbx/save-kdbx.ts';
import { writeKdbx } from '../../kdbx/kdbx.ts';
import { toKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import type { SecretVersion } from '../../sources/secrets/secret-record.ts';
import type { KitSecret, OpenKit } from './open-kit.ts';

/** A KDBX 4.0 file of the kit's secrets under a password (Argon2id, 64 MiB), for any KeePass program. */
export async function exportKdbx(kit: OpenKit, password: SecretString): Promise<Buffer> {
  const entries = kit.secrets.map(({ sourceId, record }) => toKdbxEntry(record, { source: sourceId }));
  return await writeKdbx(entries, { password }, { name: `Orbit kit ${kit.manifest.kit}`, kdf: passwordKdf });
}

/** All current values as CSV with KeePassXC's columns (RFC 4180, UTF-8). History and attachments do not fit in CSV. */
export function exportCsv(secrets: readonly KitSecret[]): string {
  const header = ['Group', 'Title', 'Username', 'Password', 'URL', 'Notes', 'TOTP', 'Last Modified', 'Created'];
  const rows = secrets.map(({ record }) => [
    record.groups.join('/'),
    record.title,
    record.username,
    record.password.reveal(),
    record.url,
    record.notes.reveal(),
    record.totp?.reveal() ?? '',
    record.changedAt.toISOString(),
    record.createdAt.toISOString(),
  ]);
  const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Everything, history and attachments (base64) too, as one JSON document. */
export function exportJson(kit: OpenKit): string {
  const secrets = kit.secrets.map(({ sourceId, record }) => ({
    source: sourceId,
    id: record.id,
    type: record.type,
    groups: record.groups,
    tags: record.tags,
    ...versionJson(record),
    createdAt: record.createdAt,
    expiresAt: record.expiresAt ?? null,
    history: record.history.map(versionJson),
  }));
  return `${JSON.stringify({ format: 'orbit-secrets', version: 1, kit: kit.manifest.kit, secrets }, null, 2)}\n`;
}

function versionJson(version: SecretVersion): Record<string, unknown> {
  return {
    title: version.title,
    username: version.username,
    password: version.password.reveal(),
    url: version.url,
    notes: version.notes.reveal(),
    fields: version.fields.map(({ name, value, isProtected }) => ({ name, value: value.reveal(), isProtected })),
    totp: version.totp?.reveal() ?? null,
    attachments: (version.attachments ?? []).map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') })),
    changedAt: version.changedAt,
  };
}
