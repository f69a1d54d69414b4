// Text as XML 1.0 bytes, in one pass: escapes, UTF-8, and a word on what XML cannot hold.

/** What a text is to XML: `plain` can stand in it, `unholdable` only sealed as bytes, `broken` is no Unicode at all. */
export type TextFitness = 'plain' | 'unholdable' | 'broken';

const escapes = new Map<number, Uint8Array>(
  [
    ['&', '&amp;'],
    ['<', '&lt;'],
    // `]]>` must not stand in text, and a bare carriage return is read back as a line feed.
    ['>', '&gt;'],
    ['"', '&quot;'],
    ['\r', '&#xD;'],
  ].map(([character = '', escape]) => [character.charCodeAt(0), new TextEncoder().encode(escape)]),
);

/**
 * Which texts an XML 1.0 document can hold (XML 1.0, section 2.2, `Char`): no control characters but tab, line feed
 * and carriage return, no U+FFFE and U+FFFF. A lone surrogate is `broken`: UTF-8 has no bytes for it.
 */
export function textFitness(text: string): TextFitness {
  let fitness: TextFitness = 'plain';
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x20 && unit < 0xd800) continue;
    if (unit < 0x20 ? unit !== 9 && unit !== 10 && unit !== 13 : unit >= 0xfffe) fitness = 'unholdable';
    else if (unit >= 0xd800 && unit < 0xe000) {
      const next = text.charCodeAt(i + 1);
      if (unit >= 0xdc00 || !(next >= 0xdc00 && next < 0xe000)) return 'broken';
      i += 1;
    }
  }
  return fitness;
}

/** Bytes that are enough for `writeXmlText` or `writeUtf8` of a text. */
export function roomFor(text: string): number {
  if (text.length < 4096) return text.length * 6;
  let room = text.length * 3;
  for (let i = 0; i < text.length; i += 1)
    if (text.charCodeAt(i) < 0x80) room += escapes.has(text.charCodeAt(i)) ? 3 : -2;
  return room;
}

/** Writes text, escaped, at `offset`; the text must be `plain` and the target have `roomFor` it. Returns the end. */
export function writeXmlText(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      const escape =
        unit === 38 || unit === 60 || unit === 62 || unit === 34 || unit === 13 ? escapes.get(unit) : undefined;
      if (escape === undefined) {
        target[at] = unit;
        at += 1;
      } else {
        target.set(escape, at);
        at += escape.length;
      }
    } else if (unit < 0xd800 || unit >= 0xe000) at = writeCodePoint(unit, target, at);
    else {
      at = writeCodePoint(text.codePointAt(i) ?? 0, target, at);
      i += 1;
    }
  }
  return at;
}

/** The same without escapes, for bytes that are sealed. The text must not be `broken`. */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.codePointAt(i) ?? 0;
    if (code < 0x80) {
      target[at] = code;
      at += 1;
    } else at = writeCodePoint(code, target, at);
    if (code > 0xffff) i += 1;
  }
  return at;
}

function writeCodePoint(code: number, target: Uint8Array, offset: number): number {
  if (code < 0x800) {
    target[offset] = 0xc0 | (code >>> 6);
    target[offset + 1] = 0x80 | (code & 63);
    return offset + 2;
  }
  if (code < 0x10000) {
    target[offset] = 0xe0 | (code >>> 12);
    target[offset + 1] = 0x80 | ((code >>> 6) & 63);
    target[offset + 2] = 0x80 | (code & 63);
    return offset + 3;
  }
  target[offset] = 0xf0 | (code >>> 18);
  target[offset + 1] = 0x80 | ((code >>> 12) & 63);
  target[offset + 2] = 0x80 | ((code >>> 6) & 63);
  target[offset + 3] = 0x80 | (code & 63);
  return offset + 4;
}
