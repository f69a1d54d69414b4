// Tries again what may work a moment later. Everything else fails at once.
import { setTimeout as delay } from 'node:timers/promises';
import { type Failure, isFailure } from '../base/failure.ts';
import { canProve, abilitiesOf } from './abilities.ts';
import type { Backend, BackendKey, SaveOptions } from './backend.ts';
import { loadsEqual } from './verified.ts';

/** A call failed and is tried again after `delayMs`. */
export interface RetryEvent {
  type: 'backend-retry';
  location: string;
  /** What is being done, such as `store data/3f/3f9a…`. */
  what: string;
  /** The attempt that failed, from 1. */
  attempt: number;
  delayMs: number;
  failure: Failure;
}

/** How often and how long. The pauses double from `firstDelayMs` to `maxDelayMs`, each shortened by up to half at random. */
export interface RetryOptions {
  /** All attempts of a call together, the first included. Default 6. */
  attempts?: number;
  /** Default 500. */
  firstDelayMs?: number;
  /** Default 30 000. */
  maxDelayMs?: number;
  report?: (event: RetryEvent) => void;
}

const retryable = new Set([
  'backend.unreachable',
  'backend.timeout',
  'backend.input-output',
  'backend.in-use',
  'backend.different-bytes',
]);

/** True when the same call may succeed a moment later. */
export function isRetryable(error: unknown): error is Failure {
  return isFailure(error) && retryable.has(error.code);
}

/**
 * Wraps a backend so that passing troubles are waited out. A save whose answer was lost is recognised: when a later
 * attempt finds the key there with equal bytes, it has succeeded; so has a removal that finds its key gone.
 */
export function retryingBackend(inner: Backend, options: RetryOptions = {}): Backend {
  const { attempts = 6, firstDelayMs = 500, maxDelayMs = 30_000, report } = options;

  async function pause(
    what: string,
    attempt: number,
    failure: Failure,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const full = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1));
    const delayMs = Math.round(full * (0.5 + Math.random() / 2));
    report?.({ type: 'backend-retry', location: inner.location, what, attempt, delayMs, failure });
    try {
      await delay(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  async function retry<Result>(
    what: string,
    signal: AbortSignal | undefined,
    work: (earlier: Failure | undefined) => Promise<Result>,
  ): Promise<Result> {
    let earlier: Failure | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work(earlier);
      } catch (error) {
        if (!isRetryable(error) || attempt >= attempts) throw error;
        earlier = error;
        await pause(what, attempt, error, signal);
      }
    }
  }

  // A key that may only add cannot load, but may be able to prove.
  async function isEqual(key: BackendKey, bytes: Uint8Array, { signal }: SaveOptions): Promise<boolean> {
    const operation = signal === undefined ? {} : { signal };
    if (canProve(inner)) return await inner.provesEqual(key, bytes, operation);
    return await loadsEqual(inner, key, bytes, operation);
  }

  return {
    location: inner.location,
    save: (key, bytes, saveOptions = {}) =>
      retry(`store ${key}`, saveOptions.signal, async (earlier) => {
        try {
          await inner.save(key, bytes, saveOptions);
        } catch (error) {
          if (earlier === undefined || !isFailure(error, 'backend.key-exists')) throw error;
          if (!(await isEqual(key, bytes, saveOptions))) throw earlier;
        }
      }),
    load: (key, range, operation = {}) =>
      retry(`load ${key}`, operation.signal, () => inner.load(key, range, operation)),
    stat: (key, operation = {}) => retry(`look at ${key}`, operation.signal, () => inner.stat(key, operation)),
    async *list(prefix, operation = {}) {
      const given = new Set<BackendKey>();
      for (let attempt = 1; ; attempt += 1) {
        try {
          for await (const object of inner.list(prefix, operation)) {
            if (given.has(object.key)) continue;
            given.add(object.key);
            yield object;
          }
          return;
        } catch (error) {
          if (!isRetryable(error) || attempt >= attempts) throw error;
          await pause(`list ${prefix}`, attempt, error, operation.signal);
        }
      }
    },
    remove: (key, operation = {}) =>
      retry(`remove ${key}`, operation.signal, async (earlier) => {
        try {
          await inner.remove(key, operation);
        } catch (error) {
          if (earlier === undefined || !isFailure(error, 'backend.not-found')) throw error;
        }
      }),
    freeBytes: (operation = {}) => retry('tell its free space', operation.signal, () => inner.freeBytes(operation)),
    close: () => inner.close(),
    ...abilitiesOf(inner),
  };
}
