// Moments of a recorded desktop that are kept so that a jump begins near its end: as many as memory allows, about equal work apart.

// So much memory moments may take together: twice as much of them halves what a jump draws. Not every browser tells what its machine has.
const { deviceMemory: gigabytes = 0 } = globalThis.navigator as { deviceMemory?: number };
const bytesMax = (gigabytes >= 8 ? 512 : 256) * 1024 * 1024;
// Below this a jump is quick anyway. In bytes of images and numbers.
const workMin = 512 * 1024;

/** A moment, and how many frames had been drawn. */
export interface KeptMoment<Moment> {
  frames: number;
  moment: Moment;
}

/** The moments of one recording, in order. A moment says how many bytes of memory it takes. */
export class DesktopMoments<Moment extends { bytes: number }> {
  readonly #bytesMax: number;
  readonly #kept: (KeptMoment<Moment> & { work: number })[] = [];
  #work = 0;
  #bytes = 0;

  constructor(limit = bytesMax) {
    this.#bytesMax = limit;
  }

  /** After each frame in its turn: `work` is its bytes, and `keep` is called when the moment is worth it. */
  offer(frames: number, work: number, keep: () => Moment | undefined): void {
    this.#work += work;
    if (this.#work - (this.#kept.at(-1)?.work ?? 0) < workMin) return;
    const moment = keep();
    if (moment === undefined) return;
    this.#kept.push({ frames, moment, work: this.#work });
    this.#bytes += moment.bytes;
    while (this.#bytes > this.#bytesMax && this.#kept.length > 1) this.#thin();
  }

  /** The last moment of no more than so many frames. */
  before(frames: number): KeptMoment<Moment> | undefined {
    return this.#kept.findLast((kept) => kept.frames <= frames);
  }

  // Lets go of the one that is missed least: it leaves the smallest gap. The last one stays.
  #thin(): void {
    let least = 0;
    let gapMin = Infinity;
    for (let index = 0; index < this.#kept.length - 1; index += 1) {
      const gap = (this.#kept[index + 1]?.work ?? 0) - (this.#kept[index - 1]?.work ?? 0);
      if (gap >= gapMin) continue;
      gapMin = gap;
      least = index;
    }
    this.#bytes -= this.#kept.splice(least, 1)[0]?.moment.bytes ?? 0;
  }
}
