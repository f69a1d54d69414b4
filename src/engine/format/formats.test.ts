import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { fc } from '../../../test/support/seeded.ts';
import { failure } from '../../../test/support/failures.ts';
import { cheapCost, testPassword } from '../../../test/support/repositories.ts';
import { isFailure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';
import { MasterKey } from '../crypto/master-key.ts';
import type { BlobId, BlobType, PackId, SnapshotId } from '../ids.ts';
import { compressBound, createCompressor, portableCompressor } from './compression.ts';
import { decodeConfig, encodeConfig } from './config.ts';
import { decodeIndex, type IndexedPack, indexParts } from './index-file.ts';
import { decodeKeyFile, encodeKeyFile, keyIdOf, unwrapMasterKey, wrapMasterKey } from './key-file.ts';
import { decodeLockFile, encodeLockFile } from './lock-file.ts';
import { decodeHeaderLength, decodePackHeader, encodePackHeader, type PackedBlob } from './pack-header.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot-types.ts';
import { decodeTree } from './tree.ts';
import { decodeUnpacked, encodeUnpacked } from './unpacked.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const u32 = fc.integer({ min: 32, max: 2 ** 24 });
const blob = fc.record({
  type: fc.constantFrom<BlobType>('data', 'tree'),
  id: id.map((hex) => hex as BlobId),
  length: u32,
  uncompressedLength: fc.option(u32, { nil: 0 }),
});
const blobs = fc.array(blob, { minLength: 1, maxLength: 20 }).map((list) => {
  let offset = 0;
  return list.map((each): PackedBlob => {
    const placed = { ...each, offset };
    offset += each.length;
    return placed;
  });
});
const indexOf = (packs: IndexedPack[]): Buffer => Buffer.concat([...indexParts(packs)]);
const polynomial = 0x3da3358b4dc173n;

suite('decoding undoes encoding', () => {
  test('for pack headers', () => {
    fc.assert(fc.property(blobs, (list) => assert.deepEqual(decodePackHeader('p', encodePackHeader(list)), list)));
  });

  test('for index files', () => {
    const pack = fc.tuple(id, blobs).map(([packId, list]) => ({ id: packId as PackId, blobs: list }));
    const packs = fc.array(pack, { maxLength: 5 });
    fc.assert(fc.property(packs, (list) => assert.deepEqual(decodeIndex('index/x', indexOf(list)), list)));
  });

  test('for unpacked files of both versions', () => {
    const json = fc.string().map((text) => Buffer.from(JSON.stringify({ text })));
    fc.assert(
      fc.property(json, fc.constantFrom(1 as const, 2 as const), (bytes, version) =>
        assert.deepEqual(decodeUnpacked('x', encodeUnpacked(bytes, version)), bytes),
      ),
    );
  });

  test('for snapshots, with texts of any kind', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    const snapshot = fc.record(
      {
        time: fc.constantFrom('2026-01-02T03:04:05Z', '2026-11-23T04:05:06.123456789-03:00'),
        tree: id.map((hex) => hex as BlobId),
        paths: fc.array(text, { minLength: 1 }),
        parent: id.map((hex) => hex as SnapshotId),
        hostname: text,
        tags: fc.array(text, { minLength: 1 }),
        uid: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      },
      { requiredKeys: ['time', 'tree', 'paths'] },
    );
    fc.assert(
      fc.property(snapshot, (given) => {
        assert.deepEqual(decodeSnapshot('snapshots/x', encodeSnapshot(given as Snapshot)), { ...given });
      }),
    );
  });

  test('for config and lock', () => {
    const config = { version: 2 as const, id: 'ab'.repeat(32), chunkerPolynomial: polynomial };
    assert.deepEqual(decodeConfig(encodeConfig(config)), config);
    const lock = {
      time: '2026-01-02T03:04:05Z',
      exclusive: true,
      hostname: 'h',
      username: 'u',
      pid: 7,
      uid: 1,
      gid: 2,
    };
    assert.deepEqual(decodeLockFile('locks/x', encodeLockFile(lock)), lock);
  });

  test('for blobs through either zstd, and each reads what the other wrote', async () => {
    const native = await createCompressor(3);
    const portable = portableCompressor(3);
    for (const source of [Buffer.alloc(0), randomBytes(5), Buffer.alloc(1_000_000, 'words '), randomBytes(100_000)]) {
      for (const [from, to] of [
        [native, portable],
        [portable, native],
      ] as const) {
        const frame = Buffer.alloc(compressBound(source.length));
        const length = from.compressInto(source, frame);
        const target = Buffer.alloc(source.length);
        assert.equal(to.decompressTo(frame.subarray(0, length), target), true);
        assert.deepEqual(target, source);
        assert.equal(to.decompressTo(frame.subarray(0, length), Buffer.alloc(source.length + 1)), false);
        if (source.length > 0)
          assert.equal(to.decompressTo(frame.subarray(0, length), Buffer.alloc(source.length - 1)), false);
      }
    }
    native.close();
  });
});

