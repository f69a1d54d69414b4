// Plays the events of a terminal recording onto a screen: at any speed, without its pauses, from anywhere. It has no clock of
// its own: whoever shows it says how much time has passed.
import type { TerminalEvent } from '../formats/terminal-event.ts';
import { TerminalScreen } from './terminal-screen.ts';

/** How it is played. */
export interface PlayerOptions {
  width: number;
  height: number;
  /** 2 is twice as fast. */
  speed?: number;
  /** Pauses longer than this are cut to it, in milliseconds of the recording. */
  idleMs?: number;
}

/** Plays what was appended so far; more may come while it plays. */
export class TerminalPlayer {
  readonly screen: TerminalScreen;
  speed: number;
  idleMs: number | undefined;
  readonly #size: { width: number; height: number };
  readonly #events: TerminalEvent[] = [];
  #next = 0;
  #positionMs = 0;
  #working: Promise<void> = Promise.resolve();

  constructor({ width, height, speed = 1, idleMs }: PlayerOptions) {
    this.#size = { width, height };
    this.screen = new TerminalScreen(width, height);
    this.speed = speed;
    this.idleMs = idleMs;
  }

  /** Where it is, in milliseconds of the recording. */
  get positionMs(): number {
    return this.#positionMs;
  }

  /** How far it can be played by now. */
  get loadedMs(): number {
    return this.#events.at(-1)?.atMs ?? 0;
  }

  /** True when everything that was appended is on the screen. */
  get isAtEnd(): boolean {
    return this.#next >= this.#events.length;
  }

  /** More of the recording. Only what changes the screen is kept. */
  append(events: readonly TerminalEvent[]): void {
    for (const event of events) if (event.type === 'output' || event.type === 'resize') this.#events.push(event);
  }

  /** Lets real time pass. Calls may overlap: they are done one after another. */
  tick(realMs: number): Promise<void> {
    return this.#inTurn(async () => {
      let target = this.#positionMs + realMs * this.speed;
      const next = this.#events[this.#next];
      if (this.idleMs !== undefined && next !== undefined) {
        const since = this.#events[this.#next - 1]?.atMs ?? 0;
        const isIdle = next.atMs - since > this.idleMs && target - since >= this.idleMs;
        if (isIdle && target < next.atMs) target = next.atMs;
      }
      await this.#playTo(Math.min(target, Math.max(this.loadedMs, this.#positionMs)));
    });
  }

  /** Shows the screen as it was at this moment, as far as it was appended. */
  seek(ms: number): Promise<void> {
    return this.#inTurn(async () => {
      const target = Math.max(0, Math.min(ms, this.loadedMs));
      if (target < this.#positionMs) {
        this.screen.reset(this.#size.width, this.#size.height);
        this.#next = 0;
      }
      await this.#playTo(target);
    });
  }

  async #playTo(ms: number): Promise<void> {
    let output: string[] = [];
    for (
      let event = this.#events[this.#next];
      event !== undefined && event.atMs <= ms;
      event = this.#events[this.#next]
    ) {
      this.#next += 1;
      if (event.type === 'output') output.push(event.text);
      else {
        await this.screen.write(output.join(''));
        output = [];
        const [columns, rows] = event.text.split('x').map(Number);
        if (isSize(columns) && isSize(rows)) this.screen.resize(columns, rows);
      }
    }
    if (output.length > 0) await this.screen.write(output.join(''));
    this.#positionMs = ms;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#working.then(work);
    this.#working = mine.catch(() => {});
    return mine;
  }
}

function isSize(count: number | undefined): count is number {
  return count !== undefined && Number.isInteger(count) && count >= 1 && count <= 1000;
}
