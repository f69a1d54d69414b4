// How much memory does the index of a very large repository need, and how long does it take to load it and to look something up?
// `node bench/index.bench.ts --blobs 100000000` (default: 10 million). Ids are random, as hashes are; what is decoded from JSON is not
// part of it. Needs about 100 bytes of disk for each blob in $TMPDIR or /var/tmp meanwhile.
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BlobIndex, memoryBlobsMax } from '../src/engine/repository/blob-index.ts';

const { values } = parseArgs({ options: { blobs: { type: 'string' }, memory: { type: 'boolean' } } });
const blobs = Number(values.blobs ?? 10_000_000);
const lookups = 200_000;
const batch = 65_536;

const processSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const memoryOf = (name: string): number =>
  Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;

const before = memoryOf('VmRSS');
const index = new BlobIndex(undefined, values.memory ? Infinity : memoryBlobsMax);
const ids = Buffer.alloc(batch * 32);
const known: Buffer[] = [];
const start = processSeconds();
for (let done = 0; done < blobs; done += batch) {
  randomFillSync(ids);
  const count = Math.min(batch, blobs - done);
  for (let n = 0; n < count; n += 1) {
    const id = ids.subarray(n * 32, n * 32 + 32);
    index.load('data', id, { packNumber: done >>> 10, offset: n * 100, length: 100, uncompressedLength: 0 });
  }
  if (known.length < lookups)
    for (let n = 0; n < count; n += Math.ceil((count * blobs) / (lookups * batch)))
      known.push(Buffer.from(ids.subarray(n * 32, n * 32 + 32)));
}
const loaded = processSeconds();
index.settle();
const settled = processSeconds();

function secondsEach(wanted: readonly Buffer[], expected: boolean): { processor: number; wall: number } {
  const from = processSeconds();
  const fromMs = performance.now();
  for (const id of wanted) if (index.has('data', id) !== expected) throw new Error('the index is wrong');
  return {
    processor: ((processSeconds() - from) * 1e6) / wanted.length,
    wall: ((performance.now() - fromMs) * 1e3) / wanted.length,
  };
}

const there = secondsEach(known, true);
const again = secondsEach(known, true);
const unknown = Array.from({ length: lookups }, () => randomFillSync(Buffer.alloc(32)));
const absent = secondsEach(unknown, false);
const rows: [string, string][] = [
  ['blobs', index.count.toLocaleString('en')],
  ['lies', index.isOnDisk ? 'on disk' : 'in memory'],
  [
    'memory of the index',
    `${(index.bytes / blobs).toFixed(2)} bytes a blob, ${(index.bytes / 2 ** 20).toFixed(0)} MiB`,
  ],
  ['peak memory of the process', `${memoryOf('VmHWM').toFixed(0)} MiB (${before.toFixed(0)} before)`],
  ['loading', `${(((loaded - start) * 1e6) / blobs).toFixed(2)} µs of processor time a blob`],
  ['sorting', `${(((settled - loaded) * 1e6) / blobs).toFixed(2)} µs of processor time a blob`],
  ['a known blob', `${there.processor.toFixed(1)} µs of processor time, ${there.wall.toFixed(1)} µs in all`],
  ['the same once more', `${again.processor.toFixed(1)} µs, ${again.wall.toFixed(1)} µs`],
  ['an unknown blob', `${absent.processor.toFixed(1)} µs, ${absent.wall.toFixed(1)} µs`],
];
console.log('| | |\n| --- | --- |');
for (const [name, value] of rows) console.log(`| ${name} | ${value} |`);
index.close();
