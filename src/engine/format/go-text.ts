// Text as Go writes it: restic's trees are hashed, so ours must be the same to the byte.

/** Go's replacement for one byte that is not UTF-8. */
const invalid = -1;

interface Rune {
  /** The code point, or `invalid`. */
  value: number;
  /** Bytes it takes; 1 when invalid, as in Go's utf8.DecodeRune. */
  width: number;
}

// The shortest form only, no surrogates, nothing above U+10FFFF (Go unicode/utf8).
function decodeRune(bytes: Uint8Array, at: number): Rune {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { value: first, width: 1 };
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + width > bytes.length) return { value: invalid, width: 1 };
  let value = first & (0xff >> (width + 1));
  for (let index = 1; index < width; index += 1) {
    const next = bytes[at + index] ?? 0;
    if ((next & 0xc0) !== 0x80) return { value: invalid, width: 1 };
    value = (value << 6) | (next & 0x3f);
  }
  const smallest = width === 4 ? 0x10000 : width === 3 ? 0x800 : 0x80;
  if (value < smallest || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return { value: invalid, width: 1 };
  return { value, width };
}

// Go's strconv.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space.
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const shortEscapes = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function quoteRune(rune: number): string {
  const short = shortEscapes.get(rune);
  if (short !== undefined) return short;
  const char = String.fromCodePoint(rune);
  if (printable.test(char)) return char;
  if (rune < 0x20 || rune === 0x7f) return `\\x${hex(rune, 2)}`;
  return rune < 0x1_0000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

function isPlain(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) return false;
  return true;
}

/** Go's `strconv.Quote` of raw bytes, without the quotes around it. */
export function quote(bytes: Buffer): string {
  if (isPlain(bytes)) return bytes.toString('latin1');
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const { value, width } = decodeRune(bytes, at);
    text += value === invalid ? `\\x${hex(bytes[at] ?? 0, 2)}` : quoteRune(value);
    at += width;
  }
  return text;
}

const escapedBytes: Record<string, number> = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  '\\': 0x5c,
  '"': 0x22,
};
const escape = /\\(?:([abfnrtv\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/y;

/** Undoes `quote`, as Go's `strconv.Unquote` does. Gives undefined for text that `Unquote` would refuse. */
export function unquote(text: string): Buffer | undefined {
  if (!text.includes('\\')) return text.includes('"') || text.includes('\n') ? undefined : Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\\', at);
    const plain = text.slice(at, next === -1 ? text.length : next);
    if (plain.includes('"') || plain.includes('\n')) return undefined;
    parts.push(Buffer.from(plain, 'utf8'));
    if (next === -1) break;
    escape.lastIndex = next;
    const bytes = unescaped(escape.exec(text));
    if (bytes === undefined) return undefined;
    parts.push(bytes);
    at = escape.lastIndex;
  }
  return Buffer.concat(parts);
}

function unescaped(match: RegExpExecArray | null): Buffer | undefined {
  if (match === null) return undefined;
  const [, short, byte, small, large, octal] = match;
  if (short !== undefined) return Buffer.from([escapedBytes[short] ?? 0]);
  if (byte !== undefined) return Buffer.from(byte, 'hex');
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    return value > 255 ? undefined : Buffer.from([value]);
  }
  const rune = Number.parseInt(small ?? large ?? '', 16);
  if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) return undefined;
  return Buffer.from(String.fromCodePoint(rune), 'utf8');
}

const needsEscape = /[\u0000-\u001f"\\<>&\u2028\u2029]/g;
const jsonShort: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * A JSON string as Go's encoding/json writes it, quotes included: `<`, `>`, `&`, U+2028 and U+2029 are escaped.
 * `\b` and `\f` are short, as since Go 1.22; older programs wrote `\u0008` and `\u000c`.
 */
export function jsonString(text: string): string {
  return `"${text.replace(needsEscape, (char) => jsonShort[char] ?? `\\u${hex(char.charCodeAt(0), 4)}`)}"`;
}

/** A JSON string of raw bytes: each byte that is not UTF-8 becomes `\ufffd`, as Go's encoding/json has it. Lossy. */
export function jsonBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return jsonString(bytes.toString('utf8'));
  let text = '';
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const { value, width } = decodeRune(bytes, at);
    if (value === invalid) {
      text += `${jsonString(bytes.toString('utf8', from, at)).slice(1, -1)}\\ufffd`;
      from = at + 1;
    }
    at += width;
  }
  return `"${text}${jsonString(bytes.toString('utf8', from)).slice(1, -1)}"`;
}

/** True when the bytes are valid UTF-8 by Go's rules. */
export function isUtf8(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const { value, width } = decodeRune(bytes, at);
    if (value === invalid) return false;
    at += width;
  }
  return true;
}
