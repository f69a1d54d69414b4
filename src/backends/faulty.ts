// A backend that goes wrong on purpose, at the call a test names. Wraps a good one; what survives is in the good one.
import type { Backend, StoredObject } from './backend.ts';
import { unreachable } from './failures.ts';

/** A method of a backend that can go wrong. */
export type BackendMethod = 'save' | 'load' | 'stat' | 'list' | 'remove' | 'freeBytes';

/**
 * What goes wrong at a call:
 * - `fail`: nothing happens, it fails; `lost-answer`: it happens, and fails all the same;
 * - `tear`: a save leaves the first half of the object under its key and fails (a place that breaks its promise);
 * - `lie`: it says it worked: a save stores nothing, a load gives a flipped bit, a stat a wrong size, a list leaves its
 *   first object out, a remove removes nothing;
 * - `crash`, `crash-after`: the machine dies before or after the call's effect: this and every later call fail with
 *   CrashError; other saves that are under way then land whole, or nothing of them when `dropsUnacknowledged` is set;
 * - `{ lagMs }`: it happens after that time; an abort ends the wait.
 */
export type Fault = 'fail' | 'lost-answer' | 'tear' | 'lie' | 'crash' | 'crash-after' | { lagMs: number };

/** A call, counted from 1 over all methods. */
export interface BackendCall {
  number: number;
  method: BackendMethod;
  key: string;
}

/** Decides for each call what goes wrong, if anything. */
export type FaultPlan = (call: BackendCall) => Fault | undefined;

/** What a test may ask of a faulty backend. */
export interface FaultyBackend extends Backend {
  /** Calls so far. */
  readonly calls: number;
  /** True once a fault happened: when an operation went through and this is false, every n was tried. */
  readonly tripped: boolean;
  /** True after `crash`. */
  readonly crashed: boolean;
  /** Resolves when no call is under way in the wrapped backend: then it may be looked at. */
  quiet(): Promise<void>;
}

/** The end of the machine: no Failure, so nothing in the product handles it. */
export class CrashError extends Error {
  constructor() {
    super('the machine crashed (on purpose)');
    this.name = 'CrashError';
  }
}

/** One fault at the n-th call, counting from 1 all calls or only those of `methods`. */
export function atCall(n: number, fault: Fault, methods?: BackendMethod[]): FaultPlan {
  let seen = 0;
  return ({ method }) => {
    if (methods !== undefined && !methods.includes(method)) return undefined;
    seen += 1;
    return seen === n ? fault : undefined;
  };
}

/** A fault at every call of these methods (all, when none are named). */
export function always(fault: Fault, methods?: BackendMethod[]): FaultPlan {
  return ({ method }) => (methods === undefined || methods.includes(method) ? fault : undefined);
}

/** Wraps `inner`. `dropsUnacknowledged`: saves under way at a crash leave nothing; otherwise they may land whole. */
export function faultyBackend(
  inner: Backend,
  plan: FaultPlan,
  options: { dropsUnacknowledged?: boolean } = {},
): FaultyBackend {
  const state = { calls: 0, tripped: false, crashed: false };
  const underWay = new Set<Promise<unknown>>();

  function next(method: BackendMethod, key: string): Fault | undefined {
    if (state.crashed) throw new CrashError();
    state.calls += 1;
    const fault = plan({ number: state.calls, method, key });
    if (fault === undefined) return undefined;
    state.tripped = true;
    if (fault === 'fail') throw unreachable(inner.location, new Error('a fault on purpose'));
    if (fault === 'crash') {
      state.crashed = true;
      throw new CrashError();
    }
    return fault;
  }

  // Runs the real call, then turns its good end into the planned bad one.
  async function call<Result>(fault: Fault | undefined, signal: AbortSignal | undefined, work: () => Promise<Result>) {
    if (typeof fault === 'object') await lag(fault.lagMs, signal);
    if (state.crashed) throw new CrashError();
    const promise = work();
    underWay.add(promise);
    try {
      const result = await promise;
      if (fault === 'crash-after') state.crashed = true;
      if (state.crashed) throw new CrashError();
      if (fault === 'lost-answer') throw unreachable(inner.location, new Error('the answer was lost on purpose'));
      return result;
    } finally {
      underWay.delete(promise);
    }
  }

  return {
    location: inner.location,
    get calls() {
      return state.calls;
    },
    get tripped() {
      return state.tripped;
    },
    get crashed() {
      return state.crashed;
    },
    async quiet() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    async save(key, bytes, saveOptions = {}) {
      const fault = next('save', key);
      if (fault === 'lie') return;
      if (fault === 'tear') {
        await inner.save(key, bytes.subarray(0, bytes.length >> 1), saveOptions);
        throw unreachable(inner.location, new Error('torn on purpose'));
      }
      await call(fault, saveOptions.signal, async () => {
        await inner.save(key, bytes, saveOptions);
        if (state.crashed && options.dropsUnacknowledged) await inner.remove(key);
      });
    },
    async load(key, range, operation = {}) {
      const fault = next('load', key);
      const bytes = await call(fault, operation.signal, () => inner.load(key, range, operation));
      if (fault === 'lie' && bytes.length > 0) bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x10;
      if (fault === 'tear') throw unreachable(inner.location, new Error('torn on purpose'));
      return bytes;
    },
    async stat(key, operation = {}) {
      const fault = next('stat', key);
      const found = await call(fault, operation.signal, () => inner.stat(key, operation));
      return fault === 'lie' ? { key, size: found.size + 1 } : found;
    },
    async *list(prefix, operation = {}) {
      const fault = next('list', prefix);
      const found = await call(fault, operation.signal, () => collect(inner.list(prefix, operation)));
      if (fault === 'lie') found.shift();
      if (fault === 'tear') {
        yield* found.slice(0, found.length >> 1);
        throw unreachable(inner.location, new Error('torn on purpose'));
      }
      yield* found;
    },
    async remove(key, operation = {}) {
      const fault = next('remove', key);
      if (fault !== 'lie') await call(fault, operation.signal, () => inner.remove(key, operation));
    },
    async freeBytes(operation = {}) {
      return await call(next('freeBytes', ''), operation.signal, () => inner.freeBytes(operation));
    },
    close: () => inner.close(),
  };
}

async function collect(objects: AsyncIterable<StoredObject>): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of objects) found.push(object);
  return found;
}

async function lag(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
