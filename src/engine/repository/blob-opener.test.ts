import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import { createTwinHasher } from '../crypto/twin-hash.ts';
import { createCompressor } from '../format/compression.ts';
import type { BlobId, PackId } from '../ids.ts';
import { type BlobInPack, BlobOpener } from './blob-opener.ts';

const sealer = await Sealer.create(MasterKey.random());
const sealed = (plaintext: Buffer): BlobInPack => {
  const bytes = sealer.seal(plaintext);
  const place = { packId: '' as PackId, offset: 0, length: bytes.length, uncompressedLength: 0 };
  return { blob: { type: 'data', id: hash('sha256', plaintext) as BlobId, ...place }, sealed: bytes };
};
const isDamaged = failure('repository.damaged-pack', /content does not match/);

for (const [name, hasher] of [
  ['two at once', await createTwinHasher()],
  ['one by one', undefined],
] as const)
  suite(`blobs that are hashed ${name}`, async () => {
    const opener = new BlobOpener(sealer, await createCompressor(3), hasher);

    test('come out as they went in, whatever their lengths', () => {
      const lengths = [0, 1, 4095, 4096, 70_000, 1_000_001];
      for (const [at, one] of lengths.entries())
        for (const other of lengths) {
          const [first, second] = [randomBytesOf(at, one), randomBytesOf(`other ${at}`, other)];
          const opened = opener.viewTwo(sealed(first), sealed(second));
          assert.ok(first.equals(opened[0] as Buffer) && second.equals(opened[1] as Buffer), `${one} and ${other}`);
        }
      const alone = randomBytesOf('alone', 9000);
      const [first, none] = opener.viewTwo(sealed(alone), undefined);
      assert.ok(alone.equals(first as Buffer) && none === undefined);
    });

    test('that are damaged do not hide their neighbour, and nobody takes one for the other', () => {
      const [first, second] = [sealed(randomBytesOf('a', 50_000)), sealed(randomBytesOf('b', 60_000))];
      const broken = { ...first, sealed: first.sealed.map((byte, at) => (at === 100 ? byte ^ 1 : byte)) };
      const isSecond = (opened: unknown): boolean => opened instanceof Buffer && opened.length === 60_000;
      const check = (pair: unknown[], [one, other]: [boolean, boolean]): void =>
        assert.deepEqual(pair.map(isSecond), [one, other]);
      check(opener.viewTwo(broken, second), [false, true]);
      check(opener.viewTwo(second, broken), [true, false]);
      check(opener.viewTwo(second, undefined), [true, false]);
      const swapped = opener.viewTwo({ ...first, sealed: second.sealed }, { ...second, sealed: first.sealed });
      for (const opened of swapped) assert.ok(isDamaged(opened));
    });
  });
