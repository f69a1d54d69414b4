// The parts below the format: ciphers by their vectors, XML by its rules, limits on what a file may ask for.
import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../test/support/failures.ts';
import { SecretString } from '../base/secret-string.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { concatBytes, littleEndian, utf8 } from './bytes.ts';
import { ChaCha20 } from './chacha20.ts';
import { blockMac, deriveFileKeys, headerBlock } from './file-keys.ts';
import { encodeHeader } from './header.ts';
import { sealBlocks } from './blocks.ts';
import { encodeInnerHeader } from './inner-header.ts';
import { readKdbx, readKeePassXml, writeKdbx } from './kdbx.ts';
import type { KdbxEntry } from './kdbx-types.ts';
import { encodeKdf, type SaltedKdf } from './kdf.ts';
import { defaultLimits, type KdbxLimits } from './limits.ts';
import { nodeCrypto } from './node-crypto.ts';
import { Salsa20 } from './salsa20.ts';
import { decodeTime, encodeTime } from './times.ts';

const password = new SecretString('x');

test('ChaCha20 is that of RFC 8439 and of OpenSSL, in pieces of any size', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  const nonce = Buffer.from('000000000000004a00000000', 'hex');
  const sunscreen =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
  const text = concatBytes([new Uint8Array(64), utf8(sunscreen)]);
  // RFC 8439, section 2.4.2, starts with block 1.
  new ChaCha20(key, nonce).apply(text);
  assert.equal(Buffer.from(text.subarray(64, 80)).toString('hex'), '6e2e359a2568f98041ba0728dd0d6981');
  const sizes = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 10 });
  fc.assert(
    fc.property(sizes, fc.uint8Array({ minLength: 32, maxLength: 32 }), (pieces, anyKey) => {
      const iv = Buffer.concat([Buffer.alloc(4), nonce]);
      const expected = createCipheriv('chacha20', anyKey, iv).update(Buffer.alloc(pieces.reduce((a, b) => a + b, 0)));
      const stream = new ChaCha20(anyKey, nonce);
      const parts = pieces.map((size) => new Uint8Array(size));
      for (const part of parts) stream.apply(part);
      assert.deepEqual(Buffer.from(concatBytes(parts)), expected);
    }),
  );
});

test('Salsa20 is that of the eSTREAM vectors', () => {
  // eSTREAM, Salsa20/20, 256-bit key, set 1, vector 0.
  const stream = new Uint8Array(64);
  new Salsa20(Uint8Array.of(0x80, ...new Uint8Array(31)), new Uint8Array(8)).apply(stream);
  assert.match(
    Buffer.from(stream).toString('hex'),
    /^e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844/,
  );
});

test('base64 agrees with Node for any bytes, and refuses what is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(toBase64(bytes), text);
      assert.deepEqual(fromBase64(text), bytes);
      assert.deepEqual(fromBase64(`\n ${text} \n`), bytes);
    }),
  );
  for (const text of ['A', 'AB', 'A===', 'AAA=A', 'é', 'A-_A', 'AA===='])
    assert.equal(fromBase64(text), undefined, text);
});

test('times are whole seconds since the year 1, and nonsense is no time', () => {
  assert.equal(encodeTime(new Date('0001-01-01T00:00:00Z')), 'AAAAAAAAAAA=');
  const whole = fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') });
  fc.assert(
    fc.property(whole, (time) => {
      assert.equal(decodeTime(encodeTime(time))?.getTime(), Math.floor(time.getTime() / 1000) * 1000);
    }),
  );
  assert.equal(decodeTime('2015-01-02T03:04:05Z')?.getTime(), Date.UTC(2015, 0, 2, 3, 4, 5));
  for (const text of ['', 'AAAA', '-', '//////////8=']) assert.equal(decodeTime(text), undefined);
});

// A file that proves itself and holds whatever is given, as an attacker who knows the password would make it.
async function fileWith(content: Uint8Array, kdf: SaltedKdf = aesKdf): Promise<Buffer> {
  const header = { cipher: 'chacha20', kdf, masterSeed: randomBytes(32), iv: randomBytes(12) } as const;
  const bytes = encodeHeader(header);
  const isTooMuch = kdf !== aesKdf;
  const keys = isTooMuch
    ? { cipher: randomBytes(32), hmacBase: randomBytes(64) }
    : await deriveFileKeys(nodeCrypto, { password }, header.masterSeed, kdf);
  async function* once(): AsyncIterable<Uint8Array> {
    yield content;
  }
  const sealed = sealBlocks(nodeCrypto, keys.hmacBase, nodeCrypto.chacha20(keys.cipher, header.iv, once()));
  const mac = await blockMac(nodeCrypto, keys.hmacBase, headerBlock, bytes);
  const parts = [bytes, createHash('sha256').update(bytes).digest(), mac];
  return Buffer.concat([...parts, ...(await Array.fromAsync(sealed))]);
}

