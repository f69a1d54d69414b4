import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildWasm, wasmFolder } from '../../../scripts/build-wasm.ts';
import { openFolderBackend } from '../../backends/folder.ts';
import { testPassword } from '../../../test/support/repositories.ts';
import { resticFor } from '../../../test/support/restic.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { decodeTree } from '../format/tree.ts';
import { Repository } from '../repository/repository.ts';
import { Cutter, type Chunker } from './chunker.ts';
import { slowChunker } from './plain-chunker.ts';
import { isIrreducible, polynomialDegree, randomPolynomial } from './polynomial.ts';
import { maxChunkBytes, minChunkBytes } from './rabin.ts';
import { wasmChunker } from './wasm-chunker.ts';

const polynomial = 0x3da3358b4dc173n;
const mib = 1024 * 1024;

function lengths(chunker: Chunker, bytes: Buffer, step = mib): number[] {
  const cutter = new Cutter(chunker);
  const found: number[] = [];
  for (let at = 0, read = -1; read !== 0; at += read) {
    const space = cutter.space();
    read = Math.min(space.length, step, bytes.length - at);
    space.set(bytes.subarray(at, at + read));
    cutter.filled(read);
    for (let chunk = cutter.next(read === 0); chunk !== undefined; chunk = cutter.next(read === 0)) {
      found.push(chunk.length);
    }
  }
  return found;
}

test('the polynomial that restic uses in its tests is irreducible, its neighbours are not, random ones are', () => {
  assert.equal(polynomialDegree(polynomial), 53);
  assert.equal(isIrreducible(polynomial), true);
  assert.equal(isIrreducible(polynomial ^ 1n), false);
  // (x + 1) · x^52 + … : a product of two can never pass.
  assert.equal(isIrreducible(0b1000n), false);
  assert.equal(isIrreducible(0b1011n), true);
  const random = randomPolynomial();
  assert.equal(polynomialDegree(random), 53);
  assert.equal(isIrreducible(random), true);
});

test('the WebAssembly chunker cuts where the plain one does, on random bytes, zeros, runs and patterns', () => {
  const bytes = randomBytes(9 * mib);
  bytes.fill(0, 3 * mib, 5 * mib);
  bytes.fill(0x5a, 6 * mib, 6.5 * mib);
  for (let at = 7 * mib; at < 8 * mib; at += 1) bytes[at] = at % 251;
  for (const p of [polynomial, randomPolynomial()]) {
    const plain = lengths(slowChunker(p), bytes);
    assert.deepEqual(lengths(wasmChunker(p), bytes), plain);
    assert.equal(
      plain.reduce((sum, length) => sum + length, 0),
      bytes.length,
    );
  }
});

test('sixteen lanes cut where four do, wherever a cut falls and however much is left behind them', () => {
  const bytes = randomBytes(6 * mib);
  for (let at = 4 * mib; at < 5 * mib; at += 1) bytes[at] = at % 17;
  // Zeros cut at once: runs of them put a cut into every lane, at its beginning, and across the border to the next.
  for (let at = mib; at < 4 * mib; at += 65_537) bytes.fill(0, at, at + 64 + (at % 3));
  for (const p of [polynomial, randomPolynomial(), randomPolynomial()]) {
    for (const step of [mib, 524_288 + 4352, 99_991])
      assert.deepEqual(lengths(wasmChunker(p), bytes, step), lengths(wasmChunker(p, { lanes: 4 }), bytes, step));
  }
});

test('where bytes are cut does not depend on how they arrive', () => {
  const bytes = randomBytes(20 * mib);
  const whole = lengths(wasmChunker(polynomial), bytes);
  for (const step of [100_003, 524_288, 65_536 * 3 + 1]) {
    assert.deepEqual(lengths(wasmChunker(polynomial), bytes, step), whole, `${step} bytes at a time`);
  }
  assert.deepEqual(
    lengths(wasmChunker(polynomial), bytes.subarray(0, 2 * mib), 1021),
    lengths(wasmChunker(polynomial), bytes.subarray(0, 2 * mib)),
  );
});

test('no chunk but the last is below 512 KiB, none above 8 MiB, and an empty file has none', () => {
  assert.deepEqual(lengths(wasmChunker(polynomial), Buffer.alloc(0)), []);
  assert.deepEqual(lengths(wasmChunker(polynomial), Buffer.alloc(1)), [1]);
  assert.deepEqual(lengths(wasmChunker(polynomial), Buffer.alloc(minChunkBytes - 1)), [minChunkBytes - 1]);
  assert.deepEqual(lengths(wasmChunker(polynomial), Buffer.alloc(2 * mib)), Array(4).fill(minChunkBytes));
  // A run of one byte whose fingerprint never cuts goes to the limit.
  const run = lengths(wasmChunker(polynomial), Buffer.alloc(17 * mib, 1));
  assert.ok(
    run.every((length, index) => index === run.length - 1 || length === maxChunkBytes || length >= minChunkBytes),
  );
});

test('restic cuts a file where we do', needs('restic'), async (context) => {
  const folder = await temporaryFolder(context);
  const restic = await resticFor(join(folder, 'repository'), folder);
  const bytes = Buffer.concat([randomBytes(7 * mib), Buffer.alloc(mib + 7), randomBytes(6 * mib + 12_345)]);
  await writeFile(join(folder, 'file'), bytes);
  await restic.ok('init');
  await restic.ok('backup', join(folder, 'file'));
  const backend = await openFolderBackend(join(folder, 'repository'));
  const repository = await Repository.open(backend, testPassword);
  context.after(() => repository.close());
  const indexed = await repository.loadIndex();
  let tree = decodeTree(await indexed.loadBlob('tree', (await repository.loadSnapshot('latest')).tree));
  while (tree[0]?.subtree !== undefined) tree = decodeTree(await indexed.loadBlob('tree', tree[0].subtree));
  const ids: string[] = [];
  let at = 0;
  for (const length of lengths(wasmChunker(repository.config.chunkerPolynomial), bytes)) {
    ids.push(
      createHash('sha256')
        .update(bytes.subarray(at, at + length))
        .digest('hex'),
    );
    at += length;
  }
  assert.deepEqual(tree[0]?.content, ids);
  await indexed.close();
});

test('the committed WebAssembly is what its source compiles to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orbit-wasm-'));
  for (const name of buildWasm(folder))
    assert.deepEqual(readFileSync(join(folder, name)), readFileSync(join(wasmFolder, name)), name);
});
