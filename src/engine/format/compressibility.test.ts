import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Compressibility } from './compressibility.ts';
import { createCompressor } from './compression.ts';

const mib = 1024 * 1024;

test('after a blob that did not shrink the next is judged by samples: noise is passed over, text is not, nor half text', async () => {
  const compressor = await createCompressor(3);
  const judge = new Compressibility();
  const noise = randomBytes(mib);
  assert.equal(judge.isWorthTrying(noise, compressor), true, 'nothing is known yet');
  judge.tried(noise.length, noise.length + 40);
  assert.equal(judge.isWorthTrying(noise, compressor), false);
  assert.equal(judge.isWorthTrying(randomBytes(8 * mib), compressor), false);
  assert.equal(judge.isWorthTrying(Buffer.alloc(mib, 'a line of a log; '), compressor), true);
  const half = randomBytes(mib);
  half.fill('a line of a log; ', mib / 4, (mib * 3) / 4);
  assert.equal(judge.isWorthTrying(half, compressor), true);
  // Noise that comes again and again shrinks too, though no sample by itself does.
  const again = Buffer.concat(Array.from({ length: 256 }, () => noise.subarray(0, 4096)));
  assert.equal(judge.isWorthTrying(again, compressor), true);
  assert.equal(judge.isWorthTrying(noise.subarray(0, 100_000), compressor), true, 'small ones are always tried');
  judge.tried(mib, mib / 3);
  assert.equal(judge.isWorthTrying(noise, compressor), true);
  compressor.close();
});
