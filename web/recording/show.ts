// What every recording on a page has: it comes in pieces and plays meanwhile, keeps time, and has lines of text to jump to.
import type { TimedPlayer } from '../../src/recordings/replay/timed-player.ts';
import type { TranscriptLine } from '../../src/recordings/transcript/transcript.ts';

const linesMax = 200_000;
const clockEveryMs = 250;

/** A recording on the page. `changed` is called when the numbers around the picture have changed. */
export abstract class Show {
  readonly lines: TranscriptLine[] = [];
  damage: string | undefined;
  isPlaying = true;
  isLoaded = false;
  protected readonly changed: () => void;
  protected readonly stopped: AbortSignal;
  readonly #stop = new AbortController();
  #frame = 0;
  #before = performance.now();
  #toldAt = 0;

  constructor(changed: () => void) {
    this.changed = changed;
    this.stopped = this.#stop.signal;
    this.#frame = requestAnimationFrame(this.#tick);
  }

  get positionMs(): number {
    return this.player.positionMs;
  }

  get loadedMs(): number {
    return this.player.loadedMs;
  }

  set speed(speed: number) {
    this.player.speed = speed;
  }

  set idleMs(idleMs: number | undefined) {
    this.player.idleMs = idleMs;
  }

  /** Reads the recording and plays what is there while the rest comes. */
  async load(open: (signal: AbortSignal) => Promise<ReadableStream<string>>): Promise<void> {
    try {
      await this.take((await open(this.stopped)).getReader());
    } catch (error) {
      if (this.stopped.aborted) return;
      this.damage = messageOf(error);
    }
    this.isLoaded = true;
    this.changed();
  }

  /** Plays on, or stands still; at the end it begins anew. */
  toggle(): void {
    const isOver = this.isLoaded && this.player.isAtEnd;
    this.isPlaying = isOver ? true : !this.isPlaying;
    if (isOver) void this.seek(0);
    this.changed();
  }

  /** Shows another moment. */
  async seek(ms: number): Promise<void> {
    await this.#orDamage(this.player.seek(ms));
    if (this.stopped.aborted) return;
    this.draw();
    this.changed();
  }

  /** When the command before was given. */
  commandBefore(): number {
    return this.lines.findLast(({ kind, atMs }) => kind === 'command' && atMs < this.positionMs - 500)?.atMs ?? 0;
  }

  /** When the next command was given. */
  commandAfter(): number {
    return this.lines.find(({ kind, atMs }) => kind === 'command' && atMs > this.positionMs)?.atMs ?? this.loadedMs;
  }

  close(): void {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
  }

  protected abstract get player(): TimedPlayer<{ atMs: number }>;
  /** Reads to the end and appends to the player. What it throws is shown as damage. */
  protected abstract take(reader: ReadableStreamDefaultReader<string>): Promise<void>;
  /** Brings what the player shows onto the page. */
  protected abstract draw(): void;

  protected keep(lines: TranscriptLine[]): void {
    if (this.lines.length < linesMax) this.lines.push(...lines);
  }

  readonly #tick = (now: number): void => {
    const passed = Math.max(0, now - this.#before);
    this.#before = now;
    void this.#show(now, passed);
  };

  async #show(now: number, passed: number): Promise<void> {
    if (this.isPlaying) {
      await this.#orDamage(this.player.tick(passed));
      if (this.stopped.aborted) return;
      this.draw();
      if (this.isLoaded && this.player.isAtEnd) this.isPlaying = false;
      if (now - this.#toldAt > clockEveryMs || !this.isPlaying) {
        this.#toldAt = now;
        this.changed();
      }
    }
    this.#frame = requestAnimationFrame(this.#tick);
  }

  async #orDamage(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.damage = messageOf(error);
      this.isPlaying = false;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
