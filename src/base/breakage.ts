// What ends work that goes on in several places: the first thing that cannot be mended, wherever it came up, is thrown wherever somebody next looks.

/** Serves one piece of work, or is one that can break. */
export class Breakage {
  #broken: { error: unknown } | undefined;

  /** Ends the work, unless something has before. */
  breakWith(error: unknown): void {
    this.#broken ??= { error };
  }

  /** @throws what ended the work */
  throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken.error;
  }

  /** What the task throws ends the work. */
  async byFailureOf<Result>(task: () => Promise<Result>): Promise<Result> {
    try {
      return await task();
    } catch (error) {
      this.breakWith(error);
      throw error;
    }
  }

  /** The same of something under way that somebody awaits, but perhaps only after another one has failed. */
  watch<Result>(underWay: Promise<Result>): Promise<Result> {
    underWay.catch((error: unknown) => this.breakWith(error));
    return underWay;
  }
}
