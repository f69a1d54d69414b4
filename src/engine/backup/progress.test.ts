import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldProgress, startProgress } from './progress.ts';

test('events become files, bytes, a rate and the time that remains', () => {
  let progress = startProgress(0);
  progress = foldProgress(progress, { type: 'scanned', files: 10, bytes: 10_000, isComplete: false }, 0);
  for (let second = 1; second <= 4; second += 1) {
    progress = foldProgress(progress, { type: 'progress', bytes: 1000 }, second * 1000);
    progress = foldProgress(progress, { type: 'file-done', path: `/${second}`, size: 1000 }, second * 1000);
  }
  assert.equal(progress.remainingMs, undefined);
  progress = foldProgress(progress, { type: 'scanned', files: 10, bytes: 10_000, isComplete: true }, 4000);
  assert.deepEqual(
    [progress.filesDone, progress.bytesDone, progress.lastPath, progress.bytesPerSecond, progress.remainingMs],
    [4, 4000, '/4', 1000, 6000],
  );
  progress = foldProgress(progress, { type: 'files-new', files: 3, bytes: 2000, path: '/7' }, 4000);
  assert.deepEqual([progress.filesDone, progress.bytesDone, progress.lastPath], [7, 6000, '/7']);
  progress = foldProgress(progress, { type: 'file-skipped', path: '/x' }, 4000);
  progress = foldProgress(progress, { type: 'of another kind' }, 4000);
  assert.equal(progress.skipped, 1);
});

test('the rate is that of the last seconds, not of the whole run', () => {
  let progress = startProgress(0);
  for (let second = 1; second <= 60; second += 1) {
    progress = foldProgress(progress, { type: 'progress', bytes: second <= 30 ? 1_000_000 : 10 }, second * 1000);
  }
  assert.ok(progress.bytesPerSecond < 11, String(progress.bytesPerSecond));
  assert.ok(progress.marks.length < 30);
});
