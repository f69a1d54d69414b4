// Draws a screen onto a terminal: only rows that changed, only text and colours. No control sequence of a recording gets through.
import type { ScreenColor, ScreenStyle, TerminalScreen } from '../../recordings/replay/terminal-screen.ts';

/** What was drawn last, so that only changes are drawn. */
export class TerminalView {
  #drawn: string[] = [];
  #status = '';

  /** The output that turns what was drawn before into this screen with this line below it. */
  draw(screen: TerminalScreen, status: string, limits: { columns: number; rows: number }): string {
    const rows = Math.min(screen.rows, Math.max(1, limits.rows - 1));
    const output: string[] = [];
    for (let row = 0; row < rows; row += 1) {
      const text = rowText(screen, row, limits.columns);
      if (this.#drawn[row] === text) continue;
      this.#drawn[row] = text;
      output.push(`\x1b[${row + 1};1H${text}\x1b[0m\x1b[K`);
    }
    for (let row = rows; row < this.#drawn.length; row += 1) output.push(`\x1b[${row + 1};1H\x1b[K`);
    this.#drawn.length = rows;
    const line = [...status].slice(0, limits.columns).join('');
    if (line !== this.#status || output.length > 0) output.push(`\x1b[${limits.rows};1H\x1b[7m${line}\x1b[0m\x1b[K`);
    this.#status = line;
    return output.join('');
  }

  /** Forgets what was drawn: the terminal was cleared. */
  forget(): void {
    this.#drawn = [];
    this.#status = '';
  }
}

function rowText(screen: TerminalScreen, row: number, columns: number): string {
  let left = columns;
  let text = '';
  for (const run of screen.row(row)) {
    const characters = [...printable(run.text)].slice(0, left);
    left -= characters.length;
    text += `\x1b[0${codesOf(run.style)}m${characters.join('')}`;
  }
  return text;
}

// The emulator draws none of these; whoever writes to a terminal checks it once more.
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ');
}

function codesOf(style: ScreenStyle): string {
  const codes = [
    style.bold ? '1' : '',
    style.dim ? '2' : '',
    style.italic ? '3' : '',
    style.underline ? '4' : '',
    style.inverse ? '7' : '',
    style.strike ? '9' : '',
    colorCode(style.foreground, '38'),
    colorCode(style.background, '48'),
  ];
  return codes
    .filter((code) => code !== '')
    .map((code) => `;${code}`)
    .join('');
}

function colorCode(color: ScreenColor, kind: '38' | '48'): string {
  if (color === undefined) return '';
  if (typeof color === 'number') return `${kind};5;${color}`;
  const value = Number.parseInt(color.slice(1), 16);
  return `${kind};2;${value >> 16};${(value >> 8) & 255};${value & 255}`;
}