const decoders: [string, (bytes: Buffer) => unknown][] = [
  ['config', decodeConfig],
  ['index', (bytes) => decodeIndex('index/x', bytes)],
  ['snapshot', (bytes) => decodeSnapshot('snapshots/x', bytes)],
  ['lock', (bytes) => decodeLockFile('locks/x', bytes)],
  ['key', (bytes) => decodeKeyFile('x', bytes)],
  ['unpacked', (bytes) => decodeUnpacked('index/x', bytes)],
  ['pack header', (bytes) => decodePackHeader('x', bytes)],
  ['header length', (bytes) => decodeHeaderLength('x', Buffer.concat([Buffer.alloc(4), bytes]), bytes.length + 4)],
];

suite('bytes that nobody of good will wrote end in a failure that names the file', () => {
  const samples = [
    encodeConfig({ version: 2, id: 'ab'.repeat(32), chunkerPolynomial: polynomial }),
    indexOf([
      {
        id: 'cd'.repeat(32) as PackId,
        blobs: [{ type: 'data', id: 'ef'.repeat(32) as BlobId, offset: 0, length: 99, uncompressedLength: 0 }],
      },
    ]),
    encodeSnapshot({ time: '2026-01-02T03:04:05Z', tree: 'ab'.repeat(32) as BlobId, paths: ['/x'] }),
    Buffer.from('{"time":"x","exclusive":1,"packs":[null],"paths":[7],"tree":"../..","version":3}'),
    encodeUnpacked(Buffer.from('{"a":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}'), 2),
    encodeKeyFile({
      created: '2026-01-02T03:04:05Z',
      username: 'u',
      hostname: 'h',
      cost: cheapCost,
      salt: Buffer.alloc(64, 7),
      data: Buffer.alloc(160, 9),
    }),
    encodePackHeader([
      { type: 'data', id: 'ef'.repeat(32) as BlobId, offset: 0, length: 99, uncompressedLength: 0 },
      { type: 'tree', id: 'ab'.repeat(32) as BlobId, offset: 99, length: 88, uncompressedLength: 123 },
    ]),
    encodeLockFile({
      time: '2026-01-02T03:04:05Z',
      exclusive: true,
      hostname: 'h',
      username: 'u',
      pid: 7,
      uid: 1,
      gid: 2,
    }),
  ];
  const damagedSample = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat())
    .map(([sample, at, flip, cut]) => {
      const bytes = Buffer.from(sample);
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ flip;
      return bytes.subarray(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
    });
  const json = fc.json().map((text) => Buffer.from(text));
  const raw = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

  for (const [name, decode] of decoders) {
    test(`for ${name}`, () => {
      fc.assert(
        fc.property(fc.oneof(raw, json, damagedSample), (bytes) => {
          try {
            decode(bytes);
          } catch (error) {
            if (!isFailure(error)) throw error;
            assert.match(error.code, /^repository\.damaged-(file|pack)$/);
          }
        }),
        { numRuns: 500 },
      );
    });
  }
});

