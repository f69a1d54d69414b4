// Time comes through here, so that tests can stand it still.

/** Tells the time. Everything that stores, compares or shows a time takes one of these. */
export interface Clock {
  now(): Date;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands at `start` until `advance(ms)` moves it. For tests. */
export function fixedClock(start: Date): Clock & { advance(ms: number): void } {
  let nowMs = start.getTime();
  return {
    now: () => new Date(nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
