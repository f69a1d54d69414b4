import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { newRepository, saveFiles } from '../../../test/support/repositories.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { isFailure } from '../../base/failure.ts';
import { Repository } from '../repository/repository.ts';
import { testPassword } from '../../../test/support/repositories.ts';
import { packKey } from '../format/layout.ts';
import { check } from './check.ts';
import { checkerThread } from './pack-checkers.ts';
import type { CheckProblem } from './problems.ts';
import { choosePacks, parseSubset } from './subset.ts';

const errorsOf = (problems: CheckProblem[]): CheckProblem[] => problems.filter(({ severity }) => severity === 'error');

async function smallRepository(context: Parameters<typeof newRepository>[0], version: 1 | 2 = 2) {
  const backend = memoryBackend();
  const repository = await newRepository(context, { backend, version });
  const indexed = await repository.loadIndex();
  const saved = await saveFiles(indexed, {
    a: [Buffer.from('first')],
    b: [Buffer.alloc(300, 'second '), randomBytes(50)],
  });
  return { backend, repository, indexed, ...saved };
}

suite('check', () => {
  test('finds nothing in a whole repository', async (context) => {
    const { repository } = await smallRepository(context);
    const result = await check(repository, { readData: true });
    assert.deepEqual(result.problems, []);
    const { snapshots, trees, files, packs, blobs, packsRead } = result;
    assert.deepEqual(
      { snapshots, trees, files, packs, blobs, packsRead },
      { snapshots: 1, trees: 1, files: 2, packs: 2, blobs: 4, packsRead: 2 },
    );
  });

  for (const version of [1, 2] as const) {
    test(`sees a flip of every byte of every file, and names the file (version ${version})`, async (context) => {
      const { backend, repository } = await smallRepository(context, version);
      for (const [key, bytes] of backend.objects) {
        const name = key.split('/').at(-1) ?? '';
        for (let at = 0; at < bytes.length; at += 1) {
          bytes[at] = (bytes[at] ?? 0) ^ 0x41;
          const found = await problemsOf(repository, key);
          assert.ok(found.length > 0, `${key}, byte ${at}`);
          assert.ok(
            found.some(({ message }) => message.includes(name)),
            `${key}, byte ${at}: ${found[0]?.message}`,
          );
          bytes[at] = (bytes[at] ?? 0) ^ 0x41;
        }
      }
      assert.deepEqual((await check(repository, { readData: true })).problems, []);
    });
  }

  test('sees truncation of every file at once, and one byte too many in a pack', async (context) => {
    const { backend, repository } = await smallRepository(context);
    for (const [key, bytes] of backend.objects) {
      const changes = [
        bytes.subarray(0, -1),
        bytes.subarray(0, 3),
        Buffer.alloc(0),
        Buffer.concat([bytes, Buffer.of(0)]),
      ];
      for (const changed of changes) {
        backend.objects.set(key, changed);
        assert.ok((await problemsOf(repository, key, key.startsWith('data/') ? false : true)).length > 0, key);
      }
      backend.objects.set(key, bytes);
    }
  });

  test('names pack, blob, snapshot and path of what a damaged pack takes away', async (context) => {
    const { backend, repository, indexed, blobs, snapshot } = await smallRepository(context);
    const blob = blobs[0] ?? assert.fail();
    const place = indexed.locateBlob('data', blob) ?? assert.fail();
    const bytes = backend.objects.get(`data/${place.packId.slice(0, 2)}/${place.packId}`) ?? assert.fail();
    bytes[place.offset + 20] = (bytes[place.offset + 20] ?? 0) ^ 1;
    assert.deepEqual((await check(repository)).problems, [], 'only reading the data shows a flipped bit');
    const errors = errorsOf((await check(repository, { readData: true })).problems);
    assert.ok(errors.some((error) => error.pack === place.packId && error.blob === blob));
    assert.ok(errors.some((error) => error.snapshot === snapshot && error.path === '/a' && error.blob === blob));
    assert.ok(!errors.some((error) => error.path === '/b'));
    await assert.rejects(
      indexed.loadBlob('data', blob),
      failure('repository.damaged-pack', new RegExp(`${place.packId}.*${blob}`)),
    );
  });

  test('names a missing pack, the files that need it, and an index file that is gone', async (context) => {
    const { backend, repository, indexed, blobs } = await smallRepository(context);
    const { packId } = indexed.locateBlob('data', blobs[0] ?? assert.fail()) ?? assert.fail();
    const key = `data/${packId.slice(0, 2)}/${packId}`;
    const bytes = backend.objects.get(key) ?? assert.fail();
    backend.objects.delete(key);
    assert.ok(errorsOf((await check(repository)).problems).some(({ pack }) => pack === packId));
    await assert.rejects(
      indexed.loadBlob('data', blobs[0] ?? assert.fail()),
      failure('repository.pack-missing', new RegExp(packId)),
    );
    backend.objects.set(key, bytes);
    for (const name of [...backend.objects.keys()].filter((each) => each.startsWith('index/')))
      backend.objects.delete(name);
    const { problems } = await check(repository);
    assert.ok(errorsOf(problems).some(({ message }) => /root folder cannot be read/.test(message)));
    assert.ok(problems.some(({ severity, message }) => severity === 'hint' && /in no index/.test(message)));
  });

  test('a pack that two runs left in no index is a hint, not an error', async (context) => {
    const { backend, repository } = await smallRepository(context);
    const writer = await repository.loadIndex();
    await writer.saveBlob('data', randomBytes(1000));
    await writer.flush();
    const last = [...backend.objects.keys()].findLast((key) => key.startsWith('index/'));
    backend.objects.delete(last ?? '');
    const { problems } = await check(repository, { readData: true });
    assert.deepEqual(
      problems.map(({ severity }) => severity),
      ['hint'],
    );
  });

  test('a thread finds in a pack what this thread finds, and says so when it is gone', async (context) => {
    const { backend, repository, indexed, blobs } = await smallRepository(context);
    const place = indexed.locateBlob('data', blobs[0] ?? assert.fail()) ?? assert.fail();
    const sound = backend.objects.get(packKey(place.packId)) ?? assert.fail();
    const checker = checkerThread(repository);
    const ask = (bytes: Buffer) => checker.check({ id: place.packId, headerHash: undefined, bytes });
    assert.deepEqual(await ask(Buffer.from(sound)), []);
    for (let at = 0; at < sound.length; at += 7) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      assert.ok((await ask(bytes)).length > 0, `byte ${at}`);
    }
    await checker.close();
    await assert.rejects(ask(Buffer.from(sound)), failure('check.worker-crashed'));
  });

  test('stops when it is told to', async (context) => {
    const { repository } = await smallRepository(context);
    await assert.rejects(check(repository, { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });
});

// What opening or checking says; the open repository keeps its key, so that a damaged config or key must be met by opening.
async function problemsOf(repository: Repository, key: string, readData = true): Promise<CheckProblem[]> {
  try {
    if (key === 'config' || key.startsWith('keys/')) {
      (await Repository.open(repository.backend, testPassword)).close();
      return [];
    }
    return errorsOf((await check(repository, { readData })).problems);
  } catch (error) {
    if (!isFailure(error)) throw error;
    return [{ severity: 'error', message: `${error.message} ${String(error.facts['file'])}` }];
  }
}

suite('a subset of packs', () => {
  const packs = Array.from({ length: 200 }, () => ({ id: randomBytes(32).toString('hex'), size: 1000 }));

  test('the parts of one whole are everything, and nothing twice', () => {
    const parts = [1, 2, 3, 4, 5].flatMap((part) => choosePacks(packs, parseSubset(`${part}/5`)));
    assert.equal(parts.length, packs.length);
    assert.equal(new Set(parts).size, packs.length);
  });

  test('a percentage and a size take about so much', () => {
    assert.equal(choosePacks(packs, parseSubset('10%')).length, 20);
    assert.equal(choosePacks(packs, parseSubset('0.1%')).length, 1);
    assert.equal(choosePacks(packs, parseSubset('5K')).length, 6);
  });

  test('what says nothing is refused', () => {
    for (const text of ['0/5', '6/5', '1/257', '0%', '101%', '', '5X', '-1', '1/'])
      assert.throws(() => parseSubset(text), failure('check.bad-subset'), text);
  });
});
