import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import { both } from './together.ts';

test('of two works at once, both give their results', async () => {
  const results = await both(
    undefined,
    () => Promise.resolve(1),
    async () => {
      await nextTurn();
      return 'two';
    },
  );
  assert.deepEqual(results, [1, 'two']);
});

test('when one of two works fails the other is stopped and waited for', async () => {
  const broken = new Error('broken');
  let hasEnded = false;
  const waiting = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () =>
        setImmediate(() => {
          hasEnded = true;
          reject(new Error('stopped'));
        }),
      );
    });
  for (const order of [0, 1]) {
    hasEnded = false;
    const failing = (): Promise<never> => Promise.reject(broken);
    const stopped = ({ signal }: { signal: AbortSignal }): Promise<never> => waiting(signal);
    const work = order === 0 ? both(undefined, failing, stopped) : both(undefined, stopped, failing);
    await assert.rejects(work, broken);
    assert.ok(hasEnded);
  }
});

test('a signal from outside reaches both works', async () => {
  const stop = new AbortController();
  const seen: unknown[] = [];
  const wait = ({ signal }: { signal: AbortSignal }): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        seen.push(signal.reason);
        reject(signal.reason as Error);
      });
    });
  const reason = new Error('enough');
  setImmediate(() => stop.abort(reason));
  await assert.rejects(both(stop.signal, wait, wait), reason);
  assert.deepEqual(seen, [reason, reason]);
});
