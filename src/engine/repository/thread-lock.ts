// A lock in shared memory for moments so short that waiting for them is cheaper than asking another thread.
const free = 0;
const taken = 1;
const spins = 2000;
const patienceMs = 10_000;

/** One word of shared memory, taken by one thread at a time. */
export class ThreadLock {
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(words: Int32Array, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** Waits until the lock is ours. @throws when its holder has been gone for 10 s, which only a crashed thread explains. */
  take(): void {
    for (let spin = 0; spin < spins; spin += 1) {
      if (Atomics.compareExchange(this.#words, this.#at, free, taken) === free) return;
    }
    const deadline = performance.now() + patienceMs;
    while (Atomics.compareExchange(this.#words, this.#at, free, taken) !== free) {
      Atomics.wait(this.#words, this.#at, taken, 5);
      if (performance.now() > deadline) throw new Error('a thread ended while it held the lock of the blob index');
    }
  }

  release(): void {
    Atomics.store(this.#words, this.#at, free);
  }
}
