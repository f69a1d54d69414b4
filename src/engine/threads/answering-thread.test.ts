import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutOfHeap, startThread } from './answering-thread.ts';

/** A thread that runs this for each question. */
function threadThat(does: string, heapMiB: number): ReturnType<typeof startThread<string, number>> {
  const text = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (question) => {
      if (question === 'end') parentPort.close();
      else { ${does} }
    });`;
  return startThread<string, number>(new URL(`data:text/javascript,${encodeURIComponent(text)}`), {
    workerData: undefined,
    moved: [],
    heapMiB,
    crashed: (cause) => new Error('the thread is gone', { cause }),
  });
}

test('a thread that needs more heap than it may have is told apart, and this process goes on', async () => {
  const hoards = 'const held = []; for (;;) held.push(Array.from({ length: 10_000 }, (_, at) => at + 0.5));';
  const thread = threadThat(hoards, 32);
  const [asked, waits] = [thread.ask('one'), thread.ask('another')];
  for (const answer of [asked, waits, asked.catch(() => thread.ask('one more'))])
    await assert.rejects(answer, ({ message, cause }: Error) => message === 'the thread is gone' && isOutOfHeap(cause));
});

test('memory outside the heap does not count, and a thread within its limit answers', async () => {
  const thread = threadThat('parentPort.postMessage(Buffer.alloc(100 * 1024 * 1024).length);', 32);
  assert.equal(await thread.ask('one'), 100 * 1024 * 1024);
  await thread.close();
});

test('a thread that ends otherwise did not run out of heap', async () => {
  const thread = threadThat("throw new Error('a bug');", 32);
  await assert.rejects(thread.ask('one'), ({ cause }: Error) => !isOutOfHeap(cause));
});
