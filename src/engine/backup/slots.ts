// So many at a time: whoever comes later waits until one is done.

/** Bounds how many tasks run at once. */
export class Slots {
  readonly #limit: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#taken >= this.#limit;
  }

  /** Resolves when there is room; `run` or `take` right after it takes the room. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Takes a slot, at once. `giveBack` must follow. */
  take(): void {
    this.#taken += 1;
  }

  giveBack(): void {
    this.#taken -= 1;
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
