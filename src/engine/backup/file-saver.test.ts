import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { newRepository } from '../../../test/support/repositories.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { nextWorkerDies } from '../../../test/support/worker-death.ts';
import { atCall, faultyBackend } from '../../backends/faulty.ts';
import { memoryBackend } from '../../backends/memory.ts';
import type { Backend } from '../../backends/backend.ts';
import { systemErrorCode } from '../../base/failure.ts';
import { slowChunker } from '../chunker/plain-chunker.ts';
import type { BlobId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { FileSaver, SavedFile } from './file-saver.ts';
import { inProcessFileSaver } from './in-process-file-saver.ts';
import { workerFileSaver } from './worker-file-saver.ts';

const polynomial = 0x3da3358b4dc173n;
const savers: Record<string, (indexed: IndexedRepository) => FileSaver> = {
  'in this thread': (indexed) => inProcessFileSaver(indexed),
  'by two workers': (indexed) => workerFileSaver(indexed, { workers: 2 }),
};

async function openIndex(context: TestContext, backend: Backend = memoryBackend()): Promise<IndexedRepository> {
  const repository = await newRepository(context, { backend, chunkerPolynomial: polynomial });
  const indexed = await repository.loadIndex();
  context.after(() => indexed.close());
  return indexed;
}

async function contentOf(indexed: IndexedRepository, { content }: SavedFile): Promise<Buffer> {
  const again = await indexed.repository.loadIndex();
  const parts: Buffer[] = [];
  for (const id of content) parts.push(await again.loadBlob('data', id));
  await again.close();
  return Buffer.concat(parts);
}

function sampleFiles(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const add = (name: string, bytes: Buffer): void => {
    writeFileSync(join(folder, name), bytes);
    files.set(join(folder, name), bytes);
  };
  add('empty', Buffer.alloc(0));
  for (let n = 0; n < 150; n += 1) add(`small-${n}`, Buffer.from(`content of ${n % 100} `.repeat(n)));
  add('text', Buffer.alloc(9_000_000, 'some text, again and again; '));
  add('zeros', Buffer.alloc(3_000_001));
  for (let n = 0; n < 4; n += 1) add(`random-${n}`, randomBytes(5_000_000 + n * 1_000_003));
  return files;
}

for (const [how, makeSaver] of Object.entries(savers)) {
  suite(`files saved ${how}`, () => {
    test('come back as they are, whatever their size, and again add nothing', async (context) => {
      const files = sampleFiles(await temporaryFolder(context));
      const indexed = await openIndex(context);
      const saver = makeSaver(indexed);
      const saveAll = () => Promise.all([...files.keys()].map((path) => saver.saveFile(Buffer.from(path))));
      const saved = await saveAll();
      const again = await saveAll();
      await indexed.flush();
      for (const [n, bytes] of [...files.values()].entries()) {
        const file = saved[n] ?? assert.fail();
        assert.equal(file.size, bytes.length);
        assert.ok((await contentOf(indexed, file)).equals(bytes), `file ${n}`);
        assert.deepEqual(again[n]?.content, file.content);
        assert.equal(again[n]?.newBlobs, 0);
      }
      const newBytes = saved.reduce((sum, file) => sum + file.newBytes, 0);
      assert.ok(newBytes < [...files.values()].reduce((sum, bytes) => sum + bytes.length, 0));
      await saver.close();
    });

    test('that change places while they are read are each one or the other, never a mixture', async (context) => {
      const folder = await temporaryFolder(context);
      const [a, b] = [join(folder, 'a'), join(folder, 'b')];
      const contents = [Buffer.alloc(6_000_000, 'first file '), Buffer.alloc(6_000_000, 'second one! ')];
      writeFileSync(a, contents[0] ?? '');
      writeFileSync(b, contents[1] ?? '');
      const indexed = await openIndex(context);
      const saver = makeSaver(indexed);
      const saving: Promise<SavedFile>[] = [];
      for (let round = 0; round < 6; round += 1) {
        for (const path of [a, b])
          saving.push(saver.saveFile(Buffer.from(path)).catch(() => saver.saveFile(Buffer.from(path))));
        await new Promise((resolve) => setImmediate(resolve));
        renameSync(a, join(folder, 'c'));
        renameSync(b, a);
        renameSync(join(folder, 'c'), b);
      }
      const saved = await Promise.all(saving);
      await indexed.flush();
      for (const file of saved) {
        const content = await contentOf(indexed, file);
        assert.ok(contents.some((each) => each.equals(content)));
      }
      await saver.close();
    });

    test('a missing file, a folder and a link fail by themselves; the others are saved', async (context) => {
      const folder = await temporaryFolder(context);
      writeFileSync(join(folder, 'good'), 'good');
      symlinkSync('good', join(folder, 'link'));
      mkdirSync(join(folder, 'folder'));
      const indexed = await openIndex(context);
      const saver = makeSaver(indexed);
      const save = (name: string) => saver.saveFile(Buffer.from(join(folder, name)));
      const results = await Promise.allSettled([save('missing'), save('folder'), save('link'), save('good')]);
      const reasons = results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined));
      assert.equal(systemErrorCode(reasons[0]), 'ENOENT');
      assert.ok(failure('backup.not-a-file', /folder/)(reasons[1]));
      assert.ok(failure('backup.not-a-file', /link/)(reasons[2]));
      assert.equal(reasons[3], undefined);
      await saver.close();
    });

    test('names that are not UTF-8 are found', async (context) => {
      const folder = await temporaryFolder(context);
      const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.of(0xff, 0xfe, 0x41)]);
      writeFileSync(path, 'content');
      const saver = makeSaver(await openIndex(context));
      assert.equal((await saver.saveFile(path)).size, 7);
      await saver.close();
    });

    test('what is cancelled stops, and the saver goes on with what is not', async (context) => {
      const folder = await temporaryFolder(context);
      writeFileSync(join(folder, 'large'), randomBytes(30_000_000));
      writeFileSync(join(folder, 'small'), 'small');
      const indexed = await openIndex(context);
      const saver = makeSaver(indexed);
      const stop = new AbortController();
      const large = saver.saveFile(Buffer.from(join(folder, 'large')), { signal: stop.signal });
      const small = saver.saveFile(Buffer.from(join(folder, 'small')));
      setImmediate(() => stop.abort(new Error('enough')));
      await assert.rejects(large, /enough/);
      const saved = await small;
      await saver.close();
      await indexed.flush();
      assert.equal((await contentOf(indexed, saved)).toString(), 'small');
    });

    test('a pack that cannot be stored ends the run: no file after it is called saved, no flush succeeds', async (context) => {
      const folder = await temporaryFolder(context);
      const paths = Array.from({ length: 6 }, (_, n) => join(folder, `${n}`));
      for (const path of paths) writeFileSync(path, randomBytes(9_000_000));
      const indexed = await openIndex(context, faultyBackend(memoryBackend(), atCall(3, 'fail', ['save'])));
      const saver = makeSaver(indexed);
      await Promise.allSettled(paths.map((path) => saver.saveFile(Buffer.from(path))));
      await assert.rejects(indexed.flush(), failure('backend.unreachable'));
      await assert.rejects(saver.saveFile(Buffer.from(paths[0] ?? '')), failure('backend.unreachable'));
      await saver.close();
    });
  });
}

