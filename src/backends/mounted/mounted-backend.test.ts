// What happens when a mount is found stale while others are using it. The server, the kernel's list and the workers are the test's
// own, so that each call stands still exactly where the other one has to overtake it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { placeMissing, staleMount, unreachable } from '../failures.ts';
import { memoryBackend } from '../memory.ts';
import type { MountEntry } from './mount-table.ts';
import { type MountTools, type MountedSettings, openMountedBackend } from './mounted-backend.ts';
import type { WorkerBackend } from './worker-backend.ts';

interface FakeWorker extends WorkerBackend {
  /** As if its process had died. */
  die(): void;
}

/** A server whose folder can be replaced: whoever mounted it before holds a stale handle then. */
async function lab(context: TestContext) {
  const exported = memoryBackend();
  for (const key of ['data/a', 'data/b']) await exported.save(key, Buffer.from(key));
  const mounted: MountEntry[] = [];
  const generations = new Map<string, number>();
  const workers: FakeWorker[] = [];
  let generation = 0;
  // Where the story makes a call stand still; nothing does otherwise.
  const hooks = {
    onOpen: async (): Promise<void> => {},
    onCall: async (_key: string): Promise<void> => {},
    onClose: async (): Promise<void> => {},
  };
  const detach = async (point: string): Promise<void> => {
    const at = mounted.findIndex((entry) => entry.point === point);
    if (at !== -1) mounted.splice(at, 1);
  };
  const tools: MountTools = {
    currentMounts: async () => [...mounted],
    async mountShare({ source }, point) {
      mounted.push({ point, type: 'nfs4', source, options: '' });
      generations.set(point, generation);
    },
    unmountShare: detach,
    detachShare: detach,
    async openWorker({ path, location }) {
      await hooks.onOpen();
      if (!mounted.some(({ point }) => point === path)) throw placeMissing(location);
      const worker = workerOf(generations.get(path) ?? 0, location);
      workers.push(worker);
      return worker;
    },
  };

  // A worker stands in what was mounted when it was opened, also after that was detached.
  function workerOf(ofGeneration: number, location: string): FakeWorker {
    const end = Promise.withResolvers<never>();
    end.promise.catch(() => {});
    let isAlive = true;
    const call = async <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
      const answer = async (): Promise<Result> => {
        await hooks.onCall(key);
        if (ofGeneration !== generation) throw staleMount(location);
        return await work();
      };
      return await Promise.race([answer(), end.promise]);
    };
    const die = (): void => {
      isAlive = false;
      end.reject(unreachable(location, new Error('its worker process ended')));
    };
    return {
      ...exported,
      get isAlive() {
        return isAlive;
      },
      load: (key) => call(key, () => exported.load(key)),
      stat: (key) => call(key, () => exported.stat(key)),
      save: (key, bytes) => call(key, () => exported.save(key, bytes)),
      modifiedAt: () => assert.fail('nobody asks for times'),
      die,
      async close() {
        await hooks.onClose();
        die();
      },
    };
  }

  const settings: MountedSettings = {
    type: 'nfs',
    source: 'host:/export',
    options: [],
    location: 'nfs://host/export',
    timeoutSeconds: 10,
    folder: '',
    spoolFolder: join(await temporaryFolder(context), 'spool'),
  };
  const open = async () => {
    const backend = await openMountedBackend(settings, undefined, tools);
    context.after(() => backend.close());
    return backend;
  };
  return { exported, mounted, workers, hooks, open, replace: () => (generation += 1) };
}

const text = async (loading: Promise<Buffer>): Promise<string> => (await loading).toString();

test('a mount that is stale is replaced once, and every call goes on', async (context) => {
  const { open, mounted, replace, workers } = await lab(context);
  const backend = await open();
  const [first] = mounted;
  replace();
  assert.deepEqual(await Promise.all(['data/a', 'data/b'].map((key) => text(backend.load(key)))), ['data/a', 'data/b']);
  assert.equal(mounted.length, 1);
  assert.notEqual(mounted[0]?.point, first?.point);
  assert.equal(workers.length, 2);
});

