// How a secret of an opened kit is shown: everything but its values, which come one at a time and only when asked for.
import { Secret, TOTP, URI } from 'otpauth';
import { Failure } from '../base/failure.ts';
import { secretPath } from '../breakglass/kit/find-secrets.ts';
import type { KitSecret } from '../breakglass/kit/open-kit.ts';
import { printable } from './printable.ts';
import type { SecretVersion } from '../sources/secrets/secret-record.ts';

const hidden = '••••••';

/** Lines that describe a secret without any protected value. */
export function describeSecret(secret: KitSecret): string[] {
  const { record } = secret;
  const rows: [string, string][] = [
    ['name', secretPath(secret)],
    ['type', record.type],
    ['user', record.username],
    ['password', record.password.length > 0 ? hidden : ''],
    ['address', record.url],
    ['notes', record.notes.length > 0 ? hidden : ''],
    ['totp', record.totp === undefined ? '' : hidden],
    ...record.fields.map((field): [string, string] => [field.name, field.isProtected ? hidden : field.value.reveal()]),
    ['tags', record.tags.join(', ')],
    ['attachments', record.attachments.map((file) => `${file.name} (${file.bytes.length} B)`).join(', ')],
    ['changed', record.changedAt.toISOString()],
    ['expires', record.expiresAt?.toISOString() ?? ''],
    ['history', record.history.length > 0 ? `${record.history.length} earlier versions` : ''],
    ['id', record.id],
  ];
  const width = Math.max(...rows.map(([name]) => [...name].length));
  return rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => printable(`${name}${' '.repeat(width - [...name].length)}  ${value}`));
}

/** What `--json` says of a secret: names and dates, no protected value. */
export function summarizeSecret(secret: KitSecret): Record<string, unknown> {
  const { record, sourceId } = secret;
  return {
    id: record.id,
    source: sourceId,
    path: secretPath(secret),
    title: record.title,
    groups: record.groups,
    type: record.type,
    username: record.username,
    url: record.url,
    tags: record.tags,
    fields: record.fields.map((field) => field.name),
    attachments: record.attachments.map((file) => ({ name: file.name, bytes: file.bytes.length })),
    hasTotp: record.totp !== undefined,
    changedAt: record.changedAt,
    expiresAt: record.expiresAt ?? null,
    versions: record.history.map((version) => version.changedAt),
  };
}

/**
 * One value: `password`, `username`, `url`, `notes`, `totp` (the code of `now`), `totp-uri`, or a field's name.
 * `age` counts versions back: 1 is the one before the current.
 * @throws Failure `breakglass.no-such-field`.
 */
export function revealField(secret: KitSecret, field: string, now: Date, age = 0): string {
  const { record } = secret;
  const version: SecretVersion | undefined = age === 0 ? record : record.history.at(-age);
  if (version === undefined) {
    throw noField(`${secretPath(secret)} has ${record.history.length} earlier versions, not ${age}`, secret);
  }
  if (field === 'password') return version.password.reveal();
  if (field === 'notes') return version.notes.reveal();
  if (field === 'username') return version.username;
  if (field === 'url') return version.url;
  if (field === 'totp-uri' && version.totp !== undefined) return version.totp.reveal();
  if (field === 'totp' && version.totp !== undefined) return totpCode(version.totp.reveal(), now, secret);
  const found = version.fields.find((one) => one.name === field);
  if (found !== undefined) return found.value.reveal();
  throw noField(`${secretPath(secret)} has no field '${field}'`, secret);
}

function totpCode(uri: string, now: Date, secret: KitSecret): string {
  try {
    const parsed = URI.parse(uri);
    if (parsed instanceof TOTP) return parsed.generate({ timestamp: now.getTime() });
  } catch {
    // Vaults also keep the bare base32 secret.
    const bare = uri.replaceAll(/\s/g, '');
    if (/^[A-Za-z2-7]+=*$/.test(bare))
      return new TOTP({ secret: Secret.fromBase32(bare) }).generate({ timestamp: now.getTime() });
  }
  throw noField(`the second factor of ${secretPath(secret)} is not a time-based code`, secret);
}

function noField(message: string, secret: KitSecret): Failure {
  const names = ['password', 'username', 'url', 'notes', ...secret.record.fields.map((field) => field.name)];
  return new Failure('breakglass.no-such-field', { message, hint: `It has: ${names.join(', ')}.` });
}
