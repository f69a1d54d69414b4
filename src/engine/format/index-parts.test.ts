import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fc } from '../../../test/support/seeded.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import { decodeIndex, indexParts, type IndexedPack } from './index-file.ts';
import type { PackedBlob } from './pack-header.ts';
import { readIndexBlobs } from './index-parts.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const blob = fc.record({
  type: fc.constantFrom<BlobType>('data', 'tree'),
  id: id.map((hex) => hex as BlobId),
  offset: u32,
  length: u32,
  uncompressedLength: fc.option(u32, { nil: 0 }),
});
const pack = fc.record({ id: id.map((hex) => hex as PackId), blobs: fc.array(blob, { minLength: 1, maxLength: 30 }) });
const packs = fc.array(pack, { maxLength: 5 });

interface IndexedBlob extends PackedBlob {
  packId: PackId;
}

function indexedBlobs(file: string, read: () => Iterable<Buffer>): IndexedBlob[] {
  const told: IndexedBlob[] = [];
  let packId = '' as PackId;
  readIndexBlobs(file, read, {
    pack: (given) => void (packId = given),
    blob: (type, bytes, offset, length, uncompressedLength) =>
      void told.push({
        packId,
        type,
        id: Buffer.from(bytes).toString('hex') as BlobId,
        offset,
        length,
        uncompressedLength,
      }),
    again: () => void (told.length = 0),
  });
  return told;
}

const whole = (file: IndexedPack[]): IndexedBlob[] =>
  file.flatMap(({ id: packId, blobs }) => blobs.map((each) => ({ packId, ...each })));

/** Parts that lie in one buffer, as those of a decompressor do. */
function inParts(json: Buffer, bytes: number): { read: () => Iterable<Buffer>; asked: () => number } {
  const room = Buffer.alloc(bytes);
  let asked = 0;
  function* read(): Generator<Buffer> {
    asked += 1;
    for (let at = 0; at < json.length; at += bytes) yield room.subarray(0, json.copy(room, 0, at, at + bytes));
  }
  return { read, asked: () => asked };
}

const all = (json: Buffer, bytes = 64): IndexedBlob[] => [...indexedBlobs('index/x', inParts(json, bytes).read)];

suite('an index read blob by blob', () => {
  test('gives what is in it, in parts of any size, and reads it once', () => {
    fc.assert(
      fc.property(packs, fc.integer({ min: 1, max: 2000 }), (list, bytes) => {
        const { read, asked } = inParts(Buffer.concat([...indexParts(list)]), bytes);
        assert.deepEqual([...indexedBlobs('index/x', read)], whole(list));
        assert.equal(asked(), 1);
      }),
    );
  });

  test('gives all that is in a file of other programs: other keys, other orders, spaces, packs without blobs', () => {
    fc.assert(
      fc.property(packs, (list) => {
        const other = {
          supersedes: ['0'.repeat(64)],
          packs: [...list, { id: 'a'.repeat(64), blobs: [] }].map((each) => ({
            blobs: each.blobs.map(({ uncompressedLength, ...rest }) => ({
              ...rest,
              ...(uncompressedLength > 0 && { uncompressed_length: uncompressedLength }),
            })),
            id: each.id,
            time: 'today',
          })),
        };
        assert.deepEqual(all(Buffer.from(JSON.stringify(other, undefined, 2))), whole(list));
      }),
    );
  });

  test('begins anew when a file turns unusual halfway', () => {
    const list = fc.sample(pack, { numRuns: 2, seed: 7 });
    const json = Buffer.concat([...indexParts(list)]).toString();
    const turned = Buffer.from(
      json.replace(/"offset"(?=[^]*$)/g, (key, at: number) => (at > json.length / 2 ? ' "offset"' : key)),
    );
    assert.deepEqual(all(turned), whole(list));
  });

  test('says the same as the whole decoder of what is damaged, byte by byte', () => {
    const list = fc.sample(pack, { numRuns: 2, seed: 3 }).map((each) => ({ ...each, blobs: each.blobs.slice(0, 2) }));
    const json = Buffer.concat([...indexParts(list)]);
    for (let at = 0; at < json.length; at += 1) {
      for (const byte of [0x00, 0x22, 0x2d, 0x30, 0x5d, 0x7d, 0xff]) {
        const damaged = Buffer.from(json);
        damaged[at] = byte;
        const expected = attempt(() => whole(decodeIndex('index/x', damaged)));
        const given = attempt(() => all(damaged));
        if (typeof expected === 'string' || typeof given === 'string') assert.equal(given, expected);
        else assert.deepEqual(given.slice(given.length - expected.length), expected, `byte ${at} is ${byte}`);
      }
    }
    for (let length = 0; length < json.length - 1; length += 1)
      assert.throws(() => all(json.subarray(0, length)), `cut to ${length}`);
  });
});

function attempt(action: () => IndexedBlob[]): IndexedBlob[] | string {
  try {
    return action();
  } catch (error) {
    return String(error);
  }
}
