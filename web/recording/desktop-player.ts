// Plays the frames of a recorded desktop onto a screen. Moments of it are kept by a second screen that runs ahead, so that a jump
// draws little.
import type { DesktopFrame } from '../../src/recordings/replay/desktop-frames.ts';
import { TimedPlayer } from '../../src/recordings/replay/timed-player.ts';
import { type DesktopMoment, DesktopScreen } from './desktop-screen.ts';

// So much memory moments may take together: beyond it every other one is let go, and the rest lie further apart.
const momentBytesMax = 256 * 1024 * 1024;
const firstGap = 100;

/** A recorded desktop on a screen. */
export class DesktopPlayer extends TimedPlayer<DesktopFrame> {
  readonly screen = new DesktopScreen();
  readonly #ahead = new DesktopScreen();
  #aheadFrames = 0;
  #moments: { frames: number; moment: DesktopMoment }[] = [];
  #gap = firstGap;

  /** Draws what was appended where nobody sees it, and keeps moments of it, until it has come to the end or is stopped. */
  async runAhead(signal: AbortSignal): Promise<void> {
    for (; this.#aheadFrames < this.items.length && !signal.aborted; this.#aheadFrames += 1) {
      const frame = this.items[this.#aheadFrames];
      if (frame === undefined) return;
      await this.#ahead.apply(frame);
      this.#keep(this.#aheadFrames + 1);
      // Whoever watches comes first.
      if (this.#aheadFrames % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  protected startFor(wanted: number, drawn: number): number {
    const nearest = this.#moments.findLast(({ frames }) => frames <= wanted);
    if (wanted >= drawn && (nearest === undefined || nearest.frames <= drawn)) return drawn;
    this.screen.restore(nearest?.moment);
    return nearest?.frames ?? 0;
  }

  protected async draw(frames: DesktopFrame[]): Promise<void> {
    for (const frame of frames) await this.screen.apply(frame);
  }

  #keep(frames: number): void {
    if (frames - (this.#moments.at(-1)?.frames ?? 0) < this.#gap) return;
    const moment = this.#ahead.keep();
    if (moment === undefined) return;
    this.#moments.push({ frames, moment });
    const bytes = this.#moments.reduce((sum, kept) => sum + kept.moment.bytes, 0);
    if (bytes <= momentBytesMax) return;
    this.#moments = this.#moments.filter((_, index) => index % 2 === 1);
    this.#gap *= 2;
  }
}
