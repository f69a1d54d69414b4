// Secrets as a property test draws them: everything that a secret can hold, and what formats trip over first.
import { fc } from './seeded.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import type { KdbxOrigin } from '../../src/sources/secrets/kdbx-marks.ts';
import type { SecretRecord, SecretType, SecretVersion } from '../../src/sources/secrets/secret-record.ts';

// Every UTF-16 unit, lone surrogates and control characters included, and texts that formats trip over.
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
const awkward = fc.constantFrom('', ' ', '\r\n', ']]>', '&amp;', '\ufeffx', '🔑', ';', 'Title', 'otp', 'a', 'a (2)');
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: anyUnit, maxLength: 8 }),
  awkward,
  fc.constant('Orbit: exact values'),
);
const anyTime = fc.date({ noInvalidDate: true, min: new Date('-000500-01-01'), max: new Date('+012000-01-01') });

/** A secret with any such text in any of its parts. */
export function recordOf(text: fc.Arbitrary<string>): fc.Arbitrary<SecretRecord> {
  const secret = text.map((value) => new SecretString(value));
  const versionShape = {
    title: text,
    username: text,
    password: secret,
    url: text,
    notes: secret,
    fields: fc.array(fc.record({ name: text, value: secret, isProtected: fc.boolean() }), { maxLength: 4 }),
    changedAt: anyTime,
  };
  const files = fc.record({ name: text, bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) });
  const version: fc.Arbitrary<SecretVersion> = fc.record(
    { ...versionShape, totp: secret, attachments: fc.array(files, { minLength: 1, maxLength: 2 }) },
    { requiredKeys: ['title', 'username', 'password', 'url', 'notes', 'fields', 'changedAt'] },
  );
  const record: fc.Arbitrary<SecretRecord> = fc.record(
    {
      ...versionShape,
      id: text,
      type: fc.constantFrom<SecretType>('login', 'ssh-key', 'api-key', 'certificate', 'note', 'database', 'other'),
      groups: fc.array(text, { maxLength: 4 }),
      tags: fc.array(text, { maxLength: 3 }),
      totp: secret,
      attachments: fc.array(files, { maxLength: 3 }),
      createdAt: anyTime,
      expiresAt: anyTime,
      history: fc.array(version, { maxLength: 2 }),
    },
    {
      requiredKeys: [
        ...(['title', 'username', 'password', 'url', 'notes', 'fields', 'changedAt', 'id', 'type', 'groups'] as const),
        ...(['tags', 'attachments', 'createdAt', 'history'] as const),
      ],
    },
  );
  return record;
}

/** A secret with anything in any of its parts. */
export const anyRecord = recordOf(text);
/** Where it may come from. */
export const anyOrigin: fc.Arbitrary<KdbxOrigin> = fc.record({ source: text, under: text }, { requiredKeys: [] });
