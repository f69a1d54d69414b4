// Every byte of a small repository flipped, every file cut, emptied and swapped with every other: what a restore then gives
// is the right bytes or a failure, never a wrong file that nobody complains of.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { newRepository, saveFiles, testPassword } from '../../../test/support/repositories.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { isFailure } from '../../base/failure.ts';
import { ls } from '../browse/entries.ts';
import { readFile } from '../browse/file-content.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { Repository } from '../repository/repository.ts';
import { restore } from '../restore/restore.ts';
import { check } from './check.ts';

type Place = ReturnType<typeof memoryBackend>;

const files = {
  a: [Buffer.from('first')],
  b: [Buffer.alloc(300, 'second '), Buffer.from('and its end')],
};

// Two snapshots of the same folder layout, so that a swap could go unseen.
async function smallRepository(context: TestContext): Promise<Place> {
  const backend = memoryBackend();
  const indexed = await (await newRepository(context, { backend })).loadIndex();
  await saveFiles(indexed, files);
  await saveFiles(indexed, { a: [Buffer.from('third')], b: [Buffer.alloc(200, 'fourth ')] });
  return backend;
}

// What can be had, as `name content` by the time of storing; `failures` counts what said that it cannot be.
async function contents(backend: Place): Promise<{ found: string[]; failures: number }> {
  const result = { found: [] as string[], failures: 0 };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isFailure(error)) throw error;
      result.failures += 1;
    }
  };
  await attempt(async () => {
    const repository = await Repository.open(backend, testPassword);
    try {
      const indexed = await repository.loadIndex();
      const ids = [...backend.objects.keys()].flatMap((key) => (key.startsWith('snapshots/') ? [key.slice(10)] : []));
      for (const id of ids)
        await attempt(async () => {
          for await (const { path, node } of ls(indexed, await repository.loadSnapshot(id)))
            await attempt(async () => {
              const bytes = Buffer.concat(await Array.fromAsync(readFile(indexed, node)));
              result.found.push(`${id} ${path.toString()} ${bytes.toString('latin1')}`);
            });
        });
      await indexed.close();
    } finally {
      repository.close();
    }
  });
  return result;
}

// What a restore of every snapshot leaves on the disk, and how often it said that something cannot be had.
async function restored(backend: Place, folder: string): Promise<{ files: string[]; failures: number }> {
  const result = { files: [] as string[], failures: 0 };
  const ids = [...backend.objects.keys()].flatMap((key) => (key.startsWith('snapshots/') ? [key.slice(10)] : []));
  const repository = await attempt(result, () => Repository.open(backend, testPassword));
  if (repository === undefined) return result;
  const indexed = await attempt(result, () => repository.loadIndex());
  for (const id of indexed === undefined ? [] : ids) {
    const target = join(folder, id);
    await attempt(result, async () => {
      const { skipped } = await restore(indexed as IndexedRepository, await repository.loadSnapshot(id), target);
      result.failures += skipped;
    });
    if (!existsSync(target)) continue;
    for (const name of readdirSync(target).sort()) {
      const content = readFileSync(join(target, name)).toString('latin1');
      result.files.push(`${id} ${name} ${content}`);
    }
    rmSync(target, { recursive: true });
  }
  await indexed?.close();
  repository.close();
  return result;
}

async function attempt<Result>(result: { failures: number }, work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isFailure(error)) throw error;
    result.failures += 1;
    return undefined;
  }
}

async function isNoticed(backend: Place): Promise<boolean> {
  try {
    const repository = await Repository.open(backend, testPassword);
    const { problems } = await check(repository, { readData: true });
    repository.close();
    return problems.some(({ severity }) => severity === 'error');
  } catch (error) {
    if (!isFailure(error)) throw error;
    return true;
  }
}

// Judges the damaged place: nothing wrong comes out, and what no longer comes out was complained of.
async function judge(backend: Place, whole: readonly string[], what: string): Promise<void> {
  const { found, failures } = await contents(backend);
  const wrong = found.filter((line) => !whole.includes(line));
  assert.deepEqual(wrong, [], `${what}: a wrong file came out`);
  if (found.length < whole.length) assert.ok(failures > 0, `${what}: something is gone and nobody says so`);
}

suite('a corrupted repository', () => {
  test('a flip of any byte never gives a wrong file', async (context) => {
    const backend = await smallRepository(context);
    const whole = (await contents(backend)).found;
    assert.equal(whole.length, 4);
    for (const [key, bytes] of backend.objects) {
      for (let at = 0; at < bytes.length; at += 1) {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        await judge(backend, whole, `${key}, byte ${at}`);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      }
    }
    assert.deepEqual((await contents(backend)).found, whole);
  });

  test('a flip is never restored to disk: each file there is whole, or missing and complained of', async (context) => {
    const backend = await smallRepository(context);
    const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
    const folder = mkdtempSync(join(memory, 'orbit-corruption-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const whole = await restored(backend, folder);
    assert.deepEqual([whole.files.length, whole.failures], [4, 0]);
    let flips = 0;
    for (const [key, bytes] of backend.objects) {
      // Every third byte: the next run of the test is the same, and browsing above looks at each.
      for (let at = flips % 3; at < bytes.length; at += 3) {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        const { files, failures } = await restored(backend, folder);
        const wrong = files.filter((line) => !whole.files.includes(line));
        assert.deepEqual(wrong, [], `${key}, byte ${at}: a wrong file was restored`);
        if (files.length < whole.files.length) assert.ok(failures > 0, `${key}, byte ${at}: nobody says so`);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        flips += 1;
      }
    }
    assert.ok(flips > 500);
    assert.deepEqual(await restored(backend, folder), whole);
  });

  test('a file cut short, emptied, lengthened or full of zeros never gives a wrong file', async (context) => {
    const backend = await smallRepository(context);
    const whole = (await contents(backend)).found;
    for (const [key, bytes] of backend.objects) {
      const lengths = [
        ...Array(Math.min(bytes.length, 40)).keys(),
        bytes.length - 33,
        bytes.length - 4,
        bytes.length - 1,
      ];
      const changes = [
        ...lengths.map((length) => bytes.subarray(0, Math.max(0, length))),
        Buffer.concat([bytes, bytes]),
        Buffer.alloc(bytes.length),
      ];
      for (const [number, changed] of changes.entries()) {
        backend.objects.set(key, changed);
        await judge(backend, whole, `${key}, change ${number}`);
        assert.ok(await isNoticed(backend), `${key}, change ${number}: check finds nothing`);
      }
      backend.objects.set(key, bytes);
    }
  });

  test('any two files with their contents swapped are noticed, and give no wrong file', async (context) => {
    const backend = await smallRepository(context);
    const whole = (await contents(backend)).found;
    const keys = [...backend.objects.keys()];
    for (const [number, first] of keys.entries()) {
      for (const second of keys.slice(number + 1)) {
        const one = backend.objects.get(first) ?? assert.fail();
        const two = backend.objects.get(second) ?? assert.fail();
        backend.objects.set(first, two);
        backend.objects.set(second, one);
        await judge(backend, whole, `${first} and ${second}`);
        assert.ok(await isNoticed(backend), `${first} and ${second}: check finds nothing`);
        backend.objects.set(first, one);
        backend.objects.set(second, two);
      }
    }
  });
});