const aesKdf: SaltedKdf = { kind: 'aes', rounds: 1, salt: Buffer.alloc(32) };
const innerHeader = concatBytes([...encodeInnerHeader({ cipherId: 3, key: new Uint8Array(64), attachments: [] })]);

async function reading(bytes: Uint8Array, limits: Partial<KdbxLimits> = {}): Promise<KdbxEntry[]> {
  return Array.fromAsync((await readKdbx(bytes, { password }, { ...defaultLimits, ...limits })).entries());
}

const xmlFile = async (xml: string): Promise<Buffer> => fileWith(gzipSync(concatBytes([innerHeader, utf8(xml)])));

test('a key derivation that asks for too much or for nonsense is refused before any work', async () => {
  const salt = randomBytes(32);
  const refused = async (kdf: SaltedKdf, code: string): Promise<void> =>
    assert.rejects(async () => reading(await fileWith(new Uint8Array(), kdf)), failure(code));
  await refused({ kind: 'argon2id', memoryKiB: 2 * 1024 * 1024, passes: 1, parallelism: 1, salt }, 'kdbx.over-limit');
  await refused({ kind: 'argon2d', memoryKiB: 1024 * 1024, passes: 1000, parallelism: 1, salt }, 'kdbx.over-limit');
  await refused({ kind: 'aes', rounds: 2 ** 40, salt }, 'kdbx.over-limit');
  await refused({ kind: 'argon2id', memoryKiB: 8, passes: 1, parallelism: 4, salt }, 'kdbx.damaged');
  await refused({ kind: 'argon2id', memoryKiB: 64, passes: 0, parallelism: 1, salt }, 'kdbx.damaged');
  await refused({ kind: 'argon2id', memoryKiB: 64, passes: 1, parallelism: 1, salt: Buffer.alloc(4) }, 'kdbx.damaged');
  assert.ok(encodeKdf(aesKdf).length > 0);
});

test('a bomb is refused while it unpacks: too much XML, a text too long, too many attachments, too deep', async () => {
  const limits = { xml: 1_000_000, xmlPiece: 100_000, attachments: 50_000 };
  const bomb = async (xml: string): Promise<void> =>
    assert.rejects(async () => reading(await xmlFile(xml), limits), failure('kdbx.over-limit'));
  await bomb(`<KeePassFile>${'<a/>'.repeat(500_000)}</KeePassFile>`);
  await bomb(`<KeePassFile>${'a'.repeat(800_000)}</KeePassFile>`);
  await bomb(`<a>`.repeat(300));
  const many = concatBytes([
    ...encodeInnerHeader({ cipherId: 3, key: new Uint8Array(64), attachments: [new Uint8Array(60_000)] }),
  ]);
  await assert.rejects(async () => reading(await fileWith(gzipSync(many)), limits), failure('kdbx.over-limit'));
  const field = concatBytes([Uint8Array.of(2), littleEndian(0xffff_fff0, 4)]);
  await assert.rejects(async () => reading(await fileWith(gzipSync(field))), failure('kdbx.over-limit'));
});

test('XML that is not what KeePass writes is refused, and never quoted', async () => {
  const documents = [
    '',
    '<KeePassFile>',
    '<KeePassFile></Other>',
    '<!DOCTYPE KeePassFile [<!ENTITY a "secret">]><KeePassFile>&a;</KeePassFile>',
    '<KeePassFile>&secret;</KeePassFile>',
    '<KeePassFile><Meta><X Protected="True">*secret*</X></Meta></KeePassFile>',
    '<KeePassFile><Root><Group><UUID/><Name/><Entry><String><Key>secret</Key></String></Entry></Group></Root></KeePassFile>',
    '<KeePassFile><Root><Group><Entry><Binary><Key>a</Key><Value Ref="7"/></Binary></Entry></Group></Root></KeePassFile>',
    '<KeePassFile>\u0001</KeePassFile>',
  ];
  for (const xml of documents) {
    await assert.rejects(
      async () => reading(await xmlFile(xml)),
      (error: Error) => {
        assert.doesNotMatch(`${error.stack}${String(error.cause)}`, /secret/);
        return failure('kdbx.damaged')(error);
      },
    );
  }
  const notUtf8 = concatBytes([innerHeader, utf8('<KeePassFile>'), Uint8Array.of(0xff), utf8('</KeePassFile>')]);
  await assert.rejects(async () => reading(await fileWith(gzipSync(notUtf8))), failure('kdbx.damaged'));
  await assert.rejects(async () => reading(await fileWith(utf8('no gzip'))), failure('kdbx.damaged'));
});

