import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostThreadFailure } from './lost-thread.ts';

test('a run whose thread reached its limit says so and what to do, and another loss is told otherwise', () => {
  const outOfHeap = Object.assign(new Error('gone'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  const tooMuch = lostThreadFailure('vault.reader-stopped', 'the reader', outOfHeap);
  assert.equal(tooMuch.code, 'vault.reader-stopped');
  assert.match(
    `${tooMuch.message}; ${tooMuch.hint}`,
    /the reader reached its limit of 256 MiB.*as a file of the secret/,
  );
  assert.equal(tooMuch.cause, outOfHeap);
  const lost = lostThreadFailure('breakglass.proof-stopped', 'the reader', undefined);
  assert.match(`${lost.message}; ${lost.hint}`, /the reader ended by itself; Usually memory ran out/);
});
