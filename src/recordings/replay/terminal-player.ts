// Plays the events of a terminal recording onto a screen.
import type { TerminalEvent } from '../formats/terminal-event.ts';
import { TerminalScreen } from './terminal-screen.ts';
import { type PlayingOptions, TimedPlayer } from './timed-player.ts';

/** How it is played, and how large the terminal is at first. */
export interface PlayerOptions extends PlayingOptions {
  width: number;
  height: number;
}

/** A terminal recording on a screen. */
export class TerminalPlayer extends TimedPlayer<TerminalEvent> {
  readonly screen: TerminalScreen;
  readonly #size: { width: number; height: number };

  constructor({ width, height, ...options }: PlayerOptions) {
    super(options);
    this.#size = { width, height };
    this.screen = new TerminalScreen(width, height);
  }

  /** More of the recording. Only what changes the screen is kept. */
  override append(events: readonly TerminalEvent[]): void {
    super.append(events.filter(({ type }) => type === 'output' || type === 'resize'));
  }

  protected startFor(wanted: number, drawn: number): number {
    if (wanted >= drawn) return drawn;
    this.screen.reset(this.#size.width, this.#size.height);
    return 0;
  }

  protected async draw(events: TerminalEvent[]): Promise<void> {
    let output: string[] = [];
    for (const event of events) {
      if (event.type === 'output') output.push(event.text);
      else {
        await this.screen.write(output.join(''));
        output = [];
        const [columns, rows] = event.text.split('x').map(Number);
        if (isSize(columns) && isSize(rows)) this.screen.resize(columns, rows);
      }
    }
    if (output.length > 0) await this.screen.write(output.join(''));
  }
}

function isSize(count: number | undefined): count is number {
  return count !== undefined && Number.isInteger(count) && count >= 1 && count <= 1000;
}
