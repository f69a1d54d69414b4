// Plays what has times, at any speed, without its pauses, from anywhere. It has no clock of its own: whoever shows it says how
// much time has passed. What is played and how it is drawn is for those who extend it.

/** How it is played. */
export interface PlayingOptions {
  /** 2 is twice as fast. */
  speed?: number | undefined;
  /** Pauses longer than this are cut to it, in milliseconds of the recording. */
  idleMs?: number | undefined;
}

/** Plays what was appended so far; more may come while it plays. */
export abstract class TimedPlayer<Item extends { atMs: number }> {
  speed: number;
  idleMs: number | undefined;
  protected readonly items: Item[] = [];
  #next = 0;
  #positionMs = 0;
  #seeks = 0;
  #working: Promise<void> = Promise.resolve();

  constructor({ speed = 1, idleMs }: PlayingOptions = {}) {
    this.speed = speed;
    this.idleMs = idleMs;
  }

  /** Where it is, in milliseconds of the recording. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** How far it can be played by now. */
  get loadedMs(): number {
    return this.items.at(-1)?.atMs ?? 0;
  }

  /** True when everything that was appended is on the screen. */
  get isAtEnd(): boolean {
    return this.#next >= this.items.length;
  }

  /** More of the recording. What claims to be earlier than what came before it is shown right after that. */
  append(items: readonly Item[]): void {
    for (const item of items) {
      const { loadedMs } = this;
      this.items.push(item.atMs < loadedMs ? { ...item, atMs: loadedMs } : item);
    }
  }

  /** Lets real time pass. Calls may overlap: they are done one after another. */
  tick(realMs: number): Promise<void> {
    return this.#inTurn(async () => {
      let target = this.#positionMs + realMs * this.speed;
      const next = this.items[this.#next];
      if (this.idleMs !== undefined && next !== undefined) {
        const since = this.items[this.#next - 1]?.atMs ?? 0;
        const isIdle = next.atMs - since > this.idleMs && target - since >= this.idleMs;
        if (isIdle && target < next.atMs) target = next.atMs;
      }
      await this.#playTo(Math.min(target, Math.max(this.loadedMs, this.#positionMs)));
    });
  }

  /** Shows how it was at this moment, as far as it was appended. One that another follows before its turn has come shows nothing. */
  seek(ms: number): Promise<void> {
    this.#seeks += 1;
    const seek = this.#seeks;
    const isWanted = (): boolean => seek === this.#seeks;
    return this.#inTurn(async () => {
      if (!isWanted()) return;
      const target = Math.max(0, Math.min(ms, this.loadedMs));
      this.#next = await this.startFor(this.#countUntil(target), this.#next, isWanted);
      if (isWanted()) await this.#playTo(target);
    });
  }

  /** Draws these items on top of what is there. */
  protected abstract draw(items: Item[]): Promise<void>;

  /**
   * Prepares the screen for showing the first `wanted` items, `drawn` of which it shows; gives how many it shows now, at most `wanted`
   * while `isWanted`.
   */
  protected abstract startFor(wanted: number, drawn: number, isWanted: () => boolean): number | Promise<number>;

  async #playTo(ms: number): Promise<void> {
    const until = this.#countUntil(ms);
    if (until > this.#next) {
      const items = this.items.slice(this.#next, until);
      this.#next = until;
      await this.draw(items);
    }
    this.#positionMs = ms;
  }

  // How many items are no later than this.
  #countUntil(ms: number): number {
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.items[middle]?.atMs ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#working.then(work);
    this.#working = mine.catch(() => {});
    return mine;
  }
}
