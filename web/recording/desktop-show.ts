// Brings a recorded desktop onto the page: a canvas that is as wide as the page lets it be.
import { GuacamoleParser } from '../../src/recordings/formats/guacamole-parser.ts';
import { type DesktopFrame, DesktopFrames } from '../../src/recordings/replay/desktop-frames.ts';
import { DesktopPlayer } from './desktop-player.ts';
import { Show } from './show.ts';

// A browser tab holds so much of it well; what comes after is not loaded.
const bytesMax = 512 * 1024 * 1024;

/** A Guacamole recording on the page. */
export class DesktopShow extends Show {
  protected readonly player = new DesktopPlayer();
  readonly #canvas = document.createElement('canvas');
  readonly #context = this.#canvas.getContext('2d');
  #ahead: Promise<void> = Promise.resolve();
  #drawn = 0;

  constructor(place: HTMLElement, changed: () => void) {
    super(changed);
    this.#canvas.className = 'desktop';
    place.replaceChildren(this.#canvas);
  }

  override close(): void {
    super.close();
    this.#canvas.remove();
  }

  protected async take(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    const parser = new GuacamoleParser();
    const frames = new DesktopFrames();
    for (;;) {
      const { value, done } = await reader.read();
      const found: DesktopFrame[] = [];
      for (const instruction of parser.take(value ?? '')) {
        const frame = frames.take(instruction);
        if (frame !== undefined) found.push(frame);
      }
      const rest = done ? frames.end() : undefined;
      this.#append(rest === undefined ? found : [...found, rest]);
      this.keep(frames.takeLines());
      if (done) return;
      if (parser.fault !== undefined) throw new Error(parser.fault);
      if (frames.bytes > bytesMax) {
        await reader.cancel();
        throw new Error(`only the first ${this.loadedMs} ms fit into this page`);
      }
    }
  }

  protected draw(): void {
    const { screen } = this.player;
    if (this.#context === null || this.#drawn === screen.changes) return;
    this.#drawn = screen.changes;
    if (this.#canvas.width !== screen.width) this.#canvas.width = screen.width;
    if (this.#canvas.height !== screen.height) this.#canvas.height = screen.height;
    screen.draw(this.#context);
  }

  #append(frames: DesktopFrame[]): void {
    this.player.append(frames);
    this.#ahead = this.#ahead.then(() => this.player.runAhead(this.stopped));
    this.changed();
  }
}
