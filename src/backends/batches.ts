// Calls wait in a line; the first of it takes along every other of its kind: one run of a program then serves them all. When
// much waits, others travel beside the first.
import { Failure } from '../base/failure.ts';

/** What a call waits with. */
export interface Call<Kind extends string> {
  kind: Kind;
  key: string;
  /** Bytes it needs in a spool. */
  bytes: number;
}

/** Serves a batch: the result per call, in order. A rejection is for all of them. Stops when the signal is aborted. */
export type Serve<Kind extends string, Asked extends Call<Kind>> = (
  batch: Asked[],
  signal: AbortSignal,
) => Promise<PromiseSettledResult<unknown>[]>;

/** How much goes into one run, and how many runs there are at once. */
export interface BatchLimits {
  calls: number;
  bytes: number;
  /** Batches under way at once. */
  atOnce: number;
  /** What must wait for another run to begin beside those under way: one of both is enough. */
  worthARun: { calls: number; bytes: number };
  /** Whether a place refused a batch only because another was under way: it goes again, and from then on alone. */
  isRefusedBeside?(error: unknown): boolean;
}

interface Waiting<Asked> {
  call: Asked;
  resolve: (value: unknown) => void;
  reject: (reason: Error) => void;
  isSettled: boolean;
}

interface Lane<Asked> {
  batch: Waiting<Asked>[];
  stop: AbortController;
  /** Whether another batch was under way while this one was. */
  hadCompany: boolean;
  done: Promise<void>;
}

/** Lines calls up. */
export interface BatchQueue<Asked> {
  /** Rejects with the signal's reason at once when it is aborted; the run ends when nobody waits for it any more. */
  ask(call: Asked, signal: AbortSignal | undefined): Promise<unknown>;
  /** Rejects everything that waits and ends the runs under way. */
  close(): Promise<void>;
}

/**
 * A queue over `serve`. A batch holds calls of one kind, each key once, within the limits, or one call above them. No key is
 * in two batches at once.
 */
