// So many at once, the others wait in a line.
import { abortable } from './abortable.ts';

/** Hands out turns. */
export interface Turns {
  /** A turn at once, or undefined when there is none. */
  now(): (() => void) | undefined;
  /** Waits for a turn; whoever has one gives it back by calling what this gives, once. Rejects with the signal's reason. */
  take(signal: AbortSignal | undefined): Promise<() => void>;
}

/** `atOnce` turns; they are handed on in the order in which they were asked for. */
export function turns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  };
  const now = (): (() => void) | undefined => {
    if (taken >= atOnce) return undefined;
    taken += 1;
    return giveBack;
  };
  return {
    now,
    async take(signal) {
      signal?.throwIfAborted();
      const free = now();
      if (free !== undefined) return free;
      let go = (): void => {};
      const turn = new Promise<void>((resolve) => {
        go = resolve;
        waiting.push(resolve);
      });
      await abortable(turn, signal).catch((error: unknown) => {
        const at = waiting.indexOf(go);
        if (at >= 0) waiting.splice(at, 1);
        else giveBack(); // The turn came all the same: hand it on.
        throw error;
      });
      return giveBack;
    },
  };
}
