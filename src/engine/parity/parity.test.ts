import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { suite, test } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { blockMath, inverse, multiply } from './galois.ts';
import { blocksOfStripe, shapeFor } from './shape.ts';
import { decodeSideFile, encodeSideFile, isAnotherFile, mendFile, type SideFile } from './side-file.ts';

const sizes = [0, 1, 15, 16, 17, 100, 155, 1599, 1600, 1601, 5000, 409_600, 409_601, 1_000_003];

function sideOf(file: Buffer, percent: number): SideFile {
  return decodeSideFile(encodeSideFile(file, percent)) ?? assert.fail('the side file cannot be read');
}

function flip(bytes: Buffer, at: number, bits = 1): void {
  bytes[at] = (bytes[at] ?? 0) ^ bits;
}

function isMended(file: Buffer, damaged: Buffer, side: SideFile): boolean {
  const mended = mendFile(damaged, side);
  if (mended.result === 'beyond') return false;
  assert.ok((mended.result === 'whole' ? damaged : mended.bytes).equals(file), 'never a wrong byte');
  return true;
}

suite('arithmetic over GF(2^8)', () => {
  test('is a field: products are polynomials modulo x^8 + x^4 + x^3 + x^2 + 1, and all but 0 have an inverse', () => {
    for (let a = 0; a < 256; a += 1) {
      for (let b = 0; b < 256; b += 1) {
        let product = 0;
        for (let bit = 7; bit >= 0; bit -= 1) {
          product <<= 1;
          if (product & 0x100) product ^= 0x11d;
          if ((a >> bit) & 1) product ^= b;
        }
        assert.equal(multiply(a, b), product);
      }
      if (a > 0) assert.equal(multiply(a, inverse(a)), 1);
    }
  });

  test('in WebAssembly and in plain code gives the same sums', () => {
    for (const blockBytes of [16, 48, 4096]) {
      const [fast, plain] = [blockMath(13, blockBytes), blockMath(13, blockBytes, { portable: true })];
      assert.notEqual(fast.blocks.byteOffset, 0, 'the fast one was chosen');
      const content = randomBytesOf(`blocks ${blockBytes}`, 13 * blockBytes);
      for (const math of [fast, plain]) {
        math.blocks.set(content);
        math.combine(12, 0, randomBytesOf('coefficients', 11));
        math.combine(11, 3, Uint8Array.from([0, 1, 255]));
      }
      assert.deepEqual(Buffer.from(fast.blocks), Buffer.from(plain.blocks));
      assert.notDeepEqual(Buffer.from(plain.blocks), content);
    }
  });
});

suite('side files', () => {
  test('are the same whoever computes them, and mend nothing that is whole', () => {
    for (const size of sizes) {
      const file = randomBytesOf(`file ${size}`, size);
      const side = encodeSideFile(file, 10);
      assert.ok(side.equals(encodeSideFile(file, 10, { portable: true })), `${size} bytes`);
      assert.equal(mendFile(file, sideOf(file, 10)).result, 'whole');
    }
    const side = encodeSideFile(randomBytesOf('large', 4_000_000), 10);
    assert.ok(side.length > 400_000 && side.length < 460_000, `10 % of 4,000,000 bytes takes ${side.length}`);
  });

  test('give back any run of bytes up to the share, flipped, zeroed or cut off', () => {
    for (const percent of [1, 10, 50])
      for (const size of sizes.filter((each) => each > 0 && (percent === 10 || each < 10_000))) {
        const file = randomBytesOf(`file ${size}`, size);
        const side = sideOf(file, percent);
        const run = Math.max(1, Math.floor((size * percent) / 100));
        const places = [0, 1, 7, size >> 1, size - run - 1, size - run].filter((at) => at >= 0 && at + run <= size);
        for (const at of places)
          for (const change of [(byte: number) => byte ^ 0xff, () => 0]) {
            const damaged = Buffer.from(file);
            for (let byte = at; byte < at + run; byte += 1) damaged[byte] = change(damaged[byte] ?? 0);
            assert.ok(isMended(file, damaged, side), `${run} of ${size} bytes at ${at}`);
          }
        assert.ok(isMended(file, file.subarray(0, size - run), side), `${size} bytes without the last ${run}`);
        assert.ok(isMended(file, Buffer.concat([file, Buffer.alloc(100)]), side), 'longer than it was');
      }
  });

  test('give back exactly so many blocks of every stripe, and say plainly when it is one more', () => {
    for (const size of [1600, 5000, 1_000_003]) {
      const file = randomBytesOf(`file ${size}`, size);
      const shape = shapeFor(size, 10);
      const side = sideOf(file, 10);
      const damage = (count: number): Buffer => {
        const damaged = Buffer.from(file);
        for (let stripe = 0; stripe < shape.stripes; stripe += 1)
          for (const block of blocksOfStripe(shape, stripe).slice(-count - 1, -1))
            flip(damaged, block * shape.blockBytes);
        return damaged;
      };
      assert.ok(isMended(file, damage(shape.parity), side));
      const beyond = mendFile(damage(shape.parity + 1), side);
      assert.ok(beyond.result === 'beyond');
      assert.equal(beyond.blocks, (shape.parity + 1) * shape.stripes);
      assert.match(beyond.reason, /blocks are damaged, 1 too many/);
    }
  });

  test('mend with every byte of their own flipped, and cut anywhere', () => {
    const file = randomBytesOf('file', 1000);
    const damaged = Buffer.from(file);
    flip(damaged, 500);
    const side = encodeSideFile(file, 20);
    for (let at = 0; at < side.length; at += 1) {
      const flipped = Buffer.from(side);
      flip(flipped, at, 1 << (at % 8));
      const decoded = decodeSideFile(flipped) ?? assert.fail(`byte ${at}`);
      assert.ok(isMended(file, damaged, decoded), `byte ${at}`);
    }
    for (let length = 0; length < side.length; length += 1) {
      const decoded = decodeSideFile(side.subarray(0, length));
      if (decoded !== undefined) isMended(file, damaged, decoded);
    }
  });

  test('absurd numbers in a side file with a right checksum are not believed', () => {
    for (const [at, value] of [
      [24, 0],
      [24, 0xffff_fff0],
      [28, 0],
      [28, 0xffff_ffff],
      [32, 0],
      [32, 0xffff_ffff],
      [20, 0x7fff_ffff],
    ] as const) {
      const side = encodeSideFile(randomBytesOf('file', 1000), 20);
      const part = side.readUInt32LE(side.length - 4);
      side.writeUInt32LE(value, at);
      side.write(hash('sha256', side.subarray(0, part - 32), 'hex'), part - 32, 'hex');
      assert.equal(decodeSideFile(side.subarray(0, -part)), undefined);
    }
  });

  test('know a file that took the place of theirs from one that is damaged', () => {
    const file = randomBytesOf('file', 155);
    const side = sideOf(file, 50);
    assert.equal(isAnotherFile(randomBytesOf('another', 155), side), true);
    assert.equal(mendFile(randomBytesOf('another', 155), side).result, 'beyond');
    const damaged = Buffer.from(file);
    damaged.fill(0, 0, 70);
    assert.equal(isAnotherFile(damaged, side), false);
  });
});