test('random bytes and damaged headers never do worse than a refusal', async () => {
  const start = Buffer.from('03d9a29a67fb4bb500000400', 'hex');
  const good = await fileWith(gzipSync(innerHeader));
  const codes = /^kdbx\.(damaged|unsupported|over-limit|wrong-credentials)$/;
  const refused = async (bytes: Uint8Array): Promise<void> =>
    assert.rejects(reading(bytes), (error: { code?: string }) => codes.test(error.code ?? String(error)));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await refused(bytes);
      await refused(Buffer.concat([start, bytes]));
    }),
    { numRuns: 100 },
  );
  await refused(Buffer.concat([Buffer.from('03d9a29a65fb4bb5', 'hex'), Buffer.alloc(100)]));
  await refused(good.subarray(0, 40));
});

test('a group named after its entries, text in CDATA, comments and unknown elements are read', async () => {
  const xml = `\ufeff<?xml version="1.0"?><KeePassFile><!-- c --><Root><Group><Entry><UUID>${toBase64(new Uint8Array(16).fill(1))}</UUID>
    <String><Key>Title</Key><Value>a<!-- c -->b<![CDATA[<c>]]>&#x1F511;</Value></String><Unknown><Deep>x</Deep></Unknown></Entry>
    <Group><UUID>AAAAAAAAAAAAAAAAAAAAAA==</UUID><Entry><UUID>${toBase64(new Uint8Array(16).fill(2))}</UUID></Entry><Name>late</Name></Group>
    <Name>root</Name></Group></Root></KeePassFile>`;
  const entries = await Array.fromAsync(readKeePassXml(utf8(xml)));
  assert.deepEqual(
    entries.map((entry) => [entry.groups, entry.fields.map(({ value }) => value)]),
    [
      [[], ['ab<c>🔑']],
      [['late'], []],
    ],
  );
});

test('what KDBX would lose or change is refused with the name of the entry', async () => {
  const entry: KdbxEntry = {
    uuid: '0'.repeat(31) + '1',
    groups: [],
    fields: [{ name: 'Title', value: 'mail', isProtected: false }],
    tags: [],
    customData: [],
    attachments: [],
    history: [],
  };
  const title = entry.fields[0] ?? { name: '', value: '', isProtected: false };
  const file = { name: 'a', bytes: new Uint8Array(1) };
  const changes: Partial<KdbxEntry>[] = [
    { uuid: 'x' },
    { fields: [title, title] },
    { fields: [title, { ...title, name: 'lone', value: '\ud800' }] },
    { fields: [title, { ...title, name: 'bell\u0007' }] },
    { tags: ['a;b'] },
    { tags: [''] },
    { groups: ['\u0000'] },
    { groups: Array.from({ length: 300 }, () => 'deep') },
    { attachments: [file, file] },
    { customData: [{ name: 'x', value: '\ufffe' }] },
    { createdAt: new Date(Number.NaN) },
  ];
  for (const change of changes) {
    const writing = writeKdbx([{ ...entry, ...change }], { password }, { kdf: { kind: 'aes', rounds: 1 } });
    await assert.rejects(writing, failure('kdbx.unwritable', /mail/));
  }
});

test('writing stops when it is cancelled', async () => {
  const stop = new AbortController();
  function* endless(): Iterable<KdbxEntry> {
    for (let number = 0; ; number += 1) {
      if (number === 100) stop.abort(new Error('enough'));
      yield { uuid: '1'.repeat(32), groups: [], fields: [], tags: [], customData: [], attachments: [], history: [] };
    }
  }
  const writing = writeKdbx(endless(), { password }, { kdf: { kind: 'aes', rounds: 1 }, signal: stop.signal });
  await assert.rejects(writing, /enough/);
});
