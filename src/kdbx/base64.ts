// Base64 (RFC 4648, section 4) straight between texts and bytes, quick for the many short values of a database.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const codes = new Uint8Array(64);
const values = new Int8Array(256).fill(-1);
for (let i = 0; i < 64; i += 1) {
  codes[i] = alphabet.charCodeAt(i);
  values[alphabet.charCodeAt(i)] = i;
}
const equals = 0x3d;
const ascii = new TextDecoder();

/** Writes `bytes` as base64 into `target` at `offset`, which must have room; returns the offset after it. */
export function base64Into(bytes: Uint8Array, target: Uint8Array, offset: number): number {
  let at = offset;
  const whole = bytes.length - (bytes.length % 3);
  for (let i = 0; i < whole; i += 3) {
    const three = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    target[at] = codes[three >>> 18] as number;
    target[at + 1] = codes[(three >>> 12) & 63] as number;
    target[at + 2] = codes[(three >>> 6) & 63] as number;
    target[at + 3] = codes[three & 63] as number;
    at += 4;
  }
  if (whole === bytes.length) return at;
  const two = ((bytes[whole] as number) << 8) | (bytes[whole + 1] ?? 0);
  target[at] = codes[two >>> 10] as number;
  target[at + 1] = codes[(two >>> 4) & 63] as number;
  target[at + 2] = whole + 1 < bytes.length ? (codes[(two << 2) & 63] as number) : equals;
  target[at + 3] = equals;
  return at + 4;
}

/** How many characters base64 takes for so many bytes. */
export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

/** Base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(base64Length(bytes.length));
  base64Into(bytes, text, 0);
  return ascii.decode(text);
}

/** Bytes of base64 text (blanks inside are skipped), or undefined when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  const length = decodeBase64(text, bytes);
  return length === undefined ? undefined : bytes.subarray(0, length);
}

/**
 * Decodes into `target`, which must have room for three bytes for every four characters, rounded up; gives how many
 * bytes there are, or undefined. Short values that are read by the million need no memory of their own this way.
 */
export function decodeBase64(text: string, target: Uint8Array): number | undefined {
  const bytes = target;
  let at = 0;
  let start = 0;
  // Four characters at a time, up to the first that is no digit: usually the padding.
  for (; start + 4 <= text.length; start += 4) {
    const four =
      (valueAt(text, start) << 18) |
      (valueAt(text, start + 1) << 12) |
      (valueAt(text, start + 2) << 6) |
      valueAt(text, start + 3);
    if (four < 0) break;
    bytes[at] = four >>> 16;
    bytes[at + 1] = four >>> 8;
    bytes[at + 2] = four;
    at += 3;
  }
  let bits = 0;
  let held = 0;
  let padding = 0;
  for (let i = start; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const value = valueAt(text, i);
    if (value === -1) {
      if (code === equals) padding += 1;
      else if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return undefined;
      continue;
    }
    if (padding > 0) return undefined;
    held = (held << 6) | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = held >>> bits;
      at += 1;
      held &= (1 << bits) - 1;
    }
  }
  if (padding > 2 || bits === 6 || held !== 0) return undefined;
  return at;
}

/**
 * Decodes what stands between two places of `source` as `base64Into` writes it, without blanks: for bytes that were never a text.
 * `target` as above.
 */
export function decodeBase64Bytes(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): number | undefined {
  const bytes = target;
  const digit = (place: number): number => values[source[place] as number] as number;
  let count = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    // Shifted to the left, -1 stays negative.
    const four = (digit(at) << 18) | (digit(at + 1) << 12) | (digit(at + 2) << 6) | digit(at + 3);
    if (four < 0) break;
    bytes[count] = four >>> 16;
    bytes[count + 1] = four >>> 8;
    bytes[count + 2] = four;
    count += 3;
  }
  if (at === end) return count;
  const isOne = source[at + 2] === equals;
  const three = (digit(at) << 12) | (digit(at + 1) << 6) | (isOne ? 0 : digit(at + 2));
  // What is left over of the last digit must be nothing.
  if (at + 4 !== end || source[at + 3] !== equals || three < 0 || (three & (isOne ? 0x3ff : 3)) !== 0) return undefined;
  bytes[count] = three >>> 10;
  if (isOne) return count + 1;
  bytes[count + 1] = three >>> 2;
  return count + 2;
}

/** The digit at a position, or -1; shifted to the left, -1 stays negative. */
function valueAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 128 ? (values[code] as number) : -1;
}
