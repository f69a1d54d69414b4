import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { batchQueue } from './batches.ts';

const alone = { atOnce: 1, worthARun: { calls: 1, bytes: 1 } };
const done: PromiseSettledResult<unknown> = { status: 'fulfilled', value: 'ok' };

test('calls of one kind travel together, each key once, within the limits', async () => {
  const batches: string[] = [];
  const queue = batchQueue(
    async (batch: { kind: string; key: string; bytes: number }[]) => {
      batches.push(batch.map(({ kind, key }) => kind + key).join(' '));
      return batch.map(() => done);
    },
    { ...alone, calls: 3, bytes: 100 },
  );
  const ask = (kind: string, key: string, bytes = 1) => queue.ask({ kind, key, bytes }, undefined);
  await Promise.all([
    ask('s', '1'),
    ask('s', '1'),
    ask('l', '1'),
    ask('s', '2', 99),
    ask('s', '3', 99),
    ask('s', 'huge', 1000),
    ask('l', '2'),
    ask('l', '3'),
    ask('l', '4'),
  ]);
  assert.deepEqual(batches, ['s1 s2', 's1 s3', 'l1 l2 l3', 'shuge', 'l4']);
});

test('one who gives up leaves at once; the run ends when nobody waits for it any more', async () => {
  let stopped: AbortSignal | undefined;
  const queue = batchQueue(
    (_batch: { kind: string; key: string; bytes: number }[], signal) => {
      stopped = signal;
      return new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('ended'))),
      );
    },
    { ...alone, calls: 9, bytes: 9 },
  );
  const first = new AbortController();
  const second = new AbortController();
  const asked = [first, second].map((controller, index) =>
    queue.ask({ kind: 's', key: String(index), bytes: 1 }, controller.signal),
  );
  const settled = Promise.allSettled(asked);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  first.abort(new Error('first'));
  assert.equal(stopped?.aborted, false);
  second.abort(new Error('second'));
  assert.equal(stopped?.aborted, true);
  assert.deepEqual(
    (await settled).map((result) => (result.status === 'rejected' ? (result.reason as Error).message : '')),
    ['first', 'second'],
  );
  await queue.close();
  await assert.rejects(queue.ask({ kind: 's', key: '1', bytes: 1 }, undefined), failure('backend.closed'));
});

/** A queue whose batches end when the test says so. */
function heldQueue(limits: Partial<Parameters<typeof batchQueue>[1]>) {
  const batches: { keys: string; end: (refusal?: Error) => void }[] = [];
  const queue = batchQueue(
    (batch: { kind: string; key: string; bytes: number }[]) =>
      new Promise((resolve, reject) => {
        const keys = batch.map(({ key }) => key).join(' ');
        batches.push({ keys, end: (no) => (no === undefined ? resolve(batch.map(() => done)) : reject(no)) });
      }),
    { ...alone, calls: 9, bytes: 100, atOnce: 2, worthARun: { calls: 2, bytes: 50 }, ...limits },
  );
  const ask = (key: string, bytes = 1): Promise<unknown> => queue.ask({ kind: 's', key, bytes }, undefined);
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { batches, queue, ask, turns, under: () => batches.map(({ keys }) => keys) };
}

test('much that waits is shared out among two batches; a little, or a key under way, waits for its turn', async () => {
  const { batches, ask, turns, under } = heldQueue({});
  const asked = ['1', '2', '3', '4'].map((key) => ask(key));
  await turns();
  assert.deepEqual(under(), ['1 2', '3 4']);
  asked.push(ask('1'), ask('2'), ask('5'), ask('6'));
  batches[1]?.end();
  await turns();
  assert.deepEqual(under().slice(2), ['5 6'], 'what the first batch still has under way is not taken');
  batches[0]?.end();
  await turns();
  assert.deepEqual(under().slice(3), ['1 2']);
  for (const { end } of batches) end();
  await Promise.all(asked);

  const few = heldQueue({});
  const alone = few.ask('1');
  await few.turns();
  const next = few.ask('2');
  await few.turns();
  assert.deepEqual(few.under(), ['1'], 'one small call is not worth a run beside another');
  const large = few.ask('3', 60);
  few.batches[0]?.end();
  await few.turns();
  assert.deepEqual(few.under(), ['1', '2 3']);
  few.batches[1]?.end();
  await Promise.all([alone, next, large]);
});

test('a batch refused because of another beside it goes again, and from then on one travels at a time', async () => {
  const one = new Error('one at a time');
  const { batches, ask, turns, under } = heldQueue({ isRefusedBeside: (error) => error === one });
  const asked = ['1', '2', '3', '4'].map((key) => ask(key));
  await turns();
  batches[1]?.end(one);
  await turns();
  assert.deepEqual(under(), ['1 2', '3 4']);
  batches[0]?.end();
  await turns();
  assert.deepEqual(under(), ['1 2', '3 4', '3 4']);
  asked.push(...['5', '6', '7', '8'].map((key) => ask(key)));
  await turns();
  assert.equal(batches.length, 3);
  batches[2]?.end();
  await turns();
  assert.deepEqual(under().slice(3), ['5 6 7 8']);
  batches[3]?.end(one);
  await Promise.all(asked.slice(0, 4));
  for (const refused of asked.slice(4)) await assert.rejects(refused, one, 'alone, it is refused for good');
});
