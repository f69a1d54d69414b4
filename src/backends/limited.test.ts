import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeBackend } from '../../test/support/describe-backend.ts';
import { configFields } from '../base/secret-schema.ts';
import { backendKinds } from './kinds.ts';
import { type Pace, limitedBackend } from './limited.ts';
import { memoryBackend } from './memory.ts';

describeBackend('limited', async () => limitedBackend(memoryBackend(), 2 ** 40));

function fakePace(): Pace & { ms: number } {
  const pace = {
    ms: 0,
    now: () => pace.ms,
    async sleep(ms: number, signal: AbortSignal | undefined) {
      signal?.throwIfAborted();
      pace.ms += ms;
    },
  };
  return pace;
}

test('what goes both ways stays below the limit on average', async () => {
  const pace = fakePace();
  const backend = limitedBackend(memoryBackend(), 1000, pace);
  for (let index = 0; index < 5; index += 1) await backend.save(`s${index}`, Buffer.alloc(2000));
  assert.equal(pace.now(), 8000, 'the fifth begins when the line has rested from four');
  for (let index = 0; index < 5; index += 1) await backend.load(`s${index}`, { offset: 0, length: 500 });
  assert.equal(pace.now(), 12_000);
  pace.ms += 60_000;
  const before = pace.now();
  await backend.save('later', Buffer.alloc(500));
  assert.equal(pace.now(), before, 'a line that rested is used at once');
});

test('calls made together wait one after the other, and an aborted one waits no more', async () => {
  const waits: number[] = [];
  const pace: Pace = {
    now: () => 0,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
  const backend = limitedBackend(memoryBackend(), 1000, pace);
  await Promise.all(['a', 'b', 'c'].map((key) => backend.save(key, Buffer.alloc(1000))));
  assert.deepEqual(waits, [1000, 2000]);
  const reason = new Error('enough');
  await assert.rejects(backend.save('d', Buffer.alloc(1), { signal: AbortSignal.abort(reason) }), reason);
});

test('every kind of destination can be kept to a bandwidth', () => {
  for (const { kind, config } of backendKinds) {
    assert.ok(
      configFields(config).some(({ name }) => name === 'bandwidthLimitKib'),
      kind,
    );
  }
});
