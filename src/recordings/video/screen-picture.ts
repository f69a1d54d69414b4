// A terminal's screen as pixels: a byte each, numbers of a palette of 256 colours.
import type { ScreenColor, TerminalScreen } from '../replay/terminal-screen.ts';
import type { ConsoleFont } from './console-font.ts';

const steps = [0, 95, 135, 175, 215, 255];
const [front, back] = [7, 0];
const named = [
  0x10151a, 0xcd3131, 0x4ea35b, 0xc9a227, 0x3b78d8, 0xa65fd0, 0x3fb5b5, 0xd5dbe1, 0x8a96a3, 0xff8f8f, 0xa0e8b0,
  0xffe699, 0xa3ceff, 0xe5c4ff, 0x8ae6e6, 0xffffff,
];

/** The colours, four bytes each as ffmpeg's `pal8` has them: blue, green, red, alpha. */
export function paletteBytes(): Buffer {
  const bytes = Buffer.alloc(1024);
  for (let number = 0; number < 256; number += 1) bytes.writeUInt32LE((0xff00_0000 | rgbOf(number)) >>> 0, number * 4);
  return bytes;
}

/** A picture that is drawn anew from the screen; as large as the largest screen of its recording. */
export class ScreenPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly #font: ConsoleFont;

  constructor(font: ConsoleFont, columns: number, rows: number) {
    this.#font = font;
    // Videos have an even number of pixels each way.
    this.width = Math.ceil((columns * font.width) / 2) * 2;
    this.height = Math.ceil((rows * font.height) / 2) * 2;
    this.pixels = new Uint8Array(this.width * this.height);
  }

  draw(screen: TerminalScreen): void {
    this.pixels.fill(back);
    for (let row = 0; row < screen.rows; row += 1) {
      let column = 0;
      for (const { text, style } of screen.row(row)) {
        const colors = [numberOf(style.foreground, front), numberOf(style.background, back)] as const;
        const [ink, paper] = style.inverse ? [colors[1], colors[0]] : colors;
        const bold = style.bold && ink < 8 ? ink + 8 : ink;
        for (const letter of text) {
          this.#letter(column, row, letter, bold, paper, style.underline);
          column += 1;
        }
      }
    }
    const { cursor } = screen;
    this.#invert(cursor.column, cursor.row);
  }

  #letter(column: number, row: number, letter: string, ink: number, paper: number, isUnderlined: boolean): void {
    const { width, height } = this.#font;
    const glyph = this.#font.glyph(letter) ?? (letter === ' ' ? undefined : this.#font.glyph('?'));
    const bytesPerRow = Math.ceil(width / 8);
    for (let y = 0; y < height; y += 1) {
      const start = (row * height + y) * this.width + column * width;
      for (let x = 0; x < width; x += 1) {
        const isInk =
          ((glyph?.[y * bytesPerRow + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) !== 0 || (isUnderlined && y === height - 2);
        if (column * width + x < this.width && start + x < this.pixels.length)
          this.pixels[start + x] = isInk ? ink : paper;
      }
    }
  }

  #invert(column: number, row: number): void {
    const { width, height } = this.#font;
    for (let y = row * height; y < Math.min((row + 1) * height, this.height); y += 1) {
      for (let x = column * width; x < Math.min((column + 1) * width, this.width); x += 1) {
        const at = y * this.width + x;
        this.pixels[at] = this.pixels[at] === back ? front : back;
      }
    }
  }
}

function rgbOf(number: number): number {
  if (number < 16) return named[number] ?? 0;
  if (number >= 232) return (8 + (number - 232) * 10) * 0x01_0101;
  const cube = number - 16;
  const step = (index: number): number => steps[index % 6] ?? 0;
  return (step(Math.floor(cube / 36)) << 16) | (step(Math.floor(cube / 6)) << 8) | step(cube);
}

// Of any other colour the nearest of the cube.
function numberOf(color: ScreenColor, own: number): number {
  if (color === undefined) return own;
  if (typeof color === 'number') return color & 255;
  const value = Number.parseInt(color.slice(1), 16);
  const nearest = (part: number): number => {
    const away = steps.map((step) => Math.abs(step - part));
    return away.indexOf(Math.min(...away));
  };
  return 16 + 36 * nearest((value >> 16) & 255) + 6 * nearest((value >> 8) & 255) + nearest(value & 255);
}
