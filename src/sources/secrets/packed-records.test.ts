import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someSecret, someSecrets } from '../../../test/support/many-secrets.ts';
import { SecretString } from '../../base/secret-string.ts';
import { contentText, RecordPacker } from './packed-records.ts';
import type { SecretRecord } from './secret-record.ts';

/** Everything of a record, values too, as plain text. */
function laidOpen(record: SecretRecord): unknown {
  const { id, attachments, history } = record;
  return [id, attachments.map(({ name, bytes }) => [name, bytes.toString('hex')]), contentText(record), history.length];
}

test('a record comes out of its packed form as it went in, however odd or large it is', () => {
  const odd: SecretRecord = {
    ...someSecret(18, { title: '\ud800 lone', password: '\udfff\u0000' }),
    id: 'id \ud800',
    tags: ['ção', ''],
    attachments: [
      { name: '', bytes: Buffer.alloc(0) },
      { name: 'big\ud800', bytes: Buffer.alloc(3_000_000, 7) },
      { name: 'after', bytes: Buffer.from('end') },
    ],
  };
  const old = Buffer.alloc(2_000_000, 3);
  const past = {
    ...someSecret(5),
    totp: new SecretString('otpauth://totp/old'),
    attachments: [{ name: 'old', bytes: old }],
  };
  const { id: _id, type: _type, groups: _groups, tags: _tags, createdAt: _created, history: _history, ...look } = past;
  odd.attachments.push({ name: 'old', bytes: old });
  odd.history = [
    look,
    { ...look, attachments: [{ name: 'only then', bytes: Buffer.from('gone') }, ...look.attachments] },
  ];
  const records = [...someSecrets(300), odd, someSecret(1)];
  const packer = new RecordPacker();
  const packed = records.map((record) => packer.pack(record));
  assert.deepEqual(
    packed.map((one) => laidOpen(one.unpack())),
    records.map(laidOpen),
  );
  assert.equal(packed[300]?.id, odd.id);
  const files = packed[300]
    ?.unpack()
    .history.map((version) => version.attachments?.map(({ bytes }) => bytes.toString()));
  assert.deepEqual(files, [[old.toString()], ['gone', old.toString()]]);
  const unpacked = packed[17]?.unpack();
  assert.ok(unpacked?.password instanceof SecretString);
  assert.deepEqual(Object.keys(unpacked).toSorted(), Object.keys(someSecret(18)).toSorted());
});

test('what was packed is zero after it was wiped', () => {
  const packer = new RecordPacker();
  const bytes = packer.pack(someSecret(1)).contentBytes();
  assert.match(bytes.toString(), /user1/);
  packer.wipe();
  assert.ok(bytes.every((byte) => byte === 0));
});
