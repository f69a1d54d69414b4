import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { maxBlobsOfPack } from '../format/pack-header.ts';
import { PackBuilder } from './pack-builder.ts';

test('blobs of another pack are taken over only while restic can still read the header', () => {
  const [one, other] = [new PackBuilder('data'), new PackBuilder('data')];
  const tiny = Buffer.alloc(33);
  const half = Math.floor(maxBlobsOfPack / 2);
  for (let blob = 0; blob < half; blob += 1) one.appendSealed(randomBytes(32), tiny, 1);
  for (let blob = 0; blob < half; blob += 1) other.appendSealed(randomBytes(32), tiny, 1);
  const { bytes, header } = other.contents();
  assert.equal(one.hasRoomFor(bytes, header), true);
  for (let blob = 0; blob < maxBlobsOfPack - 2 * half + 1; blob += 1) one.appendSealed(randomBytes(32), tiny, 1);
  assert.equal(one.isFull, false);
  assert.equal(one.hasRoomFor(bytes, header), false, 'one blob too many');
  assert.equal(one.hasRoomFor(bytes.subarray(0, 33), header.subarray(0, 41)), true);
});
