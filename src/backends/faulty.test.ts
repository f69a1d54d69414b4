import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAll } from '../../test/support/describe-backend.ts';
import { failure } from '../../test/support/failures.ts';
import { CrashError, always, atCall, faultyBackend } from './faulty.ts';
import { memoryBackend } from './memory.ts';

test('the n-th call fails, before or after its effect, or tears', async () => {
  for (const [fault, left] of [
    ['fail', 0],
    ['lost-answer', 10],
    ['tear', 5],
  ] as const) {
    const inner = memoryBackend();
    const faulty = faultyBackend(inner, atCall(2, fault, ['save']));
    await faulty.save('first', Buffer.alloc(10));
    assert.equal(faulty.tripped, false);
    await assert.rejects(faulty.save('second', Buffer.alloc(10)), failure('backend.unreachable'));
    assert.equal(faulty.tripped, true);
    assert.equal(inner.objects.get('second')?.length ?? 0, left);
    await faulty.save('third', Buffer.alloc(10));
    assert.equal(faulty.calls, 3);
  }
});

test('a lying place says yes and does nothing, or gives other bytes', async () => {
  const inner = memoryBackend();
  const honest = faultyBackend(inner, () => undefined);
  const liar = faultyBackend(inner, always('lie'));
  await liar.save('a', Buffer.alloc(10));
  assert.equal(inner.objects.size, 0);
  await honest.save('a', Buffer.alloc(10));
  assert.notDeepEqual(await liar.load('a'), Buffer.alloc(10));
  assert.deepEqual(await listAll(liar), []);
  await liar.remove('a');
  assert.deepEqual(await listAll(honest), [{ key: 'a', size: 10 }]);
});

test('after a crash every call fails, and saves that were under way are dropped when asked', async () => {
  for (const dropsUnacknowledged of [false, true]) {
    const inner = memoryBackend();
    const slow = faultyBackend(inner, ({ key }) => (key === 'slow' ? { lagMs: 5 } : undefined));
    const faulty = faultyBackend(slow, ({ key }) => (key === 'last' ? 'crash-after' : undefined), {
      dropsUnacknowledged,
    });
    await faulty.save('first', Buffer.of(1));
    const underWay = faulty.save('slow', Buffer.of(2));
    await assert.rejects(faulty.save('last', Buffer.of(3)), CrashError);
    await assert.rejects(underWay, CrashError);
    await assert.rejects(faulty.load('first'), CrashError);
    await faulty.quiet();
    assert.deepEqual([...inner.objects.keys()], dropsUnacknowledged ? ['first', 'last'] : ['first', 'last', 'slow']);
  }
});

test('a lag ends with the abort', async () => {
  const abort = new AbortController();
  const faulty = faultyBackend(memoryBackend(), always({ lagMs: 60_000 }));
  const saving = faulty.save('a', Buffer.of(1), { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(saving, /enough/);
});
