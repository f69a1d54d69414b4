// Calls wait in a line; the first of it takes along every other of its kind: one rsync run then serves them all.
import { Failure } from '../../base/failure.ts';

/** What a call waits with. */
export interface Call<Kind extends string> {
  kind: Kind;
  key: string;
  /** Bytes it needs in the spool. */
  bytes: number;
}

/** Serves a batch: the result per call, in order. A rejection is for all of them. Stops when the signal is aborted. */
export type Serve<Kind extends string, Asked extends Call<Kind>> = (
  batch: Asked[],
  signal: AbortSignal,
) => Promise<PromiseSettledResult<unknown>[]>;

/** How many calls, and how many bytes of theirs, go into one run. */
export interface BatchLimits {
  calls: number;
  bytes: number;
}

interface Waiting<Asked> {
  call: Asked;
  resolve: (value: unknown) => void;
  reject: (reason: Error) => void;
  isSettled: boolean;
}

/** Lines calls up, one batch at a time. */
export interface BatchQueue<Asked> {
  /** Rejects with the signal's reason at once when it is aborted; the run ends when nobody waits for it any more. */
  ask(call: Asked, signal: AbortSignal | undefined): Promise<unknown>;
  /** Rejects everything that waits and ends the run under way. */
  close(): Promise<void>;
}

/** A queue over `serve`. A batch holds calls of one kind, each key once, within the limits, or one call above them. */
export function batchQueue<Kind extends string, Asked extends Call<Kind>>(
  serve: Serve<Kind, Asked>,
  limits: BatchLimits,
): BatchQueue<Asked> {
  let waiting: Waiting<Asked>[] = [];
  let running: { batch: Waiting<Asked>[]; stop: AbortController; done: Promise<void> } | undefined;
  let isClosed = false;

  function takeBatch(): Waiting<Asked>[] {
    const [first] = waiting;
    if (first === undefined) return [];
    const batch = new Set<Waiting<Asked>>();
    const keys = new Set<string>();
    let bytes = 0;
    for (const entry of waiting) {
      const { call } = entry;
      if (call.kind !== first.call.kind || keys.has(call.key) || batch.size >= limits.calls) continue;
      if (batch.size > 0 && bytes + call.bytes > limits.bytes) continue;
      batch.add(entry);
      keys.add(call.key);
      bytes += call.bytes;
    }
    waiting = waiting.filter((entry) => !batch.has(entry));
    return [...batch];
  }

  async function nextBatch(): Promise<Waiting<Asked>[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return takeBatch();
  }

  async function work(): Promise<void> {
    // A turn of the event loop later, so that calls made together, or after the same batch, travel together.
    for (let batch = await nextBatch(); batch.length > 0; batch = await nextBatch()) {
      const stop = new AbortController();
      if (running !== undefined) Object.assign(running, { batch, stop });
      try {
        const results = await serve(
          batch.map(({ call }) => call),
          stop.signal,
        );
        for (const [index, result] of results.entries()) {
          if (result.status === 'fulfilled') batch[index]?.resolve(result.value);
          else batch[index]?.reject(result.reason);
        }
      } catch (error) {
        for (const entry of batch) entry.reject(error as Error);
      }
    }
    running = undefined;
  }

  return {
    ask(call, signal) {
      if (isClosed) return Promise.reject(closedFailure());
      return new Promise((resolve, reject) => {
        const settle = (action: () => void): void => {
          entry.isSettled = true;
          signal?.removeEventListener('abort', abort);
          action();
        };
        const entry: Waiting<Asked> = {
          call,
          isSettled: false,
          resolve: (value) => settle(() => resolve(value)),
          reject: (reason) => settle(() => reject(reason)),
        };
        const abort = (): void => {
          waiting = waiting.filter((other) => other !== entry);
          entry.reject(signal?.reason as Error);
          if (running?.batch.includes(entry) && running.batch.every(({ isSettled }) => isSettled)) {
            running.stop.abort(signal?.reason);
          }
        };
        signal?.addEventListener('abort', abort, { once: true });
        waiting.push(entry);
        if (running === undefined) {
          running = { batch: [], stop: new AbortController(), done: Promise.resolve() };
          running.done = work();
        }
      });
    },
    async close() {
      isClosed = true;
      for (const entry of waiting.splice(0)) entry.reject(closedFailure());
      running?.stop.abort(closedFailure());
      await running?.done;
    },
  };
}

function closedFailure(): Failure {
  return new Failure('backend.closed', {
    message: 'the connection to the place was closed while something waited for it',
    hint: 'Orbit was stopped, or the destination was removed. Run again.',
  });
}
