// Keeps a place to a number of bytes a second, for lines that others need too. rsync does it by itself, within an object as well.
import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from '../base/operation.ts';
import type { Backend } from './backend.ts';

/** The time that pauses are measured with, in milliseconds. */
export interface Pace {
  now(): number;
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

const realPace: Pace = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  },
};

/**
 * Wraps a backend so that what is stored and fetched together stays below the limit on average: an object goes when the line
 * has rested long enough from those before it. Within one object the line is used as it is.
 */
export function limitedBackend(inner: Backend, bytesPerSecond: number, pace: Pace = realPace): Backend {
  let freeAt = 0;

  function use(bytes: number): number {
    const now = pace.now();
    const waitMs = Math.max(0, freeAt - now);
    freeAt = now + waitMs + (bytes / bytesPerSecond) * 1000;
    return waitMs;
  }

  async function turn(bytes: number, { signal }: Operation): Promise<void> {
    signal?.throwIfAborted();
    const waitMs = use(bytes);
    if (waitMs > 0) await pace.sleep(waitMs, signal);
  }

  return {
    ...inner,
    async save(key, bytes, options = {}) {
      await turn(bytes.length, options);
      await inner.save(key, bytes, options);
    },
    // How much comes is known afterwards: the next one waits for it.
    async load(key, range, options = {}) {
      await turn(0, options);
      const bytes = await inner.load(key, range, options);
      use(bytes.length);
      return bytes;
    },
  };
}
