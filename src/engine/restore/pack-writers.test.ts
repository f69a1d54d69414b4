import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { compareTrees } from '../../../test/support/compare-trees.ts';
import { sourceStory } from '../../../test/support/source-story.ts';

test('threads begin when what is to be written is worth them, be it in many small batches', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  const threads: Worker[] = [];
  const count = (thread: Worker): number => threads.push(thread);
  process.on('worker', count);
  t.after(() => process.off('worker', count));
  for (let index = 0; index < 400; index += 1) write(`${index % 7}/${index}`, `file ${index}`);
  await repository.backup([source]);
  threads.length = 0;
  await repository.restore('latest', join(repository.folder, 'few'), { threads: 3 });
  assert.equal(threads.length, 0);
  // No batch of these is worth a thread by itself.
  for (let index = 0; index < 2500; index += 1) write(`${index % 7}/${index}`, `file ${index}`);
  await repository.backup([source]);
  threads.length = 0;
  await repository.restore('latest', target, { threads: 3 });
  assert.equal(threads.length, 3);
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
});
