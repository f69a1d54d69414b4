import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { batchQueue } from './batches.ts';

const done: PromiseSettledResult<unknown> = { status: 'fulfilled', value: 'ok' };

test('calls of one kind travel together, each key once, within the limits', async () => {
  const batches: string[] = [];
  const queue = batchQueue(
    async (batch: { kind: string; key: string; bytes: number }[]) => {
      batches.push(batch.map(({ kind, key }) => kind + key).join(' '));
      return batch.map(() => done);
    },
    { calls: 3, bytes: 100 },
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
    { calls: 9, bytes: 9 },
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
