// Loads what is wanted next while the caller is busy with what came before.
import type { Operation } from '../base/operation.ts';
import type { ReadAhead } from './abilities.ts';

/** An object on its way. Await `loaded`: it may fail for one and not for the next. */
export interface LoadedAhead<Wanted, Loaded> {
  wanted: Wanted;
  loaded: Promise<Loaded>;
}

/**
 * Gives what `load` gives for each object, in their order, and begins early with the next ones: within `limits`, or one above
 * them, are on their way or wait for the caller. Whoever leaves early ends what is on its way; sizes are in bytes.
 */
export async function* loadAhead<Wanted extends { size: number }, Loaded>(
  objects: readonly Wanted[],
  load: (wanted: Wanted, operation: { signal: AbortSignal }) => Promise<Loaded>,
  limits: ReadAhead,
  options: Operation = {},
): AsyncGenerator<LoadedAhead<Wanted, Loaded>> {
  const leaving = new AbortController();
  const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([options.signal, leaving.signal]);
  const ahead: LoadedAhead<Wanted, Loaded>[] = [];
  let bytes = 0;
  let begun = 0;
  const begin = (): void => {
    for (let wanted = objects[begun]; wanted !== undefined; wanted = objects[begun]) {
      const isFull = ahead.length >= limits.calls || bytes + wanted.size > limits.bytes;
      if (isFull && ahead.length > 0) return;
      const loaded = load(wanted, { signal });
      loaded.catch(() => {}); // Told to whoever awaits it.
      ahead.push({ wanted, loaded });
      bytes += wanted.size;
      begun += 1;
    }
  };
  try {
    for (;;) {
      // By halves, so that a place that serves many together is asked for many together.
      if (ahead.length <= limits.calls / 2 && bytes <= limits.bytes / 2) begin();
      const next = ahead.shift();
      if (next === undefined) return;
      yield next;
      bytes -= next.wanted.size;
    }
  } finally {
    leaving.abort();
    await Promise.allSettled(ahead.map(({ loaded }) => loaded));
  }
}
