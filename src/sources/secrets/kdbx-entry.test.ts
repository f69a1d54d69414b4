// A secret that went into a KDBX file comes out of it the same, whatever is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretString } from '../../base/secret-string.ts';
import { readKdbx, writeKdbx } from '../../kdbx/kdbx.ts';
import { fromKdbxEntry, toKdbxEntry } from './kdbx-entry.ts';
import type { KdbxOrigin } from './kdbx-marks.ts';
import type { SecretRecord, SecretType, SecretVersion } from './secret-record.ts';

const password = new SecretString('pw');
const quick = { kdf: { kind: 'aes', rounds: 1 } } as const;

// Every UTF-16 unit, lone surrogates and control characters included, and texts that formats trip over.
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
const awkward = fc.constantFrom('', ' ', '\r\n', ']]>', '&amp;', '\ufeffx', '🔑', ';', 'Title', 'otp', 'a', 'a (2)');
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: anyUnit, maxLength: 8 }),
  awkward,
  fc.constant('Orbit: exact values'),
);
const secret = text.map((value) => new SecretString(value));
const anyTime = fc.date({ noInvalidDate: true, min: new Date('-000500-01-01'), max: new Date('+012000-01-01') });
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
const origin: fc.Arbitrary<KdbxOrigin> = fc.record({ source: text, under: text }, { requiredKeys: [] });

function open(value: unknown): unknown {
  if (value instanceof SecretString) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(open);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, open(part)]));
}

test('any secret comes back from a KDBX file identical, with its origin', async () => {
  const sets = fc.uniqueArray(fc.tuple(record, origin), { maxLength: 4, selector: ([{ id }]) => id });
  await fc.assert(
    fc.asyncProperty(sets, async (given) => {
      const entries = given.map(([one, from]) => toKdbxEntry(one, from));
      const database = await readKdbx(await writeKdbx(entries, { password }, quick), { password });
      const byId = new Map<string, unknown>();
      for await (const entry of database.entries()) {
        const read = fromKdbxEntry(entry);
        byId.set(read.record.id, open(read));
      }
      for (const [one, from] of given) assert.deepEqual(byId.get(one.id), open({ record: one, origin: from }));
      assert.equal(byId.size, given.length);
    }),
    { numRuns: 150 },
  );
});

test('what a person changes in a KeePass program counts, also where Orbit had kept an exact value', () => {
  const [one] = fc.sample(record, { numRuns: 1, seed: 1 });
  assert.ok(one !== undefined);
  const entry = toKdbxEntry({ ...one, title: 'broken \ud800', tags: ['a;b'], groups: ['\u0001'] });
  for (const field of entry.fields) if (field.name === 'Title') field.value = 'mended';
  entry.tags = ['new'];
  entry.groups = ['moved'];
  const { record: read } = fromKdbxEntry(entry);
  assert.equal(read.title, 'mended');
  assert.deepEqual(read.tags, ['new']);
  assert.deepEqual(read.groups, ['moved']);
});

test('the UUID of a secret stays the same from kit to kit, and differs between sources', () => {
  const [one] = fc.sample(record, { numRuns: 1, seed: 2 });
  assert.ok(one !== undefined);
  const uuid = (from: KdbxOrigin): string => toKdbxEntry(one, from).uuid;
  assert.equal(uuid({ source: 'a' }), uuid({ source: 'a', under: 'x' }));
  assert.notEqual(uuid({ source: 'a' }), uuid({ source: 'b' }));
});
