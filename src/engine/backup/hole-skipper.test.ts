// Sparse files: their snapshots are those of the same bytes without holes, and their holes are not read.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { newRepository } from '../../../test/support/repositories.ts';
import { fc } from '../../../test/support/seeded.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { wasmChunker } from '../chunker/wasm-chunker.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import { portableFiles } from '../files/portable-files.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { FileSaver } from './file-saver.ts';
import { type HoleFinder, holesOf } from './hole-skipper.ts';
import { inProcessFileSaver } from './in-process-file-saver.ts';
import { workerFileSaver } from './worker-file-saver.ts';

const polynomial = 0x3da3358b4dc173n;
const mib = 1024 * 1024;
// What is written where; the rest up to the size is hole.
type Layout = { size: number; data: [at: number, bytes: Buffer][] };
const noise = randomBytesOf('holes', 4 * mib);
const layouts: Record<string, Layout> = {
  'nothing but a hole': { size: 9 * mib, data: [] },
  'nothing but a hole, of an odd size': { size: 9 * mib + 12_345, data: [] },
  'a hole of whole chunks': { size: 20 * 524_288, data: [] },
  'a hole at the start': { size: 12 * mib, data: [[10 * mib, noise.subarray(0, 2 * mib)]] },
  'a hole at the end': { size: 14 * mib + 1, data: [[0, noise.subarray(0, 3 * mib)]] },
  'holes that begin and end inside chunks': {
    size: 40 * mib + 99,
    data: [
      [0, noise.subarray(0, 100_000)],
      [8 * mib + 4096, noise.subarray(0, 700_001)],
      [20 * mib + 12_288, Buffer.from('x')],
      [33 * mib, noise],
    ],
  },
  'zeros that are written beside holes': { size: 24 * mib, data: [[6 * mib, Buffer.alloc(3 * mib)]] },
};

function write(path: string, { size, data }: Layout): void {
  const fd = openSync(path, 'w');
  for (const [at, bytes] of data) writeSync(fd, bytes, 0, bytes.length, at);
  ftruncateSync(fd, size);
  closeSync(fd);
}

async function openIndex(context: TestContext): Promise<IndexedRepository> {
  const repository = await newRepository(context, { backend: memoryBackend(), chunkerPolynomial: polynomial });
  const indexed = await repository.loadIndex();
  context.after(() => indexed.close());
  return indexed;
}

// What the same bytes are without any holes.
async function plainIds(context: TestContext, path: string): Promise<string[]> {
  const saver = inProcessFileSaver(await openIndex(context), wasmChunker, portableFiles());
  return (await saver.saveFile(Buffer.from(path))).content;
}

const canTell = async (path: string): Promise<boolean> => {
  const fd = openSync(path, 'r');
  const alike = holesOf(fd, await openPosixFiles())?.alikeAfter(0, new Uint8Array(4096)) ?? 0;
  closeSync(fd);
  return alike > 0;
};

const savers: Record<string, (indexed: IndexedRepository) => FileSaver> = {
  'in this thread': (indexed) => inProcessFileSaver(indexed),
  'by a worker': (indexed) => workerFileSaver(indexed, { workers: 1 }),
};

