// An entry of somebody's KeePass database as a secret: where other programs keep second factors, and what kind it is.
import { SecretString } from '../../base/secret-string.ts';
import type { KdbxEntry, KdbxVersion } from '../../kdbx/kdbx-types.ts';
import { base32Of, otpUri } from './otp-uri.ts';
import {
  isLabelledAsNow,
  type SecretAttachment,
  type SecretRecord,
  type SecretType,
  type SecretVersion,
} from './secret-record.ts';

const wellKnown = new Set(['Title', 'UserName', 'Password', 'URL', 'Notes']);

/** The record of an entry that Orbit did not write. Its id is the entry's UUID; nothing of the entry is left out. */
export function recordOfForeignEntry(entry: KdbxEntry): SecretRecord {
  const record: SecretRecord = {
    ...versionOf(entry),
    id: entry.uuid,
    type: typeOf(entry),
    groups: entry.groups,
    tags: entry.tags,
    attachments: attachmentsOf(entry),
    createdAt: entry.createdAt ?? entry.modifiedAt ?? new Date(0),
    history: [],
  };
  if (entry.expiresAt !== undefined) record.expiresAt = entry.expiresAt;
  record.history = entry.history.map((version) => pastOf(version, record));
  return record;
}

function attachmentsOf(version: KdbxVersion): SecretAttachment[] {
  return version.attachments.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) }));
}

function pastOf(version: KdbxVersion, record: SecretRecord): SecretVersion {
  const attachments = attachmentsOf(version);
  const { tags, expiresAt } = version;
  const labels = { tags, ...(expiresAt === undefined ? {} : { expiresAt }) };
  return {
    ...versionOf(version),
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(isLabelledAsNow(labels, record) ? {} : labels),
  };
}

function versionOf(version: KdbxVersion): Omit<SecretVersion, 'attachments'> {
  const factor = secondFactor(version);
  const value = (name: string): string => version.fields.find((field) => field.name === name)?.value ?? '';
  return {
    title: value('Title'),
    username: value('UserName'),
    password: new SecretString(value('Password')),
    url: value('URL'),
    notes: new SecretString(value('Notes')),
    fields: version.fields
      .filter(({ name }) => !wellKnown.has(name) && factor?.from.includes(name) !== true)
      .map((field) => ({ name: field.name, value: new SecretString(field.value), isProtected: field.isProtected })),
    ...(factor === undefined ? {} : { totp: new SecretString(factor.uri) }),
    changedAt: version.modifiedAt ?? version.createdAt ?? new Date(0),
  };
}

function typeOf(entry: KdbxEntry): SecretType {
  const value = (name: string): string => entry.fields.find((field) => field.name === name)?.value ?? '';
  const isPrivateKey = entry.attachments.some(({ bytes }) => looksLikePrivateKey(bytes));
  if (isPrivateKey || value('Password').includes('PRIVATE KEY-----')) return 'ssh-key';
  return ['UserName', 'Password', 'URL', 'otp'].every((name) => value(name) === '') ? 'note' : 'login';
}

function looksLikePrivateKey(bytes: Uint8Array): boolean {
  return /-----BEGIN (OPENSSH|RSA|EC|DSA) PRIVATE KEY-----/.test(
    new TextDecoder('latin1').decode(bytes.subarray(0, 64)),
  );
}

interface SecondFactor {
  uri: string;
  /** The fields it was made of. */
  from: string[];
}

/** `otp` (KeePassXC), `TOTP Seed` and `TOTP Settings` (older KeePassXC, KeeTrayTOTP), `TimeOtp-…` (KeePass 2.47). */
function secondFactor(entry: KdbxVersion): SecondFactor | undefined {
  const value = (name: string): string | undefined => entry.fields.find((field) => field.name === name)?.value.trim();
  const uri = value('otp');
  if (uri?.startsWith('otpauth://totp/') === true) return { uri, from: ['otp'] };
  const seed = base32Of(value('TOTP Seed'));
  if (seed !== undefined) {
    const settings = /^(\d+);(\d+)/.exec(value('TOTP Settings') ?? '30;6');
    // Steam's codes and custom servers have no otpauth form: those fields stay as they are.
    if (settings === null) return undefined;
    return {
      uri: otpUri(seed, entryTitle(entry), { period: settings[1] ?? '30', digits: settings[2] ?? '6' }),
      from: ['TOTP Seed', 'TOTP Settings'],
    };
  }
  const secret = base32Of(value('TimeOtp-Secret-Base32'));
  if (secret === undefined) return undefined;
  const algorithm = (value('TimeOtp-Algorithm') ?? 'HMAC-SHA-1').replace('HMAC-SHA-', 'SHA');
  return {
    uri: otpUri(secret, entryTitle(entry), {
      period: value('TimeOtp-Period') ?? '30',
      digits: value('TimeOtp-Length') ?? '6',
      algorithm,
    }),
    from: ['TimeOtp-Secret-Base32', 'TimeOtp-Period', 'TimeOtp-Length', 'TimeOtp-Algorithm'],
  };
}

function entryTitle(entry: KdbxVersion): string {
  return entry.fields.find(({ name }) => name === 'Title')?.value ?? '';
}
