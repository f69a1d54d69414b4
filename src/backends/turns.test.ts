import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from './turns.ts';

test('turns are handed on in order, and one that nobody wants any more is not lost', async () => {
  const { take } = turns(2);
  const stop = new AbortController();
  const order: string[] = [];
  const asked = async (name: string, signal?: AbortSignal): Promise<() => void> => {
    const giveBack = await take(signal);
    order.push(name);
    return giveBack;
  };
  const [first, second] = [await asked('a'), await asked('b')];
  const given = asked('gives up', stop.signal);
  const tooLate = asked('c');
  stop.abort(new Error('enough'));
  await assert.rejects(given, /enough/);
  first();
  const third = await tooLate;
  // Its turn comes, and it is told to stop in the same moment.
  const late = new AbortController();
  const raced = asked('late', late.signal);
  const last = asked('d');
  second();
  late.abort(new Error('also enough'));
  await raced.then(
    (giveBack) => giveBack(),
    () => {},
  );
  third();
  (await last)();
  assert.deepEqual(
    order.filter((name) => name !== 'late'),
    ['a', 'b', 'c', 'd'],
  );
});
