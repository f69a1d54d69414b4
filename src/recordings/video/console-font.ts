// The letters of a Linux console, out of a font of this machine (PSF 1 and 2, kbd's doc/font-formats): what a terminal is drawn
// with where there is no browser.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Letters of one size, a bit a pixel. */
export interface ConsoleFont {
  width: number;
  height: number;
  /** The rows of a letter, each padded to whole bytes; undefined when the font does not have it. */
  glyph(letter: string): Uint8Array | undefined;
}

// Where Debian's console-setup-linux, and kbd elsewhere, keep them; those with most letters first.
const places = [
  '/usr/share/consolefonts/Uni2-Fixed16.psf.gz',
  '/usr/share/consolefonts/Uni2-Terminus16.psf.gz',
  '/usr/share/consolefonts/Lat15-Fixed16.psf.gz',
  '/usr/share/kbd/consolefonts/LatArCyrHeb-16.psfu.gz',
  '/usr/share/kbd/consolefonts/eurlatgr.psfu.gz',
];
const bytesMax = 1024 * 1024;

/** A font of this machine; undefined when it has none. */
export function findConsoleFont(files: readonly string[] = places): ConsoleFont | undefined {
  for (const file of files) {
    try {
      return readConsoleFont(gunzipSync(readFileSync(file), { maxOutputLength: bytesMax }));
    } catch {
      // Another one may be there, and whole.
    }
  }
  return undefined;
}

/** Reads a font. @throws Error when it is none */
export function readConsoleFont(bytes: Buffer): ConsoleFont {
  if (bytes.readUInt16LE(0) === 0x0436) return firstVersion(bytes);
  if (bytes.readUInt32LE(0) === 0x864ab572) return secondVersion(bytes);
  throw new Error('no font of a console');
}

function firstVersion(bytes: Buffer): ConsoleFont {
  const [mode = 0, size = 0] = bytes.subarray(2);
  const count = (mode & 1) === 0 ? 256 : 512;
  const glyphs = letters(bytes, { start: 4, size, count });
  const known = new Map<string, Uint8Array>();
  let number = 0;
  let isSequence = false;
  for (let at = 4 + count * size; (mode & 6) !== 0 && at + 1 < bytes.length; at += 2) {
    const code = bytes.readUInt16LE(at);
    const glyph = glyphs[number];
    if (code === 0xffff) [number, isSequence] = [number + 1, false];
    else if (code === 0xfffe) isSequence = true;
    else if (!isSequence && glyph !== undefined) known.set(String.fromCodePoint(code), glyph);
  }
  return { width: 8, height: size, glyph: (letter) => known.get(letter) };
}

function secondVersion(bytes: Buffer): ConsoleFont {
  const [start = 0, flags = 0, count = 0, size = 0, height = 0, width = 0] = [8, 12, 16, 20, 24, 28].map((at) =>
    bytes.readUInt32LE(at),
  );
  if (count > 65_536 || size !== Math.ceil(width / 8) * height) throw new Error('no font of a console');
  const glyphs = letters(bytes, { start, size, count });
  const known = new Map<string, Uint8Array>();
  const table = (flags & 1) === 0 ? Buffer.alloc(0) : bytes.subarray(start + count * size);
  let from = 0;
  for (const glyph of glyphs) {
    const end = table.indexOf(0xff, from);
    if (end < 0) break;
    const sequence = table.indexOf(0xfe, from);
    const single = table.subarray(from, sequence >= 0 && sequence < end ? sequence : end);
    for (const letter of single.toString('utf8')) known.set(letter, glyph);
    from = end + 1;
  }
  return { width, height, glyph: (letter) => known.get(letter) };
}

function letters(bytes: Buffer, { start, size, count }: { start: number; size: number; count: number }): Uint8Array[] {
  if (size < 1 || size > 256 || start + size * count > bytes.length) throw new Error('no font of a console');
  return Array.from({ length: count }, (_, number) =>
    bytes.subarray(start + number * size, start + (number + 1) * size),
  );
}