// Each must end soon, in a failure or in something that the numbers allow, and in little memory.
test('absurd shapes and sizes are refused by every decoder, and cost little', () => {
  const id = 'ab'.repeat(32);
  const repeated = (text: string, times: number): Buffer => Buffer.from(text.repeat(times));
  const huge = '9'.repeat(400);
  const absurd = [
    repeated('[', 1_000_000),
    repeated('{"a":', 200_000),
    Buffer.from(`{"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"data","offset":${huge},"length":${huge}}]}]}`),
    Buffer.from(`{"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"data","offset":-1,"length":-1}]}]}`),
    Buffer.from(`{"packs":[{"id":"${id}","blobs":[{"id":"${id}","type":"data","offset":1.5,"length":1e99}]}]}`),
    Buffer.from(`{"packs":{"length":1e9},"paths":{"length":1e9},"version":${huge}}`),
    Buffer.from(`{"__proto__":{"version":2},"constructor":1,"version":null}`),
    Buffer.from(`{"time":"${'9'.repeat(1_000_000)}","paths":["/"],"tree":"${id}"}`),
    Buffer.from(`{"time":"2026-01-02T03:04:05Z","pid":${huge},"uid":-5,"exclusive":"yes"}`),
    Buffer.from(`{"kdf":"scrypt","N":${huge},"r":8,"p":1,"salt":"","data":""}`),
    Buffer.from(`{"nodes":[{"name":"a","type":"file","size":${huge},"content":["${id}"]}]}`),
    repeated('\xff', 100_000),
    Buffer.alloc(37 * 1000, 0xff),
    Buffer.concat([Buffer.of(2), Buffer.from('28b52ffd', 'hex'), Buffer.alloc(14, 0xff)]),
  ];
  const before = process.memoryUsage().rss;
  for (const [name, decode] of [...decoders, ['tree', decodeTree] as const])
    for (const [number, bytes] of absurd.entries()) {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(isFailure(error), `${name}, shape ${number}: ${String(error)}`);
      }
    }
  assert.ok(process.memoryUsage().rss - before < 512 * 1024 * 1024);
});

test('a config with a polynomial that can be divided is refused, as is a version nobody knows', () => {
  const encode = (version: number, hex: string): Buffer =>
    Buffer.from(`{"version":${version},"id":"${'ab'.repeat(32)}","chunker_polynomial":"${hex}"}`);
  assert.throws(() => decodeConfig(encode(2, '3da3358b4dc172')), failure('repository.damaged-file', /irreducible/));
  assert.throws(() => decodeConfig(encode(2, 'b')), failure('repository.damaged-file', /irreducible/));
  assert.throws(() => decodeConfig(encode(3, '3da3358b4dc173')), failure('repository.damaged-file', /version 3/));
});

test('a decompression bomb is stopped at its limit', () => {
  const bomb = Buffer.concat([Buffer.of(2), zstdCompressSync(Buffer.alloc(600 * 1024 * 1024))]);
  assert.throws(() => decodeUnpacked('index/bomb', bomb), failure('repository.damaged-file', /index\/bomb/));
});

test('a snapshot is written with the keys, order and escapes of Go', () => {
  const json = encodeSnapshot({
    paths: ['/a<b>&\u2028'],
    tree: 'ab'.repeat(32) as BlobId,
    time: '2026-01-02T03:04:05.678901234Z',
    username: '',
    uid: 0,
    tags: [],
    hostname: 'h',
  });
  assert.equal(
    json.toString(),
    `{"time":"2026-01-02T03:04:05.678901234Z","tree":"${'ab'.repeat(32)}","paths":["/a\\u003cb\\u003e\\u0026\\u2028"],"hostname":"h"}`,
  );
});

test('a key file opens with its password only, and its name is the hash of its content', async () => {
  const masterKey = MasterKey.random();
  const about = { created: '2026-01-02T03:04:05Z', username: 'u', hostname: 'h', cost: cheapCost };
  const json = encodeKeyFile(await wrapMasterKey(masterKey, testPassword, about));
  const file = decodeKeyFile(keyIdOf(json), json);
  assert.deepEqual((await unwrapMasterKey(file, testPassword))?.copyBytes(), masterKey.copyBytes());
  assert.equal(await unwrapMasterKey(file, new SecretString('wrong')), undefined);
  assert.deepEqual(
    Object.keys(JSON.parse(json.toString()) as object).join(),
    'created,username,hostname,kdf,N,r,p,salt,data',
  );
});

test('a key file whose password nobody could afford to try is refused', () => {
  const salt = Buffer.alloc(64).toString('base64');
  for (const cost of [
    '"N":1073741824,"r":8,"p":1',
    '"N":32768,"r":8,"p":100000',
    '"N":3,"r":8,"p":1',
    '"N":0,"r":0,"p":0',
  ])
    assert.throws(
      () => decodeKeyFile('x', Buffer.from(`{"kdf":"scrypt",${cost},"salt":"${salt}","data":""}`)),
      failure('repository.damaged-file', /keys\/x/),
    );
});
