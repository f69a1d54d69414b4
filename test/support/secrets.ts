// Secret records for tests, and a way to compare what is in them.
import { SecretString } from '../../src/base/secret-string.ts';
import type { SecretRecord } from '../../src/sources/secrets/secret-record.ts';

/** A record with what is given and nothing else. */
export function secretRecord(given: Partial<SecretRecord> & { id: string }): SecretRecord {
  return {
    title: given.id,
    type: 'login',
    username: '',
    password: new SecretString(''),
    url: '',
    notes: new SecretString(''),
    fields: [],
    groups: [],
    tags: [],
    attachments: [],
    createdAt: new Date('2020-01-01T00:00:00Z'),
    changedAt: new Date('2021-01-01T00:00:00Z'),
    history: [],
    ...given,
  };
}

/** A value with its secrets open and its bytes and dates as text, for comparing. */
export function opened(value: unknown): unknown {
  if (value instanceof SecretString) return `revealed:${value.reveal()}`;
  if (Buffer.isBuffer(value)) return `bytes:${value.toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(opened);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, opened(part)]));
  }
  return value;
}

/** Every printable character of ASCII, in order. */
export const everyPrintable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index)).join('');
