// A terminal that is drawn in memory: recorded output goes in, rows of styled text come out. It runs in Node and in browsers,
// and nothing of a recording ever reaches the terminal of whoever watches.
import type { IBufferCell, Terminal as HeadlessTerminal } from '@xterm/headless';
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';

/** A colour: undefined for the terminal's own, a number of the palette of 256, or `#rrggbb`. */
export type ScreenColor = number | string | undefined;

/** How a run of text looks. */
export interface ScreenStyle {
  foreground: ScreenColor;
  background: ScreenColor;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  strike: boolean;
}

/** Text in one style. */
export interface ScreenRun {
  text: string;
  style: ScreenStyle;
}

// xterm takes no more than 50 MB ahead, and rests between pieces of what it was given.
const pieceCharacters = 1_000_000;

/** The screen. */
export class TerminalScreen {
  #terminal: HeadlessTerminal;
  #cell: IBufferCell | undefined;

  constructor(columns: number, rows: number) {
    this.#terminal = open(columns, rows);
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  get cursor(): { column: number; row: number } {
    const { cursorX, cursorY } = this.#terminal.buffer.active;
    return { column: cursorX, row: cursorY };
  }

  /** Draws output; settles when it is on the screen. */
  async write(text: string): Promise<void> {
    for (let at = 0; at < text.length; at += pieceCharacters) {
      const piece = text.slice(at, at + pieceCharacters);
      await new Promise<void>((resolve) => this.#terminal.write(piece, resolve));
    }
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** An empty screen of this size. */
  reset(columns: number, rows: number): void {
    this.#terminal.dispose();
    this.#terminal = open(columns, rows);
    this.#cell = undefined;
  }

  /** A row of the screen, from 0 at the top; blanks at its end are left out unless they are coloured. */
  row(index: number): ScreenRun[] {
    const { active } = this.#terminal.buffer;
    const line = active.getLine(active.baseY + index);
    const runs: ScreenRun[] = [];
    if (line === undefined) return runs;
    let last = '';
    for (let column = 0; column < this.columns; column += 1) {
      const cell = line.getCell(column, this.#cell);
      if (cell === undefined) break;
      this.#cell = cell;
      // The second half of a wide character.
      if (cell.getWidth() === 0) continue;
      const style = styleOf(cell);
      const key = JSON.stringify(style);
      const text = cell.isInvisible() !== 0 || cell.getChars() === '' ? ' ' : cell.getChars();
      const run = runs.at(-1);
      if (run !== undefined && key === last) run.text += text;
      else runs.push({ text, style });
      last = key;
    }
    const end = runs.at(-1);
    if (end !== undefined && end.style.background === undefined && !end.style.inverse && !end.style.underline)
      end.text = end.text.trimEnd();
    return end?.text === '' ? runs.slice(0, -1) : runs;
  }

  /** The screen's text, row by row. */
  text(): string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      this.row(row)
        .map(({ text }) => text)
        .join(''),
    );
  }

  dispose(): void {
    this.#terminal.dispose();
  }
}

function open(cols: number, rows: number): HeadlessTerminal {
  return new Terminal({ cols, rows, scrollback: 0, allowProposedApi: true, convertEol: false });
}

function styleOf(cell: IBufferCell): ScreenStyle {
  return {
    foreground: colorOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colorOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    strike: cell.isStrikethrough() !== 0,
  };
}

function colorOf(isDefault: boolean, isRgb: boolean, value: number): ScreenColor {
  if (isDefault) return undefined;
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value;
}
