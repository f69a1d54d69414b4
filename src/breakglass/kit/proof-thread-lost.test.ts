// The thread that reads a kit along is killed, as the system does when memory runs out. In a process of its own: it watches for threads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { failure } from '../../../test/support/failures.ts';
import { kitSite } from '../../../test/support/kits.ts';
import { someSecrets } from '../../../test/support/many-secrets.ts';
import { memoryBackend } from '../../backends/memory.ts';
import { lastKit } from './kit-history.ts';
import { listKits } from './store-kit.ts';

// Enough to be read in a thread, in several pieces.
const count = 6_000;
const moments: [string, (thread: Worker) => void][] = [
  ['at once', (thread) => void thread.terminate()],
  ['when it runs', (thread) => void thread.once('online', () => void thread.terminate())],
  ['when it has read a piece', (thread) => void thread.once('message', () => void thread.terminate())],
];

/** Kills the next thread that is started. */
function killNext(kill: (thread: Worker) => void): void {
  process.once('worker', (thread: Worker) => kill(thread));
}

for (const [moment, kill] of moments) {
  test(`a run whose proof thread is killed ${moment} fails with the reason and a cure, and stores and remembers nothing`, async () => {
    const site = await kitSite();
    const backend = memoryBackend();
    killNext(kill);
    await assert.rejects(site.backUp(backend, someSecrets(count)), (error: unknown) => {
      failure('breakglass.proof-stopped', /ended by itself/)(error);
      assert.match((error as { hint: string }).hint, /memory ran out.*run the backup again/);
      return true;
    });
    assert.deepEqual([...backend.objects.keys()], []);
    assert.equal(lastKit(site.store, 'secrets/here'), undefined);
  });
}

test('a kit that was proved stays the last one when the thread of the next is killed, and the run after that makes the next', async () => {
  const site = await kitSite();
  const backend = memoryBackend();
  const one = await site.backUp(backend, someSecrets(count));
  const remembered = lastKit(site.store, 'secrets/here');
  killNext((thread) => void thread.once('message', () => void thread.terminate()));
  await assert.rejects(site.backUp(backend, someSecrets(count + 1)), failure('breakglass.proof-stopped'));
  assert.deepEqual(await listKits(backend), { finished: [one.proof.kit], unfinished: [] });
  assert.deepEqual(lastKit(site.store, 'secrets/here'), remembered);
  const two = await site.backUp(backend, someSecrets(count + 1));
  assert.equal(two.outcome, 'written');
  assert.equal(two.proof.records, count + 1);
});
