import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { cheapCost, newRepository, saveFiles, testPassword } from '../../../test/support/repositories.ts';
import { atCall, faultyBackend } from '../../backends/faulty.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { SecretString } from '../../base/secret-string.ts';
import { isFailure } from '../../base/failure.ts';
import { check } from '../maintain/check.ts';
import type { BlobId, PackId } from '../ids.ts';
import { Repository } from './repository.ts';

const secret = (text: string): SecretString => new SecretString(text);

suite('a repository', () => {
  test('opens with its password and with no other', async (context) => {
    const { backend } = await newRepository(context);
    (await Repository.open(backend, testPassword)).close();
    await assert.rejects(Repository.open(backend, secret('wrong')), failure('repository.wrong-password'));
    await assert.rejects(Repository.open(memoryBackend(), testPassword), failure('repository.not-found'));
  });

  test('is never made where one is, or where the remains of one are', async (context) => {
    const backend = memoryBackend();
    await newRepository(context, { backend });
    await assert.rejects(Repository.init(backend, testPassword, { cost: cheapCost }), failure('repository.exists'));
    backend.objects.delete('config');
    await assert.rejects(
      Repository.init(backend, testPassword, { cost: cheapCost }),
      failure('repository.exists', /key/),
    );
  });

  test('has as many passwords as it has keys; the one in use cannot be removed, a changed one is gone', async (context) => {
    const repository = await newRepository(context);
    const { backend } = repository;
    const second = await repository.addKey(secret('second'), { cost: cheapCost });
    const other = await Repository.open(backend, secret('second'), { keyHint: second.slice(0, 8) });
    assert.equal(other.keyId, second);
    assert.deepEqual(other.masterKey.copyBytes(), repository.masterKey.copyBytes());
    await assert.rejects(other.removeKey(second), failure('repository.key-in-use'));
    await other.changePassword(secret('third'), { cost: cheapCost });
    assert.equal((await repository.listKeys()).length, 2);
    await assert.rejects(Repository.open(backend, secret('second')), failure('repository.wrong-password'));
    for (const password of [testPassword, secret('third')]) (await Repository.open(backend, password)).close();
    other.close();
  });

  test('opens although another key file is damaged, and says so when that was the only way in', async (context) => {
    const backend = memoryBackend();
    const repository = await newRepository(context, { backend });
    const second = await repository.addKey(secret('second'), { cost: cheapCost });
    const json = backend.objects.get(`keys/${second}`) ?? Buffer.alloc(0);
    json[20] = (json[20] ?? 0) ^ 1;
    (await Repository.open(backend, testPassword, { keyHint: second })).close();
    await assert.rejects(
      Repository.open(backend, secret('second')),
      failure('repository.damaged-file', new RegExp(second)),
    );
  });

  test('tries at most 20 keys', async (context) => {
    const repository = await newRepository(context);
    const ids: string[] = [repository.keyId];
    for (let n = 0; n < 24; n += 1) ids.push(await repository.addKey(secret(`key ${n}`), { cost: cheapCost }));
    const last = ids.toSorted()[24];
    const password = last === ids[0] ? testPassword : secret(`key ${ids.indexOf(last ?? '') - 1}`);
    await assert.rejects(Repository.open(repository.backend, password), failure('repository.wrong-password', /20 key/));
    (await Repository.open(repository.backend, password, { keyHint: last ?? '' })).close();
  });
});

for (const version of [1, 2] as const) {
  suite(`blobs in a repository of version ${version}`, () => {
    test('come back as they were, are stored once, and are found after a new start', async (context) => {
      const repository = await newRepository(context, { version });
      const indexed = await repository.loadIndex();
      const blobs = [Buffer.from('x'), Buffer.alloc(300_000, 'text '), randomBytes(1_000_000), Buffer.alloc(0)];
      const ids: BlobId[] = [];
      for (const blob of [...blobs, ...blobs]) ids.push((await indexed.saveBlob('data', blob)).id);
      assert.equal(indexed.index.count, blobs.length);
      await indexed.flush();
      const again = await (await Repository.open(repository.backend, testPassword)).loadIndex();
      for (const [n, blob] of blobs.entries()) {
        const id = ids[n] as BlobId;
        assert.deepEqual(await again.loadBlob('data', id), blob);
        assert.equal(again.blobSize('data', id), blob.length);
        assert.equal((await again.saveBlob('data', blob)).isNew, false);
        assert.equal(again.hasBlob('tree', id), false);
      }
      await assert.rejects(again.loadBlob('tree', ids[0] as BlobId), failure('repository.blob-missing'));
    });
  });
}

