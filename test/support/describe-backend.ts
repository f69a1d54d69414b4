// The contract that every kind of backend passes: the promises written in src/backends/backend.ts, one test each.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Backend, ByteRange, StoredObject } from '../../src/backends/backend.ts';
import { failure } from './failures.ts';

/** What a kind needs to be tested, and what it cannot do. */
export interface BackendTraits {
  skip?: string | false;
  /** Bytes of the large object. Default 5 MiB and a bit. */
  largeBytes?: number;
}

/** Everything a listing gives, sorted by key. */
export async function listAll(backend: Backend, prefix = ''): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of backend.list(prefix)) found.push(object);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Runs the contract. `open` gives an empty backend each time; what it starts, it ends in `context.after`. */
export function describeBackend(
  name: string,
  open: (context: TestContext) => Promise<Backend>,
  traits: BackendTraits = {},
): void {
  const largeBytes = traits.largeBytes ?? 5 * 1024 * 1024 + 77;
  const promise = (sentence: string, story: (backend: Backend) => Promise<void>): void => {
    test(`${name}: ${sentence}`, { skip: traits.skip ?? false }, async (context) => {
      const backend = await open(context);
      context.after(() => backend.close());
      await story(backend);
    });
  };

  promise('what was saved is loaded, whole and in parts, and known by size', async (backend) => {
    const sizes = { config: 0, 'keys/one': 1, 'data/3f/large': largeBytes, 'a-b_c.D9/x/y/z': 1000 };
    await Promise.all(
      Object.entries(sizes).map(async ([key, size]) => {
        const bytes = randomBytes(size);
        await backend.save(key, Uint8Array.from(bytes));
        assert.deepEqual(await backend.stat(key), { key, size });
        assert.ok((await backend.load(key)).equals(bytes), key);
      }),
    );
    const bytes = await backend.load('data/3f/large');
    const end = largeBytes;
    for (const [offset, length] of [
      [0, 1],
      [0, end],
      [end - 1, 1],
      [end - 5000, 5000],
      [4095, 70_000],
      [end, 0],
      [12, 0],
    ] as const) {
      assert.ok(
        (await backend.load('data/3f/large', { offset, length })).equals(bytes.subarray(offset, offset + length)),
      );
    }
    assert.ok((await backend.load('data/3f/large', { offset: 77 })).equals(bytes.subarray(77)));
    assert.equal((await backend.load('data/3f/large', { offset: end })).length, 0);
    assert.equal((await backend.load('config')).length, 0);
  });

  promise('bytes in memory that threads share are stored like any others, whatever their length', async (backend) => {
    const pages = 4096;
    for (const size of [5, 2 ** 20, 2 ** 20 + pages - 1, largeBytes]) {
      const shared = new Uint8Array(new SharedArrayBuffer(size + 9), 9);
      shared.set(randomBytes(size));
      await backend.save(`data/shared-${size}`, shared);
      assert.ok((await backend.load(`data/shared-${size}`)).equals(shared), `${size} bytes`);
    }
  });

  promise('memory that is offered is filled where the bytes fit, and never beyond them', async (backend) => {
    const bytes = randomBytes(5000);
    await backend.save('data/offered', bytes);
    for (const [size, range] of [
      [9000, undefined],
      [5000, undefined],
      [4999, undefined],
      [300, { offset: 100, length: 200 }],
    ] as const) {
      const room = new Uint8Array(new SharedArrayBuffer(size + 64), 64).fill(7);
      const loaded = await backend.load('data/offered', range, { room });
      const length = range?.length ?? bytes.length;
      assert.ok(loaded.equals(bytes.subarray(range?.offset ?? 0).subarray(0, length)), `${size} bytes of room`);
      const used = loaded.buffer === room.buffer ? length : 0;
      assert.ok(
        room.subarray(used).every((byte) => byte === 7),
        `${size} bytes of room`,
      );
    }
  });

  promise('a missing key says so', async (backend) => {
    await backend.save('data/there', Buffer.from('x'));
    const missing = ['nothing', 'data/nothing', 'nowhere/at/all', 'data/there/below', 'data'];
    const refused = (promise: Promise<unknown>): Promise<void> =>
      assert.rejects(promise, failure('backend.not-found', /has no /));
    // Asked for together: kinds that travel in batches must tell each its own answer.
    await Promise.all([
      ...missing.map((key) => refused(backend.load(key))),
      ...missing.map((key) => refused(backend.stat(key))),
      refused(backend.load('data/nothing', { offset: 5, length: 5 })),
      refused(backend.remove('data/nothing')),
    ]);
    await assert.rejects(backend.remove('nowhere/at/all'), failure('backend.not-found'));
    await assert.rejects(backend.remove('data'), failure('backend.not-found'), 'a folder is no object');
    assert.deepEqual(await listAll(backend), [{ key: 'data/there', size: 1 }]);
  });

  promise('a range beyond the end is refused, never shortened', async (backend) => {
    await backend.save('ten', Buffer.from('0123456789'));
    for (const range of [
      { offset: 0, length: 11 },
      { offset: 9, length: 2 },
      { offset: 11 },
      { offset: 11, length: 0 },
    ]) {
      await assert.rejects(backend.load('ten', range), failure('backend.short-object', /10 bytes/));
    }
  });

  promise('no more bytes are read than were said to be enough', async (backend) => {
    const large = randomBytes(700_000);
    await backend.save('one', Buffer.from('0123456789'));
    await backend.save('many', large);
    const tooLarge = (key: string, maxBytes: number, range?: ByteRange): Promise<void> =>
      assert.rejects(backend.load(key, range, { maxBytes }), failure('backend.too-large', new RegExp(key)));
    await Promise.all([
      tooLarge('one', 9),
      tooLarge('many', 699_999),
      tooLarge('one', 4, { offset: 5 }),
      tooLarge('one', 4, { offset: 2, length: 5 }),
      tooLarge('many', 1000, { offset: 0, length: 1001 }),
    ]);
    const [one, many, part] = await Promise.all([
      backend.load('one', undefined, { maxBytes: 10 }),
      backend.load('many', undefined, { maxBytes: 700_000 }),
      backend.load('many', { offset: 100, length: 1000 }, { maxBytes: 1000 }),
    ]);
    assert.equal(one.toString(), '0123456789');
    assert.ok(many.equals(large) && part.equals(large.subarray(100, 1100)));
  });

  promise('a key is not overwritten unless that is asked for', async (backend) => {
    await backend.save('index/a', Buffer.from('first'));
    await assert.rejects(backend.save('index/a', Buffer.from('second')), failure('backend.key-exists', /index\/a/));
    assert.equal((await backend.load('index/a')).toString(), 'first');
    await backend.save('index/a', Buffer.from('third, longer'), { ifExists: 'replace' });
    assert.equal((await backend.load('index/a')).toString(), 'third, longer');
    await backend.save('index/a', Buffer.from('4'), { ifExists: 'replace' });
    assert.equal((await backend.load('index/a')).toString(), '4');
    await backend.save('index/new', Buffer.from('new'), { ifExists: 'replace' });
    assert.deepEqual(
      (await listAll(backend)).map((object) => object.key),
      ['index/a', 'index/new'],
    );
  });

  promise('a listing gives every object below its prefix, and only those', async (backend) => {
    const keys = ['README.txt', 'data/00/a', 'data/00/b', 'data/ff/c', 'database/d', 'snapshots/e'];
    await Promise.all(keys.map((key, index) => backend.save(key, Buffer.alloc(index + 1))));
    assert.deepEqual(
      await listAll(backend),
      keys.map((key, index) => ({ key, size: index + 1 })),
    );
    assert.deepEqual(
      (await listAll(backend, 'data/')).map(({ key }) => key),
      ['data/00/a', 'data/00/b', 'data/ff/c'],
    );
    assert.deepEqual(await listAll(backend, 'data/ff/'), [{ key: 'data/ff/c', size: 4 }]);
    assert.deepEqual(await listAll(backend, 'nothing/'), []);
    assert.deepEqual(await listAll(backend, 'data/nothing/here/'), []);
  });

  promise('what was removed is gone, and its key is free again', async (backend) => {
    await backend.save('locks/one', Buffer.from('1'));
    await backend.save('locks/two', Buffer.from('2'));
    await backend.remove('locks/one');
    await assert.rejects(backend.load('locks/one'), failure('backend.not-found'));
    await assert.rejects(backend.remove('locks/one'), failure('backend.not-found'));
    assert.deepEqual(await listAll(backend, 'locks/'), [{ key: 'locks/two', size: 1 }]);
    await backend.save('locks/one', Buffer.from('again'));
    assert.equal((await backend.load('locks/one')).toString(), 'again');
  });

  promise('many calls at once do not disturb each other, and of two saves of one key one wins', async (backend) => {
    const objects = Array.from({ length: 24 }, (_, index) => ({
      key: `data/${index % 4}/${index}`,
      bytes: randomBytes(1 + index * 999),
    }));
    await Promise.all(objects.map(({ key, bytes }) => backend.save(key, bytes)));
    const loaded = await Promise.all(objects.map(({ key }) => backend.load(key)));
    for (const [index, { key, bytes }] of objects.entries()) assert.ok(loaded[index]?.equals(bytes), key);
    const both = await Promise.allSettled([
      backend.save('twice', Buffer.alloc(70_000, 'a')),
      backend.save('twice', Buffer.alloc(70_000, 'b')),
    ]);
    assert.ok(both.some(({ status }) => status === 'fulfilled'));
    const winner = await backend.load('twice');
    assert.ok(winner.equals(Buffer.alloc(70_000, 'a')) || winner.equals(Buffer.alloc(70_000, 'b')));
  });

  promise('an aborted call stops with the reason and leaves no half object', async (backend) => {
    const reason = new Error('enough');
    const before = AbortSignal.abort(reason);
    await backend.save('kept', Buffer.from('kept'));
    await assert.rejects(backend.save('x', Buffer.alloc(10), { signal: before }), reason);
    await assert.rejects(backend.load('kept', undefined, { signal: before }), reason);
    await assert.rejects(backend.stat('kept', { signal: before }), reason);
    await assert.rejects(backend.remove('kept', { signal: before }), reason);
    await assert.rejects(backend.list('', { signal: before })[Symbol.asyncIterator]().next(), reason);
    const during = new AbortController();
    const large = randomBytes(largeBytes);
    const saving = backend.save('large', large, { signal: during.signal });
    setImmediate(() => during.abort(reason));
    const ended = await saving.then(
      () => 'saved',
      (error: unknown) => error,
    );
    assert.ok(ended === 'saved' || ended === reason, String(ended));
    // Either whole or absent, whatever the moment was; and the backend works on.
    const found = (await listAll(backend)).filter(({ key }) => key === 'large');
    if (found.length > 0) assert.ok((await backend.load('large')).equals(large));
    assert.equal((await backend.load('kept')).toString(), 'kept');
  });

  promise('a name that some place could not hold is refused by all', async (backend) => {
    for (const key of [
      '',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      'a/../b',
      'a b',
      'ü',
      'a~1',
      'a\\b',
      'a\nb',
      'x'.repeat(201),
    ]) {
      await assert.rejects(backend.save(key, Buffer.of(1)), failure('backend.bad-key'), key);
      await assert.rejects(backend.load(key), failure('backend.bad-key'), key);
      await assert.rejects(backend.remove(key), failure('backend.bad-key'), key);
    }
    await assert.rejects(listAll(backend, 'data'), failure('backend.bad-key'));
    await backend.save('x'.repeat(200), Buffer.of(1));
    assert.equal((await listAll(backend)).length, 1);
  });

  promise('it tells its free space or that it cannot, and closes twice', async (backend) => {
    const free = await backend.freeBytes();
    assert.ok(free === undefined || free >= 0);
    await backend.close();
    await backend.close();
  });
}