test('both savers and the plain chunker give the same blobs for the same files', async (context) => {
  const folder = await temporaryFolder(context);
  const bytes = Buffer.concat([randomBytes(2_500_000), Buffer.alloc(700_000), Buffer.from('text '.repeat(50_000))]);
  writeFileSync(join(folder, 'file'), bytes);
  const ids: BlobId[][] = [];
  for (const make of [
    ...Object.values(savers),
    (indexed: IndexedRepository) => inProcessFileSaver(indexed, slowChunker),
  ]) {
    const saver = make(await openIndex(context));
    ids.push((await saver.saveFile(Buffer.from(join(folder, 'file')))).content);
    ids.push((await saver.saveStream(inPieces(bytes, 77_777))).content);
    await saver.close();
  }
  for (const each of ids) assert.deepEqual(each, ids[0]);
});

test('a stream that breaks off rejects', async (context) => {
  const indexed = await openIndex(context);
  const saver = workerFileSaver(indexed);
  async function* broken(): AsyncGenerator<Buffer> {
    yield Buffer.from('a beginning');
    throw new Error('the command failed');
  }
  await assert.rejects(saver.saveStream(broken()), /the command failed/);
  await saver.close();
});

test('many blobs that are new in one worker are known in all: nothing is stored twice', async (context) => {
  const folder = await temporaryFolder(context);
  const same = randomBytes(40_000);
  const paths = Array.from({ length: 400 }, (_, n) => join(folder, `${n}`));
  for (const [n, path] of paths.entries()) writeFileSync(path, n % 2 === 0 ? same : Buffer.from(`file ${n % 50}`));
  const indexed = await openIndex(context);
  const saver = workerFileSaver(indexed, { workers: 3 });
  const saved = await Promise.all(paths.map((path) => saver.saveFile(Buffer.from(path), { expectedBytes: 40_000 })));
  await indexed.flush();
  await saver.close();
  assert.equal(
    saved.reduce((sum, file) => sum + file.newBlobs, 0),
    26,
  );
  assert.equal(indexed.index.count, 26);
});

test('a worker that dies ends the run with a failure, never with a snapshot that lacks something', async (context) => {
  const folder = await temporaryFolder(context);
  writeFileSync(join(folder, 'file'), randomBytes(3_000_000));
  const indexed = await openIndex(context);
  nextWorkerDies();
  const saver = workerFileSaver(indexed, { workers: 1 });
  context.after(() => saver.close());
  await assert.rejects(saver.saveFile(Buffer.from(join(folder, 'file'))), failure('backup.worker-crashed'));
  await assert.rejects(indexed.flush(), failure('backup.worker-crashed'));
  await assert.rejects(indexed.saveBlob('tree', Buffer.from('{}')), failure('backup.worker-crashed'));
});

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
