import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readAheadOf } from './abilities.ts';
import { heldBackend } from './held.ts';
import { limitedBackend } from './limited.ts';
import { loadAhead } from './load-ahead.ts';
import { memoryBackend } from './memory.ts';
import { meteredBackend } from './metered.ts';
import { prefixedBackend } from './prefixed.ts';
import { retryingBackend } from './retrying.ts';
import { verifiedBackend } from './verified.ts';

const objects = (...sizes: number[]) => sizes.map((size, at) => ({ key: `o${at}`, size }));

test('objects come in their order, and no more than the limits allow are on their way', async () => {
  const most = { calls: 0, bytes: 0 };
  let calls = 0;
  let bytes = 0;
  const load = async ({ key, size }: { key: string; size: number }): Promise<string> => {
    calls += 1;
    bytes += size;
    most.calls = Math.max(most.calls, calls);
    most.bytes = Math.max(most.bytes, bytes);
    for (let turns = key.charCodeAt(key.length - 1) % 3; turns >= 0; turns -= 1) await nextTurn();
    calls -= 1;
    bytes -= size;
    return key;
  };
  const wanted = objects(...Array.from({ length: 50 }, (_, at) => (at * 7) % 20));
  const given: string[] = [];
  for await (const { loaded } of loadAhead(wanted, load, { calls: 6, bytes: 60 })) given.push(await loaded);
  assert.deepEqual(
    given,
    wanted.map(({ key }) => key),
  );
  assert.ok(most.calls > 3 && most.calls <= 6, `${most.calls} calls`);
  assert.ok(most.bytes <= 60, `${most.bytes} bytes`);
});

test('the first loads begin together, and the next ones when half of them are taken', async () => {
  const begun: string[] = [];
  const load = async ({ key }: { key: string }): Promise<number> => begun.push(key);
  const seen: number[] = [];
  for await (const { loaded } of loadAhead(objects(1, 1, 1, 1, 1, 1, 1), load, { calls: 4, bytes: 100 })) {
    await loaded;
    seen.push(begun.length);
  }
  assert.deepEqual(seen, [4, 4, 6, 6, 7, 7, 7]);
});

test('an object above the limit goes alone', async () => {
  let underWay = 0;
  const load = async ({ size }: { size: number }): Promise<number> => {
    underWay += 1;
    const atOnce = underWay;
    await nextTurn();
    underWay -= 1;
    return size > 10 ? atOnce : 1;
  };
  const given: number[] = [];
  for await (const { loaded } of loadAhead(objects(5, 99, 5, 5), load, { calls: 4, bytes: 10 }))
    given.push(await loaded);
  assert.deepEqual(given, [1, 1, 1, 1]);
});

test('one that fails tells whoever awaits it, and the others come all the same', async () => {
  const load = async ({ key }: { key: string }): Promise<string> => {
    if (key === 'o1') throw new Error('o1 is gone');
    return key;
  };
  const given: string[] = [];
  for await (const { loaded } of loadAhead(objects(1, 1, 1), load, { calls: 3, bytes: 10 })) {
    await nextTurn(); // Nobody listens yet: that is no unhandled rejection.
    given.push(await loaded.catch((error: Error) => error.message));
  }
  assert.deepEqual(given, ['o0', 'o1 is gone', 'o2']);
});

test('who leaves early, or is cancelled, leaves nothing on its way', async () => {
  for (const how of ['leaves', 'is cancelled'] as const) {
    const cancelling = new AbortController();
    let underWay = 0;
    const load = async ({ key }: { key: string }, { signal }: { signal: AbortSignal }): Promise<string> => {
      if (key === 'o0') return key;
      underWay += 1;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await nextTurn();
      underWay -= 1;
      throw signal.reason;
    };
    const read = async (): Promise<void> => {
      for await (const { loaded } of loadAhead(objects(1, 1, 1), load, { calls: 3, bytes: 10 }, cancelling)) {
        await loaded;
        if (how === 'leaves') return;
        cancelling.abort();
      }
    };
    if (how === 'leaves') await read();
    else await assert.rejects(read(), { name: 'AbortError' });
    assert.equal(underWay, 0, how);
  }
});

test('what a place is best asked for reaches whoever uses it, through every wrapper', () => {
  const readAhead = { calls: 1234, bytes: 5678 };
  const place = { ...memoryBackend(), readAhead };
  const limited = limitedBackend(retryingBackend(verifiedBackend(place)), 1000);
  const { backend } = heldBackend(meteredBackend(prefixedBackend(limited, 'system')).backend, () => true);
  assert.deepEqual(readAheadOf(backend), readAhead);
});
