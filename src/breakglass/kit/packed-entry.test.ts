// Two writers of the same entries: one by way of objects, one from packed bytes. They must never differ in what they write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyOrigin, anyRecord, recordOf } from '../../../test/support/any-record.ts';
import { someSecrets } from '../../../test/support/many-secrets.ts';
import { fc } from '../../../test/support/seeded.ts';
import { SecretString } from '../../base/secret-string.ts';
import { ChaCha20 } from '../../kdbx/chacha20.ts';
import { writeEntry } from '../../kdbx/entry-writer.ts';
import { TapePlayer } from '../../kdbx/tape.ts';
import { toKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import type { KdbxOrigin } from '../../sources/secrets/kdbx-marks.ts';
import { RecordPacker } from '../../sources/secrets/packed-records.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import { writePackedEntry } from './packed-entry.ts';

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'"\\/&<>\'\r\n\t;,é€🔑\u2028\uffee') }),
  fc.constantFrom('', ' ', 'Title', 'otp', 'null', '\ufffd', '\x7f', 'nul \0', '\uffff', '\ud800'),
);

function newPlayer(): TapePlayer {
  return new TapePlayer([], new ChaCha20(new Uint8Array(32), new Uint8Array(12)));
}

function textOf(player: TapePlayer): string {
  return Buffer.concat(player.take(true)).toString();
}

// One of each for all secrets, with one key stream: a value that took more of it than it should would tell in the next secret.
const packer = new RecordPacker();
const [byBytes, byObjects] = [newPlayer(), newPlayer()];

/** Writes a record both ways, where the first one does. Its groups are those that are shown. Gives the text; undefined where none was written. */
function bothWays(record: SecretRecord, origin: KdbxOrigin): string | undefined {
  const content = packer.pack(record).contentBytes();
  const isWritten = writePackedEntry(byBytes, { id: record.id, content }, origin);
  const text = textOf(byBytes);
  if (!isWritten) {
    assert.equal(text, '');
    return undefined;
  }
  writeEntry(byObjects, toKdbxEntry({ ...record, groups: [] }, origin), () => 0);
  assert.equal(text, textOf(byObjects));
  return text;
}

test('whatever a secret holds, its bytes become the entry that its objects become, or nothing', () => {
  let count = 0;
  fc.assert(
    fc.property(fc.oneof(recordOf(texts), anyRecord), anyOrigin, (given, { source = 's', under }) => {
      const history = given.history.map(({ attachments: _files, ...version }) => version);
      const record = { ...given, attachments: [], history };
      const origin = { source, ...(under === undefined ? {} : { under }) };
      if (bothWays(record, origin) !== undefined) count += 1;
    }),
    { numRuns: 2000 },
  );
  assert.ok(count > 100, `${count} were written from their bytes`);
});

test('ordinary secrets are written from their bytes, with their past, and the awkward ones as well', () => {
  for (const secret of someSecrets(300)) {
    if (secret.attachments.length > 0) continue;
    assert.notEqual(bothWays(secret, { source: 's' }), undefined, secret.id);
  }
});

test('past versions that differ in tags, expiry or second factor are written with their own', () => {
  const [now, before] = [...someSecrets(18)].slice(16) as [SecretRecord, SecretRecord];
  const past = { ...before, tags: ['then'], expiresAt: new Date(1), totp: new SecretString('otpauth://then') };
  const forever = { ...before, tags: [] };
  const secret = { ...now, tags: ['now', 'and "here"'], expiresAt: new Date(-5_000), history: [past, forever] };
  const text = bothWays(secret, { source: 's', under: 'S' });
  assert.match(text ?? '', /<Tags>now;and &quot;here&quot;<\/Tags>.*<Tags>then<\/Tags>/);
});

test('what is kept beside what people see goes by way of objects', () => {
  const [secret] = [...someSecrets(1)] as [SecretRecord];
  const field = (name: string): SecretRecord['fields'] => [{ name, value: new SecretString(''), isProtected: false }];
  const odd: Partial<SecretRecord>[] = [
    { title: 'bell \x07' },
    { username: '\udc00' },
    { url: '\uffff' },
    { tags: ['a;b'] },
    { tags: [' a'] },
    { tags: [''] },
    { fields: field('') },
    { fields: field('Title') },
    { fields: [...field('a'), ...field('a')] },
    { changedAt: new Date(Number.NaN) },
    { history: [{ ...secret, attachments: [{ name: 'f', bytes: Buffer.of(1) }] }] },
  ];
  assert.notEqual(bothWays(secret, {}), undefined);
  for (const change of odd) assert.equal(bothWays({ ...secret, ...change }, {}), undefined, JSON.stringify(change));
});