test('trees and data never share a pack, and a pack is read with as few requests as gaps allow', async (context) => {
  const repository = await newRepository(context);
  const indexed = await repository.loadIndex({ compression: 'off' });
  const parts = Array.from({ length: 30 }, (_, n) => Buffer.alloc(50_000, n));
  const { blobs, tree } = await saveFiles(indexed, { file: parts });
  const packs = new Map<PackId, BlobId[]>();
  for (const id of blobs) {
    const { packId } = indexed.locateBlob('data', id) ?? assert.fail();
    packs.set(packId, [...(packs.get(packId) ?? []), id]);
  }
  assert.equal(packs.size, 1);
  assert.ok(!packs.has(indexed.locateBlob('tree', tree)?.packId as PackId));
  const [[packId, ids] = assert.fail()] = packs;
  const wanted = ids.toReversed().map((id) => ({ type: 'data' as const, id }));
  let loads = 0;
  const { load } = repository.backend;
  repository.backend.load = (...args) => {
    loads += 1;
    return load(...args);
  };
  const found = new Map<BlobId, Buffer>();
  for await (const { id, plaintext } of indexed.loadBlobs(packId, wanted)) found.set(id, plaintext);
  assert.equal(loads, 1);
  for (const [n, id] of blobs.entries()) assert.deepEqual(found.get(id), parts[n]);
});

test('two writers that do not know each other leave a whole repository', async (context) => {
  const repository = await newRepository(context);
  const writers = [await repository.loadIndex(), await repository.loadIndex()];
  const shared = randomBytes(200_000);
  await Promise.all(writers.map((writer, n) => saveFiles(writer, { a: [shared], b: [Buffer.from(`of ${n}`)] })));
  const { problems, snapshots } = await check(repository, { readData: true });
  assert.deepEqual(problems, []);
  assert.equal(snapshots, 2);
});

test('once a pack could not be stored, nothing more is: no snapshot may count on it', async (context) => {
  const repository = await newRepository(context, {
    backend: faultyBackend(memoryBackend(), atCall(3, 'fail', ['save'])),
  });
  const indexed = await repository.loadIndex();
  await indexed.saveBlob('data', randomBytes(100));
  await assert.rejects(indexed.flush(), failure('backend.unreachable'));
  await assert.rejects(indexed.saveBlob('data', randomBytes(100)), failure('backend.unreachable'));
  await assert.rejects(indexed.flush(), failure('backend.unreachable'));
});

test('whatever storage call of a run fails, the repository stays whole and the next run stores everything', async (context) => {
  for (let n = 1; ; n += 1) {
    const backend = memoryBackend();
    const repository = await newRepository(context, { backend });
    const faulty = faultyBackend(backend, atCall(n, n % 2 === 0 ? 'lost-answer' : 'fail'));
    const files = { a: [Buffer.from('one')], b: [randomBytes(5000), Buffer.from('one')] };
    try {
      const opened = await Repository.open(faulty, testPassword);
      await saveFiles(await opened.loadIndex(), files);
    } catch (error) {
      if (!isFailure(error)) throw error;
    }
    const before = await check(repository, { readData: true });
    assert.deepEqual(
      before.problems.filter(({ severity }) => severity === 'error'),
      [],
      `call ${n}`,
    );
    await saveFiles(await repository.loadIndex(), files);
    const after = await check(repository, { readData: true });
    assert.deepEqual(
      after.problems.filter(({ severity }) => severity === 'error'),
      [],
      `after call ${n}`,
    );
    if (!faulty.tripped) break;
  }
});

test('snapshots are found by id, by its beginning and as latest, and listed oldest first to the nanosecond', async (context) => {
  const repository = await newRepository(context);
  const tree = 'ab'.repeat(32) as BlobId;
  const save = (time: string) => repository.saveSnapshot({ time, tree, paths: ['/x'] });
  const late = await save('2026-01-02T03:04:05.000000002Z');
  const early = await save('2026-01-02T00:04:05.000000001-03:00');
  assert.deepEqual(
    (await repository.listSnapshots()).map(({ id }) => id),
    [early, late],
  );
  assert.equal((await repository.loadSnapshot('latest')).id, late);
  assert.equal((await repository.loadSnapshot(early.slice(0, 10))).id, early);
  await assert.rejects(repository.loadSnapshot('zz'), failure('repository.no-such-snapshot'));
  await assert.rejects(repository.loadSnapshot(''), failure('repository.no-such-snapshot'));
  await repository.removeSnapshot(late);
  assert.equal((await repository.loadSnapshot('latest')).id, early);
});
