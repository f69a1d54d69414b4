// Brings the emulator's rows of a terminal recording onto the page: only rows that changed are drawn.
import type { TerminalEvent } from '../../src/recordings/formats/terminal-event.ts';
import { TerminalPlayer } from '../../src/recordings/replay/terminal-player.ts';
import type { ScreenColor, ScreenRun } from '../../src/recordings/replay/terminal-screen.ts';
import { Transcript } from '../../src/recordings/transcript/transcript.ts';
import { Show } from './show.ts';

const eventTypes: Record<string, TerminalEvent['type']> = { o: 'output', i: 'input', r: 'resize', m: 'marker' };
// A browser tab holds so much text well; what comes after is not loaded.
const charactersMax = 256 * 1024 * 1024;

/** A terminal recording on the page: lines of asciicast 2. */
export class TerminalShow extends Show {
  protected readonly player: TerminalPlayer;
  readonly #place: HTMLElement;
  readonly #drawn: string[] = [];

  constructor(
    place: HTMLElement,
    size: { width?: number | undefined; height?: number | undefined },
    changed: () => void,
  ) {
    super(changed);
    this.#place = place;
    this.player = new TerminalPlayer({ width: size.width ?? 80, height: size.height ?? 24 });
    this.#fit();
    addEventListener('resize', this.#fit, { signal: this.stopped });
  }

  override close(): void {
    super.close();
    this.player.screen.dispose();
    this.#place.replaceChildren();
  }

  protected async take(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    const transcript = new Transcript();
    let rest = '';
    let characters = 0;
    for (;;) {
      const { value, done } = await reader.read();
      const lines = `${rest}${value ?? ''}`.split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      this.#append(lines, transcript);
      characters += value?.length ?? 0;
      if (done) break;
      if (characters > charactersMax) {
        this.damage = `only the first ${this.loadedMs} ms fit into this page`;
        await reader.cancel();
        break;
      }
    }
    this.keep(transcript.end());
  }

  #append(lines: string[], transcript: Transcript): void {
    const events: TerminalEvent[] = [];
    for (const line of lines) {
      if (line === '') continue;
      const value = JSON.parse(line) as unknown;
      if (!Array.isArray(value)) {
        const { damage } = value as { damage?: string };
        if (damage !== undefined) this.damage = damage;
        continue;
      }
      const [seconds, code, text] = value as [number, string, string];
      const type = eventTypes[code];
      if (type === undefined) continue;
      const event = { atMs: seconds * 1000, type, text };
      events.push(event);
      this.keep(transcript.take(event));
    }
    this.player.append(events);
    this.changed();
  }

  // Letters are as large as the width allows.
  readonly #fit = (): void => {
    const { columns, rows } = this.player.screen;
    const width = this.#place.parentElement?.clientWidth ?? 800;
    this.#place.style.fontSize = `${Math.max(5, Math.min(16, (width - 20) / columns / 0.605))}px`;
    this.#place.style.width = `${columns}ch`;
    this.#place.style.minHeight = `${rows * 1.25}em`;
  };

  protected draw(): void {
    const { screen } = this.player;
    if (this.#place.childElementCount !== screen.rows) {
      this.#place.replaceChildren(...Array.from({ length: screen.rows }, () => document.createElement('div')));
      this.#drawn.length = 0;
      this.#fit();
    }
    for (let index = 0; index < screen.rows; index += 1) {
      const runs = screen.row(index);
      const key = JSON.stringify(runs);
      if (this.#drawn[index] === key) continue;
      this.#drawn[index] = key;
      this.#place.children[index]?.replaceChildren(...runs.map(spanOf));
    }
  }
}

function spanOf({ text, style }: ScreenRun): HTMLSpanElement {
  const span = document.createElement('span');
  span.textContent = text;
  const [front, back] = style.inverse
    ? [colorOf(style.background) ?? 'var(--term-back)', colorOf(style.foreground) ?? 'var(--term-front)']
    : [colorOf(style.foreground), colorOf(style.background)];
  if (front !== undefined) span.style.color = front;
  if (back !== undefined) span.style.backgroundColor = back;
  if (style.bold) span.style.fontWeight = '700';
  if (style.italic) span.style.fontStyle = 'italic';
  if (style.dim) span.style.opacity = '0.6';
  const lines = [style.underline ? 'underline' : '', style.strike ? 'line-through' : ''].join(' ').trim();
  if (lines !== '') span.style.textDecoration = lines;
  return span;
}

// The first sixteen are readable on the dark ground; then the cube of 6×6×6, then greys.
const named = [
  '#5c6773',
  '#ff6b6b',
  '#7bd88f',
  '#ffd866',
  '#78b7ff',
  '#d6a2ff',
  '#5fd7d7',
  '#d5dbe1',
  '#8a96a3',
  '#ff8f8f',
  '#a0e8b0',
  '#ffe699',
  '#a3ceff',
  '#e5c4ff',
  '#8ae6e6',
  '#ffffff',
];
const steps = [0, 95, 135, 175, 215, 255];

function colorOf(color: ScreenColor): string | undefined {
  if (typeof color !== 'number') return color;
  if (color < 16) return named[color];
  if (color >= 232) {
    const grey = 8 + (color - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const cube = color - 16;
  return `rgb(${steps[Math.floor(cube / 36)]} ${steps[Math.floor(cube / 6) % 6]} ${steps[cube % 6]})`;
}
