// What a page keeps of a recorded desktop, for jumps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DesktopMoments } from '../web/recording/desktop-moments.ts';

test('however long a recording is, moments stay within their memory and nowhere far apart', () => {
  for (const frames of [100, 1000, 20_000]) {
    const moments = new DesktopMoments<{ bytes: number }>(50 * 3_000_000);
    for (let frame = 1; frame <= frames; frame += 1) moments.offer(frame, 100_000, () => ({ bytes: 3_000_000 }));
    const kept = new Set<number>();
    for (let frame = 1; frame <= frames; frame += 1) kept.add(moments.before(frame)?.frames ?? 0);
    const all = [...kept].sort((a, b) => a - b);
    assert.ok(all.length <= 51, 'fifty of them and the beginning');
    const gaps = all.map((frame, index) => (all[index + 1] ?? frames) - frame);
    const even = Math.max(6, frames / 50);
    assert.ok(Math.max(...gaps) <= 2.5 * even, `${Math.max(...gaps)} frames of ${frames} at most between two`);
  }
});

test('a moment in the middle of something is passed over, and the next one is kept', () => {
  const moments = new DesktopMoments<{ bytes: number }>();
  moments.offer(1, 600_000, () => undefined);
  moments.offer(2, 1, () => ({ bytes: 1 }));
  assert.equal(moments.before(1), undefined);
  assert.equal(moments.before(9)?.frames, 2);
});
