import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { anyRecord, recordOf } from '../../../test/support/any-record.ts';
import { failure } from '../../../test/support/failures.ts';
import { someSecret } from '../../../test/support/many-secrets.ts';
import { fc } from '../../../test/support/seeded.ts';
import { readKdbx, writeKdbx } from '../../kdbx/kdbx.ts';
import { SecretString } from '../../base/secret-string.ts';
import type { KdbxEntry, KdbxField, KdbxVersion } from '../../kdbx/kdbx-types.ts';
import { makeKeyFile } from '../../kdbx/key-file.ts';
import { nodeCrypto } from '../../kdbx/node-crypto.ts';
import type { WaitingEntry } from '../../kdbx/save-kdbx.ts';
import { fromKdbxEntry, toKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import type { SecretRecord, SecretVersion } from '../../sources/secrets/secret-record.ts';
import { KitReading } from './kit-reading.ts';
import { type ProofReader, startProofReader } from './proof-reader.ts';
import { writeProvedDatabase } from './proved-database.ts';
import { digestKeyOf, recordDigest, sortedDigests } from './record-digest.ts';

const digestKey = digestKeyOf(Buffer.alloc(32, 7));
// Files of several pieces, and of none.
const secrets = Array.from({ length: 60 }, (_, number): SecretRecord => {
  const secret = someSecret(number);
  if (number % 20 > 0) return secret;
  return { ...secret, attachments: [0, 1, 3_000_000].map((size) => ({ name: `${size}`, bytes: randomBytes(size) })) };
});
const digests = digestsOf(secrets);
const keyFile = Buffer.from(await makeKeyFile(nodeCrypto, randomBytes(32)));
// As many as make it read here, and in a thread.
const ways = [60, 100_000];

function digestsOf(records: readonly SecretRecord[]): Buffer {
  return sortedDigests(records.map((record) => recordDigest(digestKey, 's', record)));
}

function entries(from: readonly SecretRecord[] = secrets): KdbxEntry[] {
  return from.map((secret) => toKdbxEntry(secret, { source: 's' }));
}

function waiting(from?: readonly SecretRecord[]): WaitingEntry[] {
  return waitingFor(entries(from));
}

function waitingFor(written: readonly KdbxEntry[]): WaitingEntry[] {
  return written.map((entry) => ({ groups: entry.groups, hasAttachments: true, make: () => entry }));
}

function readerFor(t: TestContext, secretCount: number): ProofReader {
  const reader = startProofReader(digestKey, secretCount);
  t.after(() => reader.close());
  return reader;
}

async function clearTextOf(kdbx: Buffer): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await readKdbx(kdbx, { keyFile })).clearText()));
}

test('a reader finds every record of what it is shown, here and in a thread, and the text is the one inside the file', async (t) => {
  for (const secretCount of ways) {
    const reader = readerFor(t, secretCount);
    const kdbx = await writeKdbx(entries(), { keyFile }, { kdf: { kind: 'aes', rounds: 1 }, show: reader.show });
    const found = await reader.end();
    assert.ok(found.digests.equals(digests));
    assert.equal(found.records, secrets.length);
    assert.equal(
      found.sha256,
      createHash('sha256')
        .update(await clearTextOf(kdbx))
        .digest('hex'),
    );
  }
});

test('a text that is no document is refused however much follows it, here and in a thread', async (t) => {
  const kdbx = await writeKdbx(entries(secrets.slice(1, 2)), { keyFile }, { kdf: { kind: 'aes', rounds: 1 } });
  const clear = await clearTextOf(kdbx);
  clear.write('<', clear.indexOf('</Entry>') + 1);
  for (const secretCount of ways) {
    const reader = readerFor(t, secretCount);
    const showAll = async (): Promise<void> => {
      for (let at = 0; at < clear.length; at += 100) await reader.show(Uint8Array.from(clear.subarray(at, at + 100)));
      await reader.end();
    };
    await assert.rejects(showAll(), failure('kdbx.damaged'));
  }
  for (const secretCount of ways) {
    const reader = readerFor(t, secretCount);
    await reader.show(Uint8Array.from(clear.subarray(0, 40)));
    await assert.rejects(reader.end(), failure('kdbx.damaged'));
  }
});

test('a reader that is given up ends, whatever it was in the middle of', async (t) => {
  for (const secretCount of ways) {
    const reader = readerFor(t, secretCount);
    await reader.show(Uint8Array.of(1));
    await reader.close();
  }
});

