import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { readHere } from './read-here.ts';

const kib = 1024;
const mib = 1024 * kib;

async function bytesHere(path: string, range: { offset?: number; length?: number }): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of readHere(Buffer.from(path), statSync(path).size, range)) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a file with holes reads as it is, whatever range is asked for', async (context) => {
  const path = join(await temporaryFolder(context), 'sparse');
  const file = openSync(path, 'w');
  // Data, a large hole, data with a hole that is not worth it, data, and a hole to the end.
  for (const [at, size] of [
    [0, 300 * kib],
    [3 * mib, 64 * kib],
    [3 * mib + 128 * kib, 400 * kib],
  ] as const)
    writeSync(file, randomBytesOf(at, size), 0, size, at);
  ftruncateSync(file, 6 * mib + 17);
  closeSync(file);
  const whole = readFileSync(path);
  for (const range of [
    {},
    { offset: 300 * kib },
    { offset: mib },
    { offset: mib + 1, length: mib },
    { offset: 2 * mib, length: 2 * mib },
    { offset: 3 * mib + 1, length: 300 * kib },
    { offset: 5 * mib + 3 },
    { offset: 5 * mib, length: 100 },
    { offset: whole.length },
  ]) {
    const { offset = 0, length = Infinity } = range;
    const is = await bytesHere(path, range);
    assert.ok(is.equals(whole.subarray(offset, Math.min(whole.length, offset + length))), JSON.stringify(range));
  }
});

test('a hole is not read', async (context) => {
  const path = join(await temporaryFolder(context), 'hole');
  writeFileSync(path, randomBytesOf('head', mib));
  const file = openSync(path, 'r+');
  ftruncateSync(file, 512 * mib);
  closeSync(file);
  let bytes = 0;
  const before = bytesRead();
  for await (const { length } of readHere(Buffer.from(path), 512 * mib, {})) bytes += length;
  assert.equal(bytes, 512 * mib);
  assert.ok(bytesRead() - before < 64 * mib);
});

// By this process, from files of any kind (proc(5)).
function bytesRead(): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}