export function batchQueue<Kind extends string, Asked extends Call<Kind>>(
  serve: Serve<Kind, Asked>,
  limits: BatchLimits,
): BatchQueue<Asked> {
  let waiting: Waiting<Asked>[] = [];
  const lanes = new Set<Lane<Asked>>();
  let { atOnce } = limits;
  let isClosed = false;

  // What waits is shared out among the runs there may be, unless that would make them small.
  function takeBatch(): Waiting<Asked>[] {
    const underWay = [...lanes].filter(({ batch }) => batch.length > 0);
    const keys = new Set(underWay.flatMap(({ batch }) => batch.map(({ call }) => call.key)));
    const kind = waiting.find(({ call }) => !keys.has(call.key))?.call.kind;
    const shared = Math.ceil(waiting.length / Math.max(1, atOnce - underWay.length));
    const callsMax = Math.min(limits.calls, Math.max(limits.worthARun.calls, shared));
    const batch: Waiting<Asked>[] = [];
    const left: Waiting<Asked>[] = [];
    let bytes = 0;
    let looked = 0;
    // Thousands may wait: whoever takes a few does not look at all of them.
    for (; looked < waiting.length && batch.length < callsMax; looked += 1) {
      const entry = waiting[looked] as Waiting<Asked>;
      const { call } = entry;
      const hasRoom = batch.length === 0 || bytes + call.bytes <= limits.bytes;
      if (call.kind !== kind || keys.has(call.key) || !hasRoom) {
        left.push(entry);
        continue;
      }
      batch.push(entry);
      keys.add(call.key);
      bytes += call.bytes;
    }
    waiting = [...left, ...waiting.slice(looked)];
    return batch;
  }

  function isWorthARun(): boolean {
    if (waiting.length >= limits.worthARun.calls) return true;
    return waiting.reduce((sum, { call }) => sum + call.bytes, 0) >= limits.worthARun.bytes;
  }

  function openLane(): void {
    const lane: Lane<Asked> = { batch: [], stop: new AbortController(), hadCompany: false, done: Promise.resolve() };
    lanes.add(lane);
    lane.done = travel(lane);
  }

  async function travel(lane: Lane<Asked>): Promise<void> {
    for (;;) {
      // A turn of the event loop later, so that calls made together, or after the same batch, travel together.
      await new Promise((resolve) => setImmediate(resolve));
      if (lanes.size <= atOnce) lane.batch = takeBatch();
      if (lane.batch.length === 0) break;
      if (lanes.size < atOnce && isWorthARun()) openLane();
      await run(lane);
    }
    lanes.delete(lane); // In the same turn: whoever asks later opens another.
  }

  async function run(lane: Lane<Asked>): Promise<void> {
    const { batch } = lane;
    const others = [...lanes].filter((other) => other !== lane && other.batch.length > 0);
    lane.hadCompany = others.length > 0;
    for (const other of others) other.hadCompany = true;
    lane.stop = new AbortController();
    try {
      const results = await serve(
        batch.map(({ call }) => call),
        lane.stop.signal,
      );
      for (const [index, result] of results.entries()) {
        if (result.status === 'fulfilled') batch[index]?.resolve(result.value);
        else batch[index]?.reject(result.reason);
      }
    } catch (error) {
      if (!isClosed && lane.hadCompany && limits.isRefusedBeside?.(error)) {
        atOnce = 1;
        waiting.unshift(...batch.filter(({ isSettled }) => !isSettled));
      } else for (const entry of batch) entry.reject(error as Error);
    }
    lane.batch = [];
  }

  function giveUp(entry: Waiting<Asked>, reason: Error): void {
    waiting = waiting.filter((other) => other !== entry);
    entry.reject(reason);
    for (const { batch, stop } of lanes)
      if (batch.includes(entry) && batch.every(({ isSettled }) => isSettled)) stop.abort(reason);
  }

  const listeners = new Map<AbortSignal, { entries: Set<Waiting<Asked>>; abort: () => void }>();

  // One listener for all calls of a signal: a signal looks through all that it has whenever one is added.
  function listen(signal: AbortSignal, entry: Waiting<Asked>): void {
    let listener = listeners.get(signal);
    if (listener === undefined) {
      const entries = new Set<Waiting<Asked>>();
      listener = { entries, abort: () => entries.forEach((one) => giveUp(one, signal.reason as Error)) };
      listeners.set(signal, listener);
      signal.addEventListener('abort', listener.abort, { once: true });
    }
    listener.entries.add(entry);
  }

  function unlisten(signal: AbortSignal, entry: Waiting<Asked>): void {
    const listener = listeners.get(signal);
    listener?.entries.delete(entry);
    if (listener === undefined || listener.entries.size > 0) return;
    listeners.delete(signal);
    signal.removeEventListener('abort', listener.abort);
  }

  return {
    ask(call, signal) {
      if (isClosed) return Promise.reject(closedFailure());
      return new Promise((resolve, reject) => {
        const settle = (action: () => void): void => {
          entry.isSettled = true;
          if (signal !== undefined) unlisten(signal, entry);
          action();
        };
        const entry: Waiting<Asked> = {
          call,
          isSettled: false,
          resolve: (value) => settle(() => resolve(value)),
          reject: (reason) => settle(() => reject(reason)),
        };
        if (signal !== undefined) listen(signal, entry);
        waiting.push(entry);
        if (lanes.size === 0) openLane();
      });
    },
    async close() {
      isClosed = true;
      for (const entry of waiting.splice(0)) entry.reject(closedFailure());
      for (const { stop } of lanes) stop.abort(closedFailure());
      await Promise.all([...lanes].map(({ done }) => done));
    },
  };
}

function closedFailure(): Failure {
  return new Failure('backend.closed', {
    message: 'the connection to the place was closed while something waited for it',
    hint: 'Orbit was stopped, or the destination was removed. Run again.',
  });
}