test('a call that waits for its answer when another takes the stale mount away is asked again', async (context) => {
  const { open, hooks, replace } = await lab(context);
  const backend = await open();
  const begun = Promise.withResolvers<void>();
  let times = 0;
  hooks.onCall = async (key) => {
    times += key === 'data/b' ? 1 : 0;
    if (key !== 'data/b' || times > 1) return;
    begun.resolve();
    await Promise.withResolvers<void>().promise; // Ends with its worker only.
  };
  const waiting = text(backend.load('data/b'));
  await begun.promise;
  replace();
  assert.equal(await text(backend.load('data/a')), 'data/a');
  assert.equal(await waiting, 'data/b');
  assert.equal(times, 2);
});

test('calls that wait for a worker on a mount that is taken away meanwhile get one on the next mount', async (context) => {
  const { open, hooks, replace, workers, mounted } = await lab(context);
  const [one, other] = [await open(), await open()];
  assert.equal(mounted.length, 1, 'both use one mount');
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let isFirst = true;
  hooks.onOpen = async () => {
    if (!isFirst) return;
    isFirst = false;
    begun.resolve();
    await gate.promise;
  };
  workers.at(1)?.die();
  const before = text(other.load('data/a'));
  await begun.promise;
  replace();
  assert.equal(await text(one.load('data/a')), 'data/a');
  // This one knows only the mount's end, and waits for the worker that was asked for before it.
  const after = text(other.load('data/b'));
  gate.resolve();
  assert.deepEqual(await Promise.all([before, after]), ['data/a', 'data/b']);
});

test('a call that begins while the stale mount is being taken away goes on with the next one', async (context) => {
  const { open, hooks, replace, workers } = await lab(context);
  const [one, other] = [await open(), await open()];
  const [closing, mayClose, opening, mayOpen] = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  hooks.onClose = async () => {
    closing?.resolve();
    await mayClose?.promise;
  };
  workers.at(1)?.die();
  replace();
  const finder = text(one.load('data/a'));
  await closing?.promise;
  // It is known as stale already, and still there.
  let isFirst = true;
  hooks.onOpen = async () => {
    if (!isFirst) return;
    isFirst = false;
    opening?.resolve();
    await mayOpen?.promise;
  };
  const beginner = text(other.load('data/b'));
  await opening?.promise;
  hooks.onClose = async () => {};
  mayClose?.resolve();
  assert.equal(await finder, 'data/a');
  mayOpen?.resolve();
  assert.equal(await beginner, 'data/b');
});

test('a call to a worker that stands in what was taken away, and finds its folder gone, is asked again on the next mount', async (context) => {
  const { open, hooks, replace, workers } = await lab(context);
  const [one, other] = [await open(), await open()];
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  hooks.onCall = async (key) => {
    if (key !== 'data/b' || workers.length > 3) return;
    begun.resolve();
    await gate.promise;
    throw placeMissing('nfs://host/export');
  };
  const waiting = text(other.load('data/b'));
  await begun.promise;
  replace();
  assert.equal(await text(one.load('data/a')), 'data/a');
  assert.equal(workers.length, 3);
  gate.resolve();
  assert.equal(await waiting, 'data/b');
});

test('whoever else used a mount that was taken away reads and writes on the next one', async (context) => {
  const { open, replace, mounted, workers, exported } = await lab(context);
  const [one, other, third] = [await open(), await open(), await open()];
  replace();
  await one.load('data/a');
  const next = mounted[0]?.point;
  assert.equal(await text(other.load('data/b')), 'data/b');
  await third.save('data/c', Buffer.from('c'));
  assert.equal((await exported.load('data/c')).toString(), 'c');
  assert.deepEqual(
    mounted.map(({ point }) => point),
    [next],
    'nobody mounts once more',
  );
  assert.equal(workers.length, 6);
  for (const backend of [one, other, third]) await backend.close();
  assert.deepEqual(mounted, []);
});

test('a mount that is gone for another reason is told as out of reach, and nothing is written', async (context) => {
  const { open, mounted, workers, exported } = await lab(context);
  const backend = await open();
  mounted.splice(0);
  await assert.rejects(backend.save('data/c', Buffer.from('c')), failure('backend.not-mounted'));
  assert.deepEqual([...exported.objects.keys()], ['data/a', 'data/b']);
  workers.at(0)?.die();
  await backend.save('data/c', Buffer.from('c'));
  assert.equal(mounted.length, 1);
});
