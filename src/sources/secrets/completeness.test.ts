import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failure } from '../../../test/support/failures.ts';
import { judgeCompleteness, requireComplete } from './completeness.ts';

const ids = (count: number, from = 0): string[] => Array.from({ length: count }, (_, index) => `s${index + from}`);

test('a reading that has everything of the census is complete', () => {
  const verdict = judgeCompleteness({ census: ids(100), read: ids(100).reverse(), previous: ids(95) });
  assert.deepEqual(verdict.faults, []);
  requireComplete(verdict, 'vault');
});

test('one missing secret of a hundred thousand fails and is named by its id', () => {
  const verdict = judgeCompleteness({ census: ids(100_000), read: ids(99_999) });
  assert.deepEqual(verdict.missing, ['s99999']);
  assert.throws(
    () => requireComplete(verdict, 'vault'),
    failure('secrets.incomplete', /1 of 100000 .* 's99999|s99999/),
  );
});

test('a secret that was removed while the source was read is not missed', () => {
  const census = ids(3);
  assert.equal(judgeCompleteness({ census, read: ['s0', 's1'], censusAfter: ['s0', 's1'] }).isComplete, true);
  assert.equal(judgeCompleteness({ census, read: ['s0', 's1'], censusAfter: census }).isComplete, false);
});

test('a secret that was added while the source was read is counted, and no fault', () => {
  const verdict = judgeCompleteness({ census: ids(2), read: ids(3) });
  assert.equal(verdict.addedMeanwhile, 1);
  assert.equal(verdict.isComplete, true);
});

test('a source that shrinks by more than a fifth is no success, unless a person says that it is meant', () => {
  const shrunk = { census: ids(79), read: ids(79), previous: ids(100) };
  assert.throws(() => requireComplete(judgeCompleteness(shrunk), 'vault'), failure('secrets.sudden-drop', /21/));
  assert.equal(judgeCompleteness({ ...shrunk, isDropAccepted: true }).isComplete, true);
  assert.equal(judgeCompleteness({ ...shrunk, maxDropShare: 0.5 }).isComplete, true);
  assert.equal(judgeCompleteness({ ...shrunk, census: ids(80), read: ids(80) }).isComplete, true);
});

test('a drop is seen even when as many others were added', () => {
  const verdict = judgeCompleteness({ census: ids(100, 50), read: ids(100, 50), previous: ids(100) });
  assert.deepEqual(verdict.faults, ['sudden-drop']);
  assert.equal(verdict.goneCount, 50);
});

test('two secrets gone from a small vault are no alarm, but an empty vault is', () => {
  assert.equal(judgeCompleteness({ census: ids(3), read: ids(3), previous: ids(5) }).isComplete, true);
  assert.deepEqual(judgeCompleteness({ census: [], read: [], previous: ids(1) }).faults, ['empty']);
  assert.equal(judgeCompleteness({ census: [], read: [] }).isComplete, true);
});

test('an id that was read twice is a fault', () => {
  const verdict = judgeCompleteness({ census: ids(2), read: ['s0', 's1', 's1'] });
  assert.throws(() => requireComplete(verdict, 'vault'), failure('secrets.read-twice', /s1/));
});

test('law: whatever is left out of a reading is what is missing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.func(fc.boolean()), (census, isKept) => {
      const read = census.filter((id) => isKept(id));
      const left = census.filter((id) => !isKept(id));
      const verdict = judgeCompleteness({ census, read });
      assert.deepEqual(verdict.missing, left);
      assert.equal(verdict.isComplete, left.length === 0);
    }),
  );
});
