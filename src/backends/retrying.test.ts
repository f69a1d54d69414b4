import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeBackend, listAll } from '../../test/support/describe-backend.ts';
import { failure } from '../../test/support/failures.ts';
import { type Fault, always, atCall, faultyBackend } from './faulty.ts';
import { permissionDenied } from './failures.ts';
import { memoryBackend } from './memory.ts';
import { prefixedBackend } from './prefixed.ts';
import { type RetryEvent, retryingBackend } from './retrying.ts';
import { verifiedBackend } from './verified.ts';

describeBackend('retrying and verified memory', async () => retryingBackend(verifiedBackend(memoryBackend())));
describeBackend('a folder of memory', async () => prefixedBackend(memoryBackend(), 'system/deep'));

const quick = { firstDelayMs: 1, maxDelayMs: 2 };

test('whichever call fails, tears or loses its answer, the operation gets through', async () => {
  for (const fault of ['fail', 'lost-answer', 'tear'] satisfies Fault[]) {
    for (let n = 1; ; n += 1) {
      const inner = memoryBackend();
      const faulty = faultyBackend(inner, atCall(n, fault));
      const backend = retryingBackend(faulty, quick);
      // A torn object is not ours to replace: the engine stores it under its name only once it is whole.
      const story = async (): Promise<void> => {
        await backend.save('data/a', Buffer.from('0123456789'), { ifExists: 'replace' });
        if (fault !== 'tear') await backend.save('data/b', Buffer.from('b'));
        assert.equal((await backend.load('data/a', { offset: 2, length: 3 })).toString(), '234');
        assert.equal((await backend.stat('data/a')).size, 10);
        assert.equal((await listAll(backend, 'data/')).length, fault === 'tear' ? 1 : 2);
        await backend.remove('data/a');
      };
      await story();
      assert.equal(inner.objects.has('data/a'), false);
      if (!faulty.tripped) break;
    }
  }
});

test('troubles that do not pass end after the last attempt, others at once', async () => {
  const events: RetryEvent[] = [];
  const report = (event: RetryEvent) => events.push(event);
  const gone = retryingBackend(faultyBackend(memoryBackend(), always('fail')), { ...quick, attempts: 4, report });
  await assert.rejects(gone.load('a'), failure('backend.unreachable'));
  assert.deepEqual(
    events.map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  assert.ok(events.every(({ delayMs }) => delayMs <= 2));
  events.length = 0;
  const there = retryingBackend(memoryBackend(), { ...quick, report });
  await assert.rejects(there.load('a'), failure('backend.not-found'));
  assert.equal(events.length, 0);
});

test('a key that somebody else took with other bytes is not mistaken for our own save', async () => {
  const inner = memoryBackend();
  await inner.save('a', Buffer.from('theirs'));
  const backend = retryingBackend(faultyBackend(inner, atCall(1, 'fail')), quick);
  await assert.rejects(backend.save('a', Buffer.from('ours')), failure('backend.unreachable'));
  assert.equal(inner.objects.get('a')?.toString(), 'theirs');
});

test('a lost answer is recognised even where nothing may be read, when the place can prove', async () => {
  const inner = memoryBackend();
  const unreadable = {
    ...faultyBackend(inner, atCall(1, 'lost-answer')),
    load: () => Promise.reject(permissionDenied('x', 'read')),
    provesEqual: async (key: string, bytes: Uint8Array) => inner.objects.get(key)?.equals(bytes) ?? false,
  };
  await retryingBackend(verifiedBackend(unreadable), quick).save('a', Buffer.from('x'));
  assert.equal(inner.objects.get('a')?.toString(), 'x');
});

test('an abort ends the pause', async () => {
  const abort = new AbortController();
  const backend = retryingBackend(faultyBackend(memoryBackend(), always('fail')), {
    firstDelayMs: 60_000,
    maxDelayMs: 60_000,
    report: () => abort.abort(new Error('enough')),
  });
  await assert.rejects(backend.load('a', undefined, { signal: abort.signal }), /enough/);
});

test('a place that stores nothing, or other bytes, is caught by reading back', async () => {
  const nothing = verifiedBackend(faultyBackend(memoryBackend(), always('lie', ['save'])));
  await assert.rejects(nothing.save('a', Buffer.alloc(10)), failure('backend.not-found'));
  const inner = memoryBackend();
  const flipping = verifiedBackend(faultyBackend(inner, atCall(1, 'lie', ['load'])));
  await assert.rejects(flipping.save('a', Buffer.alloc(10)), failure('backend.different-bytes', /removed/));
  assert.equal(inner.objects.size, 0);
  await flipping.save('a', Buffer.alloc(10));
  const retried = retryingBackend(verifiedBackend(faultyBackend(memoryBackend(), atCall(1, 'lie', ['load']))), quick);
  await retried.save('a', Buffer.alloc(10));
});
