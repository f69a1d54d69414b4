import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { SecretString } from '../../base/secret-string.ts';
import { someSecret, someSecrets } from '../../../test/support/many-secrets.ts';
import { RecordPacker } from '../../sources/secrets/packed-records.ts';
import { compareDigests, digestKeyOf, recordDigest, sortedDigests } from './record-digest.ts';

test('a digest is HMAC-SHA256 over its parts, each after its length', () => {
  const key = randomBytes(32);
  const expected = createHmac('sha256', key)
    .update(Buffer.from('0000000000000003', 'hex'))
    .update('é1')
    .update(Buffer.from('0000000000000000', 'hex'))
    .digest();
  assert.deepEqual(digestKeyOf(key).digest('é1', Buffer.alloc(0)), expected);
});

test('any change of any part of a secret changes its digest, another source or id changes who it is', () => {
  const key = digestKeyOf(randomBytes(32));
  const { totp: _totp, attachments: _attachments, ...past } = someSecret(19);
  const base = { ...someSecret(18), attachments: [{ name: 'a', bytes: Buffer.from('b') }], expiresAt: new Date(5) };
  const digest = recordDigest(key, 's', base);
  const next = (date: Date): Date => new Date(date.getTime() + 1);
  const [field] = base.fields;
  assert.ok(field !== undefined);
  const changes: Partial<typeof base>[] = [
    { title: 'x' },
    { username: 'x' },
    { password: new SecretString('x') },
    { url: 'x' },
    { notes: new SecretString('x') },
    { fields: [] },
    { fields: [{ ...field, isProtected: !field.isProtected }] },
    { changedAt: next(base.changedAt) },
    { createdAt: next(base.createdAt) },
    { expiresAt: next(base.expiresAt) },
    { type: 'note' },
    { groups: ['x'] },
    { tags: ['x'] },
    { totp: new SecretString('x') },
    { attachments: [{ name: 'ab', bytes: Buffer.alloc(0) }] },
    { attachments: [{ name: '', bytes: Buffer.from('ab') }] },
    { history: [...base.history, base] },
    { history: [{ ...past, totp: new SecretString('x') }] },
    { history: [{ ...past, attachments: [{ name: 'a', bytes: Buffer.from('b') }] }] },
    { history: [{ ...past, attachments: [{ name: 'a', bytes: Buffer.from('c') }] }] },
    { history: [{ ...past, attachments: [{ name: 'c', bytes: Buffer.from('b') }] }] },
  ];
  const seen = new Set<string>([digest.toString('hex')]);
  for (const change of changes) {
    const changed = recordDigest(key, 's', { ...base, ...change });
    assert.deepEqual(changed.subarray(0, 16), digest.subarray(0, 16));
    assert.ok(!seen.has(changed.toString('hex')), Object.keys(change)[0]);
    seen.add(changed.toString('hex'));
  }
  assert.notDeepEqual(recordDigest(key, 't', base).subarray(0, 16), digest.subarray(0, 16));
  assert.notDeepEqual(recordDigest(digestKeyOf(randomBytes(32)), 's', base), digest);
});

test('comparing digests counts what a set comparison counts', () => {
  const key = digestKeyOf(randomBytes(32));
  const all = [...someSecrets(60)].map((record) => recordDigest(key, 's', record));
  const changed = all.slice(10, 20).map((digest) => Buffer.concat([digest.subarray(0, 16), randomBytes(16)]));
  const before = sortedDigests(all.slice(0, 40));
  const after = sortedDigests([...changed, ...all.slice(20)]);
  assert.deepEqual(compareDigests(before, after), { added: 20, removed: 10, changed: 10, unchanged: 20 });
  assert.deepEqual(compareDigests(before, before), { added: 0, removed: 0, changed: 0, unchanged: 40 });
  assert.deepEqual(compareDigests(Buffer.alloc(0), after), { added: 50, removed: 0, changed: 0, unchanged: 0 });
});

test('digests are sorted by all their bytes, also where they begin alike, however many there are', () => {
  const alike = Array.from({ length: 300 }, (_, number) =>
    Buffer.concat([Buffer.alloc(6, number % 3), randomBytes(26)]),
  );
  const digests = [...alike, ...Array.from({ length: 5000 }, () => randomBytes(32))];
  assert.deepEqual(sortedDigests(digests), Buffer.concat(digests.toSorted(Buffer.compare)));
  assert.equal(sortedDigests([]).length, 0);
});

test('a packed record has the digest of the record', () => {
  const key = digestKeyOf(randomBytes(32));
  const large = { ...someSecret(1), attachments: [{ name: 'big', bytes: Buffer.alloc(100_000, 1) }] };
  const packer = new RecordPacker();
  for (const record of [...someSecrets(100), large]) {
    assert.deepEqual(recordDigest(key, 's', packer.pack(record)), recordDigest(key, 's', record));
  }
});

test('the digest of a record stays the same from version to version', () => {
  const digest = recordDigest(digestKeyOf(Buffer.alloc(32, 1)), 's', someSecret(50));
  assert.equal(digest.toString('hex'), '592c4e2d5bdac781409333cc2495f16aa4b41d2762c7c62107e38f445bcffd62');
});
