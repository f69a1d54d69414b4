// A secret that went into a KDBX file comes out of it the same, whatever is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyOrigin, anyRecord } from '../../../test/support/any-record.ts';
import { SecretString } from '../../base/secret-string.ts';
import { readKdbx, writeKdbx } from '../../kdbx/kdbx.ts';
import { fromKdbxEntry, toKdbxEntry } from './kdbx-entry.ts';
import type { KdbxOrigin } from './kdbx-marks.ts';

const password = new SecretString('pw');
const quick = { kdf: { kind: 'aes', rounds: 1 } } as const;

function open(value: unknown): unknown {
  if (value instanceof SecretString) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(open);
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, open(part)]));
}

test('any secret comes back from a KDBX file identical, with its origin', async () => {
  const sets = fc.uniqueArray(fc.tuple(anyRecord, anyOrigin), { maxLength: 4, selector: ([{ id }]) => id });
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
  const [one] = fc.sample(anyRecord, { numRuns: 1, seed: 1 });
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
  const [one] = fc.sample(anyRecord, { numRuns: 1, seed: 2 });
  assert.ok(one !== undefined);
  const uuid = (from: KdbxOrigin): string => toKdbxEntry(one, from).uuid;
  assert.equal(uuid({ source: 'a' }), uuid({ source: 'a', under: 'x' }));
  assert.notEqual(uuid({ source: 'a' }), uuid({ source: 'b' }));
});
