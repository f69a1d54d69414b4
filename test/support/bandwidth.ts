// Is a place kept to its bandwidth? The bytes that really pass a line are held against a clock that only pauses move.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Backend } from '../../src/backends/backend.ts';
import { type Pace, limitedBackend } from '../../src/backends/limited.ts';
import { together } from '../../src/base/together.ts';
import type { Line } from './line.ts';

const bytesPerSecond = 100_000;
const objectBytes = 60_000;
const count = 5;
// Names, signatures, seals of packets, and what is said once for each connection.
const overheadBytes = 40_000;

/**
 * Stores and fetches objects at a backend behind the line, several calls at once, and asserts at the end of every pause that no
 * more has passed than the limit allows by then, above the object that was under way.
 */
export async function keepsToBandwidth(backend: Backend, line: Line): Promise<void> {
  const before = line.passed();
  let nowMs = 0;
  let pauses = 0;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  const check = (): void => {
    const allowed = (nowMs / 1000) * bytesPerSecond + objectBytes + overheadBytes;
    const passed = line.passed() - before;
    assert.ok(passed <= allowed, `${passed} bytes had passed when ${allowed} might have`);
    pauses += 1;
  };
  const pace: Pace = {
    now: () => nowMs,
    sleep: (ms) => new Promise((resolve) => sleepers.push({ atMs: nowMs + ms, wake: resolve })),
  };
  const limited = limitedBackend(backend, bytesPerSecond, pace);
  const objects = Array.from({ length: count }, (_, index) => ({
    key: `paced-${index}`,
    content: randomBytes(objectBytes),
  }));
  // One after the other, time goes on only when everything that may go has gone and all wait.
  const goOn = async (work: Promise<unknown>, under: () => number): Promise<void> => {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => {});
    while (!isDone) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const [next] = sleepers.toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || sleepers.length < under()) continue;
      nowMs = next.atMs;
      check();
      sleepers.splice(sleepers.indexOf(next), 1);
      next.wake();
    }
    await done;
  };
  let under = 0;
  const counted = async (call: Promise<unknown>): Promise<void> => {
    under += 1;
    try {
      await call;
    } finally {
      under -= 1;
    }
  };
  await goOn(
    together(objects, 3, ({ key, content }) => counted(limited.save(key, content))),
    () => under,
  );
  await goOn(
    together(objects, 1, ({ key, content }) =>
      counted(limited.load(key).then((bytes) => assert.ok(bytes.equals(content)))),
    ),
    () => under,
  );
  const passed = line.passed() - before;
  assert.ok(passed >= 2 * count * objectBytes, 'all of it went through the line');
  assert.ok(pauses >= 2 * count - 2);
  assert.ok(nowMs >= ((2 * count - 2) * objectBytes * 1000) / bytesPerSecond, 'and took its time');
}
