// So many at a time: whoever comes later waits until one is done.

/** Bounds how many tasks run at once. */
export class Slots {
  /** How many may run at once. */
  readonly limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.#taken >= this.limit;
  }

  /** Resolves when there is room; `run` or `take` right after it takes the room. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Takes slots, at once. `giveBack` of as many must follow. */
  take(count = 1): void {
    this.#taken += count;
  }

  giveBack(count = 1): void {
    this.#taken -= count;
    this.#waiting.shift()?.();
  }

  /** Runs the task in a slot, at once. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    this.take();
    try {
      return await task();
    } finally {
      this.giveBack();
    }
  }
}