test('a writer that loses or changes anything of a secret is found out', async () => {
  const at = new Date('2025-01-01T00:00:00Z');
  const past: SecretVersion = {
    ...someSecret(1),
    totp: new SecretString('otpauth://old'),
    tags: ['old'],
    changedAt: at,
  };
  const secret: SecretRecord = {
    ...someSecret(18),
    notes: new SecretString('note'),
    tags: ['now'],
    expiresAt: at,
    history: [someSecret(2), past],
  };
  const withFile = {
    ...someSecret(50),
    history: [{ ...someSecret(3), attachments: [{ name: 'f', bytes: Buffer.of(1) }] }],
  };
  const proved = { keyFile, digestKey, digests: digestsOf([secret, withFile]) };
  const field = (version: KdbxVersion, name: string): KdbxField => version.fields.find((each) => each.name === name)!;
  const faults: ((one: KdbxEntry, other: KdbxEntry) => unknown)[] = [
    ...['Title', 'UserName', 'Password', 'URL', 'Notes', 'otp', 'port', 'PIN — ção'].flatMap((name) => [
      (one: KdbxEntry) => (field(one, name).value += ' '),
      (one: KdbxEntry) => one.fields.splice(one.fields.indexOf(field(one, name)), 1),
    ]),
    (one) => (field(one, 'port').isProtected = true),
    (one) => (field(one, 'port').name = 'Port'),
    (one) => one.fields.push({ name: 'more', value: '', isProtected: false }),
    (one) => one.tags.push('more'),
    (one) => one.groups.push('more'),
    (one) => (one.expiresAt = new Date(0)),
    (one) => delete one.expiresAt,
    (one) => (one.createdAt = new Date(0)),
    (one) => (one.modifiedAt = new Date(0)),
    (one) => (one.customData[0]!.value = one.customData[0]!.value.replace('login', 'note')),
    (one) => one.history.reverse(),
    (one) => one.history.pop(),
    (one) => one.history.push(one.history[0]!),
    (one) => (field(one.history[0]!, 'Password').value += ' '),
    (one) => (field(one.history[1]!, 'otp').value += ' '),
    (one) => (one.history[1]!.tags = ['now']),
    (one) => (one.history[0]!.expiresAt = new Date(0)),
    (_, other) => (other.attachments[0]!.name += ' '),
    (_, other) => (other.attachments[0]!.bytes = Buffer.of(2)),
    (_, other) => other.attachments.pop(),
    (_, other) => (other.history[0]!.attachments[0]!.bytes = Buffer.of(2)),
    (_, other) => other.history[0]!.attachments.pop(),
  ];
  await writeProvedDatabase('k', waiting([secret, withFile]), proved);
  for (const fault of faults) {
    const [one, other] = entries([secret, withFile]) as [KdbxEntry, KdbxEntry];
    fault(one, other);
    const written = writeProvedDatabase('k', waitingFor([one, other]), proved);
    await assert.rejects(
      written,
      failure('breakglass.kit-differs', /0 missing, 1 changed, 0 too many, 1 right/),
      `${fault}`,
    );
  }
});

test('a database that lacks a record, or has another one, is not given out', async () => {
  const proved = { keyFile, digestKey, digests };
  const changed = secrets.map((secret, index) => (index === 3 ? { ...secret, title: 'other' } : secret));
  for (const [written, counts] of [
    [secrets.slice(1), /1 missing, 0 changed, 0 too many, 59 right/],
    [[...secrets, someSecret(100)], /0 missing, 0 changed, 1 too many, 60 right/],
    [changed, /0 missing, 1 changed, 0 too many, 59 right/],
  ] as const)
    await assert.rejects(writeProvedDatabase('k', waiting(written), proved), failure('breakglass.kit-differs', counts));
  const { kdbx, clearSha256 } = await writeProvedDatabase('k', waiting(), proved);
  assert.equal(
    createHash('sha256')
      .update(await clearTextOf(kdbx))
      .digest('hex'),
    clearSha256,
  );
});

test('whatever 2,000 secrets hold, packed and written they are found to be those that the source gave, and come back as they were', async () => {
  const texts = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'"\\/&<>\'\r\n\t;,é€🔑\u2028\uffee') }),
    fc.constantFrom('', ' ', 'Title', 'otp', 'null', '\ufffd', '\x7f', 'nul \0', '\uffff', '\ud800'),
  );
  const given = fc
    .sample(fc.oneof(recordOf(texts), anyRecord), 2000)
    .map((record, index) => ({ ...record, id: `${index} ${record.id}` }));
  const reading = new KitReading([{ id: 's', title: 'S', read: () => given }], { digestKey });
  const { digests } = await reading.read();
  assert.ok(digests.equals(digestsOf(given)));
  const { kdbx } = await writeProvedDatabase('k', reading.entries(), { keyFile, digestKey, digests });
  const read: Buffer[] = [];
  for await (const entry of (await readKdbx(kdbx, { keyFile })).entries())
    read.push(recordDigest(digestKey, 's', fromKdbxEntry(entry).record));
  assert.ok(sortedDigests(read).equals(digests));
});

test('a kit of other secrets than those that are to be in it is found out, whatever is another in one', async () => {
  const secret: SecretRecord = {
    ...someSecret(18),
    tags: ['now'],
    expiresAt: new Date(5_000),
    history: [someSecret(2)],
  };
  const proved = { keyFile, digestKey, digests: digestsOf([secret]) };
  const write = async (record: SecretRecord): Promise<unknown> => {
    const reading = new KitReading([{ id: 's', title: 'S', read: () => [record] }], { digestKey });
    await reading.read();
    return await writeProvedDatabase('k', reading.entries(), proved);
  };
  await write(secret);
  const [past] = secret.history as [SecretVersion];
  const others: Partial<SecretRecord>[] = [
    { title: 'other' },
    { username: 'other' },
    { password: new SecretString('other') },
    { url: 'other' },
    { notes: new SecretString('other') },
    { fields: secret.fields.slice(1) },
    { fields: secret.fields.map((field) => ({ ...field, isProtected: !field.isProtected })) },
    { totp: new SecretString('other') },
    { type: 'note' },
    { tags: [] },
    { groups: ['other'] },
    { createdAt: new Date(1) },
    { changedAt: new Date(1) },
    { expiresAt: new Date(1) },
    { history: [] },
    { history: [past, past] },
    { history: [{ ...past, password: new SecretString('other') }] },
    { history: [{ ...past, tags: ['other'] }] },
    { history: [{ ...past, totp: new SecretString('other') }] },
  ];
  for (const other of others)
    await assert.rejects(
      write({ ...secret, ...other }),
      failure('breakglass.kit-differs', /0 missing, 1 changed, 0 too many, 0 right/),
      JSON.stringify(other),
    );
});
