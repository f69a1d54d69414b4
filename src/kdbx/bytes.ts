// Bytes and texts, without anything of Node: the offline page uses this too.

const encoder = new TextEncoder();
const hexValues = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value += 1) {
  hexValues[value.toString(16).charCodeAt(0)] = value;
  hexValues[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}
const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** UTF-8 of a text; a lone surrogate becomes U+FFFD, so check before where that matters. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** One array with all parts in order. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** True when both hold the same bytes; the time taken does not tell where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 1) text += hexDigits[bytes[i] as number];
  return text;
}

/** Bytes of hexadecimal text, or undefined when it is none. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) {
    const high = hexValues[text.charCodeAt(2 * i)] ?? -1;
    const low = hexValues[text.charCodeAt(2 * i + 1)] ?? -1;
    if (high < 0 || low < 0) return undefined;
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** Little-endian unsigned number of 1, 2 or 4 bytes. */
export function littleEndian(value: number, size: 1 | 2 | 4): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 1) bytes[i] = Math.floor(value / 2 ** (8 * i)) & 0xff;
  return bytes;
}

/** Little-endian unsigned 64-bit number. */
export function littleEndian64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** A view for reading numbers out of `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
