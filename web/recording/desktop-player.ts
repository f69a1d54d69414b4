// Plays the frames of a recorded desktop onto a screen. Moments of it are kept by a second screen that runs ahead, so that a jump
// draws little.
import type { DesktopFrame } from '../../src/recordings/replay/desktop-frames.ts';
import { TimedPlayer } from '../../src/recordings/replay/timed-player.ts';
import { DesktopMoments } from './desktop-moments.ts';
import { type DesktopMoment, DesktopScreen, openFrame, type OpeningFrame } from './desktop-screen.ts';

// Images of so many bytes are opened before their frame is drawn: a browser opens several at once.
const openingBytesMax = 512 * 1024;
const turnMs = 12;

/** A recorded desktop on a screen. */
export class DesktopPlayer extends TimedPlayer<DesktopFrame> {
  readonly screen = new DesktopScreen();
  readonly #ahead = new DesktopScreen();
  readonly #moments = new DesktopMoments<DesktopMoment>();
  #aheadFrames = 0;
  #drawing: Promise<void> = Promise.resolve();
  #isAheadBroken = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * Draws what was appended where nobody sees it, and keeps moments of it, until it has come to the end or is stopped. What cannot be drawn
   * is told when it is to be seen.
   */
  async runAhead(signal: AbortSignal): Promise<void> {
    try {
      if (!this.#isAheadBroken) await this.#runAhead(signal);
    } catch {
      this.#isAheadBroken = true;
    }
    this.#isAheadBroken ||= signal.aborted;
    this.#progressed();
  }

  protected async startFor(wanted: number, drawn: number, isWanted: () => boolean): Promise<number> {
    // Nobody has drawn so far yet: that is done once, by the screen that keeps moments on its way.
    while (wanted > drawn && wanted > this.#aheadFrames && !this.#isAheadBroken && isWanted())
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!isWanted()) return drawn;
    const nearest = this.#moments.before(wanted);
    if (wanted >= drawn && (nearest === undefined || nearest.frames <= drawn)) return drawn;
    this.screen.restore(nearest?.moment);
    return nearest?.frames ?? 0;
  }

  protected async draw(frames: DesktopFrame[]): Promise<void> {
    const drawing = this.#draw(frames);
    // What it throws is thrown to whoever asked for it.
    this.#drawing = drawing.catch(() => {});
    await drawing;
  }

  async #draw(frames: DesktopFrame[]): Promise<void> {
    for (const frame of openedAhead(frames)) await this.screen.apply(frame);
  }

  async #runAhead(signal: AbortSignal): Promise<void> {
    let turnEnds = performance.now() + turnMs;
    for (const frame of openedAhead(this.items, this.#aheadFrames)) {
      await this.#ahead.apply(frame);
      this.#aheadFrames += 1;
      this.#moments.offer(this.#aheadFrames, frame.bytes, () => this.#ahead.keep());
      if (signal.aborted) return;
      // Whoever watches comes first.
      if (performance.now() < turnEnds) continue;
      this.#progressed();
      await this.#drawing;
      await new Promise((resolve) => setTimeout(resolve, 0));
      turnEnds = performance.now() + turnMs;
    }
  }

  #progressed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

// Each frame in its turn, with the images of those after it opening already. More frames may be appended meanwhile.
function* openedAhead(frames: readonly DesktopFrame[], from = 0): Generator<OpeningFrame> {
  const opening: OpeningFrame[] = [];
  let bytes = 0;
  for (let next = from; ; ) {
    for (let frame = frames[next]; frame !== undefined; frame = frames[next]) {
      if (opening.length > 0 && bytes + frame.bytes > openingBytesMax) break;
      opening.push(openFrame(frame));
      bytes += frame.bytes;
      next += 1;
    }
    const frame = opening.shift();
    if (frame === undefined) return;
    yield frame;
    bytes -= frame.bytes;
  }
}
