import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NewFilesQueue } from './new-files-queue.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const look = { withAtime: false, wantsStats: false };

/** Puts a run in and takes all of it; nothing here holds on to it. */
function taken(queue: NewFilesQueue): WeakRef<readonly string[]> {
  const names = ['one', 'two'];
  void queue.add(Buffer.from('/folder/'), names, { ...look, onSaved: () => {} });
  assert.equal(queue.take().length, 1);
  return new WeakRef(names);
}

test('what was taken from the queue is let go, although others still wait', async () => {
  const queue = new NewFilesQueue(1);
  const first = taken(queue);
  void queue.add(Buffer.from('/folder/'), ['three'], { ...look, onSaved: () => {} });
  await nextTurn();
  collect();
  assert.equal(first.deref(), undefined);
  assert.equal(queue.count, 1);
});
