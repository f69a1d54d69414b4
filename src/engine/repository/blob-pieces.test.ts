import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { failure } from '../../../test/support/failures.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import type { BlobId, PackId } from '../ids.ts';
import { openInPieces } from './blob-pieces.ts';
import type { LocatedBlob } from './pack-reader.ts';

const sealer = await Sealer.create(MasterKey.random());
const plaintext = Buffer.concat([Buffer.from('again and '.repeat(400_000)), randomBytesOf('large', 2_000_000)]);
const sealed = sealer.seal(zstdCompressSync(plaintext));
const blob: LocatedBlob = {
  type: 'tree',
  id: hash('sha256', plaintext) as BlobId,
  packId: 'a'.repeat(64) as PackId,
  offset: 0,
  length: sealed.length,
  uncompressedLength: plaintext.length,
};
const isDamaged = failure('repository.damaged-pack');

test('a blob comes out in pieces as it went in, as often as it is asked for', async () => {
  const read = await openInPieces(blob, sealer, sealed);
  for (let time = 0; time < 2; time += 1)
    assert.ok(Buffer.concat(Array.from(read(), (piece) => Buffer.from(piece))).equals(plaintext));
});

test('nothing comes out of one that is damaged, another, or of another length than the index says', async () => {
  for (const at of [0, 20, sealed.length >> 1, sealed.length - 1]) {
    const broken = sealed.map((byte, place) => (place === at ? byte ^ 1 : byte));
    await assert.rejects(openInPieces(blob, sealer, broken), isDamaged, `byte ${at}`);
  }
  const another = hash('sha256', 'another') as BlobId;
  await assert.rejects(openInPieces({ ...blob, id: another }, sealer, sealed), isDamaged);
  for (const uncompressedLength of [plaintext.length - 1, plaintext.length + 1, 2 ** 40])
    await assert.rejects(openInPieces({ ...blob, uncompressedLength }, sealer, sealed), isDamaged);
  const notCompressed = sealer.seal(plaintext);
  await assert.rejects(openInPieces({ ...blob, length: notCompressed.length }, sealer, notCompressed), isDamaged);
});
