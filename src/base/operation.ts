// What every long operation takes: a way to stop it and a way to hear from it.

/** Options shared by operations. `report` gets events; whoever shows progress folds them into numbers. */
export interface Operation<Event = never> {
  signal?: AbortSignal;
  report?: (event: Event) => void;
}

/** Throws the signal's reason when it was aborted; operations call it between two steps that take time. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
}