for (const [how, makeSaver] of Object.entries(savers)) {
  suite(`sparse files saved ${how}`, () => {
    test('have the blobs of the same bytes without holes, wherever the holes are', async (context) => {
      const folder = await temporaryFolder(context);
      const indexed = await openIndex(context);
      const saver = makeSaver(indexed);
      for (const [name, layout] of Object.entries(layouts)) {
        const path = join(folder, 'file');
        write(path, layout);
        const saved = await saver.saveFile(Buffer.from(path));
        assert.equal(saved.size, layout.size, name);
        assert.deepEqual(saved.content, await plainIds(context, path), name);
      }
      await saver.close();
    });

    test('have them in layouts that nobody thought of', async (context) => {
      const folder = await temporaryFolder(context);
      const saver = makeSaver(await openIndex(context));
      const path = join(folder, 'file');
      const length = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 2 * mib }));
      const extents = fc.array(fc.record({ hole: fc.nat(6 * mib), length }), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(extents, fc.nat(8 * mib), async (all, hole) => {
          const layout: Layout = { size: 0, data: [] };
          for (const extent of all) {
            layout.data.push([layout.size + extent.hole, noise.subarray(0, extent.length)]);
            layout.size += extent.hole + extent.length;
          }
          layout.size += hole;
          write(path, layout);
          assert.deepEqual((await saver.saveFile(Buffer.from(path))).content, await plainIds(context, path));
        }),
        { numRuns: 10 },
      );
      await saver.close();
    });

    test('are not read where they hold nothing', async (context) => {
      const path = join(await temporaryFolder(context), 'file');
      write(path, { size: 4096 * mib, data: [[2048 * mib, noise]] });
      if (!(await canTell(path))) return context.skip('nobody tells here where holes are');
      const saver = makeSaver(await openIndex(context));
      const small = join(path, '../small');
      // Once before, so that what starting takes is not counted.
      writeFileSync(small, 'small');
      await saver.saveFile(Buffer.from(small));
      const before = bytesRead();
      const saved = await saver.saveFile(Buffer.from(path));
      assert.equal(saved.size, 4096 * mib);
      assert.ok(bytesRead() - before < 64 * mib, `${bytesRead() - before} bytes were read`);
      await saver.close();
      return undefined;
    });
  });
}

// What all threads of this process asked the system to read.
const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);

test('a sparse file that grows, shrinks or is filled while its hole is passed over is read on from there', async (context) => {
  const files = await openPosixFiles();
  const path = join(await temporaryFolder(context), 'file');
  const during = async (change: () => void): Promise<{ size: number; content: string[] }> => {
    write(path, { size: 30 * mib, data: [[0, noise]] });
    let isDone = false;
    const finder: HoleFinder = {
      nextHole(fd, offset) {
        const hole = files.nextHole(fd, offset);
        if (hole !== undefined && !isDone) {
          isDone = true;
          change();
        }
        return hole;
      },
    };
    const saver = inProcessFileSaver(await openIndex(context), wasmChunker, finder);
    const saved = await saver.saveFile(Buffer.from(path));
    await saver.close();
    return saved;
  };
  const grown = await during(() => appendFileSync(path, noise));
  assert.equal(grown.size, 34 * mib);
  assert.deepEqual(grown.content, await plainIds(context, path));
  // What comes too late is not in it, and changes the time of the file, for which it is read again.
  const shrunk = await during(() => write(path, { size: 5 * mib, data: [] }));
  assert.ok(shrunk.size >= 5 * mib && shrunk.size <= 30 * mib);
});

test('what became a hole after it was read is not repeated', async (context) => {
  const path = join(await temporaryFolder(context), 'file');
  write(path, { size: 8 * mib, data: [[0, Buffer.alloc(6 * mib, 7)]] });
  // The system says that all of it is a hole by now.
  const saver = inProcessFileSaver(await openIndex(context), wasmChunker, {
    nextHole: (_fd, offset) => (offset < 8 * mib ? { start: offset, end: 8 * mib } : undefined),
  });
  const saved = await saver.saveFile(Buffer.from(path));
  assert.deepEqual(saved.content, await plainIds(context, path));
  await saver.close();
});

test('holes are found where they are, and files without any have none', async (context) => {
  const path = join(await temporaryFolder(context), 'file');
  const files = await openPosixFiles();
  write(path, { size: 10 * mib, data: [[4 * mib, noise.subarray(0, mib)]] });
  if (!(await canTell(path))) return context.skip('nobody tells here where holes are');
  const fd = openSync(path, 'r');
  context.after(() => closeSync(fd));
  assert.deepEqual(files.nextHole(fd, 0), { start: 0, end: 4 * mib });
  assert.deepEqual(files.nextHole(fd, 123), { start: 123, end: 4 * mib });
  assert.deepEqual(files.nextHole(fd, 4 * mib), { start: 5 * mib, end: 10 * mib });
  assert.equal(files.nextHole(fd, 10 * mib), undefined);
  assert.equal(portableFiles().nextHole(fd, 0), undefined);
  write(path, { size: 2 * mib, data: [[0, noise.subarray(0, 2 * mib)]] });
  const dense = openSync(path, 'r');
  context.after(() => closeSync(dense));
  assert.equal(fstatSync(dense).size, 2 * mib);
  assert.equal(holesOf(dense, files), undefined);
  assert.equal(files.nextHole(dense, 0), undefined);
  return undefined;
});
