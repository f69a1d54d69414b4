// How secrets are shown: everything but their values, and a value only when it was asked for by name.
import { formatBytes, formatMinute } from '../../base/quantities.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { printable } from '../printable.ts';
import type { SecretSummary, VaultSecret, VaultVersion } from '../../sources/secrets/vault/vault-types.ts';

/** `Servers/Databases`, or nothing for the top. */
export function groupText(groups: string[]): string {
  return groups.map(printable).join('/');
}

/** `2026-03-01 08:00`, in UTC. */
export function timeText(date: Date | undefined): string {
  return date === undefined ? '' : formatMinute(date);
}

/** A summary for `--json`. */
export function summaryJson(secret: SecretSummary): Record<string, unknown> {
  const { id, title, username, url, groups, tags, type, isOwn, revision } = secret;
  const { createdAt, changedAt, expiresAt, removedAt } = secret;
  return { id, title, username, url, groups, tags, type, isOwn, revision, createdAt, changedAt, expiresAt, removedAt };
}

/** A whole secret for `--json`: values are `[secret]`, null where there is none, and in clear only for `revealed`. */
export function secretJson(
  secret: VaultSecret,
  look: VaultVersion,
  revealed?: { name: string; value: SecretString },
): Record<string, unknown> {
  const value = (name: string, hidden: SecretString | undefined): string | null => {
    if (revealed?.name === name) return revealed.value.reveal();
    return hidden === undefined || hidden.length === 0 ? null : hidden.toString();
  };
  const { expiresAt: _expiresAt, ...rest } = secret;
  return {
    ...summaryJson({ ...rest, ...look }),
    password: value('password', look.password),
    notes: value('notes', look.notes),
    totp: value('totp', look.totp),
    fields: look.fields.map((field) => ({
      name: field.name,
      isProtected: field.isProtected,
      value: field.isProtected ? value(field.name, field.value) : field.value.reveal(),
    })),
    attachments: look.attachments.map(({ name, bytes }) => ({ name, size: bytes.length })),
    versions: [...secret.history, secret].map(({ revision, changedAt }) => ({ revision, changedAt })),
  };
}

/** A whole secret as lines for people; values are only said to be there. */
export function secretLines(secret: VaultSecret, look: VaultVersion): string[] {
  const lines: [string, string][] = [
    ['title', printable(look.title)],
    ['id', `${secret.id}${secret.isOwn ? " (Orbit's own)" : ''}`],
    ['type', look.type],
    ['group', groupText(look.groups)],
    ['username', printable(look.username)],
    ['url', printable(look.url)],
    ['tags', look.tags.map(printable).join(', ')],
    ['password', hiddenText(look.password)],
    ['totp', hiddenText(look.totp)],
    ['notes', hiddenText(look.notes)],
    ...look.fields.map((field): [string, string] => [
      printable(field.name),
      field.isProtected ? hiddenText(field.value) : printable(field.value.reveal()),
    ]),
    ...look.attachments.map((file): [string, string] => [
      'attachment',
      `${printable(file.name)} (${formatBytes(file.bytes.length)})`,
    ]),
    ['expires', timeText(look.expiresAt)],
    ['created', timeText(secret.createdAt)],
    ['version', `${look.revision} of ${secret.revision}, from ${timeText(look.changedAt)} UTC`],
    ['removed', timeText(secret.removedAt)],
  ];
  const shown = lines.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function hiddenText(value: SecretString | undefined): string {
  return value === undefined || value.length === 0 ? '' : '••••••••';
}
