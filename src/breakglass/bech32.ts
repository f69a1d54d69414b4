// Bech32 (BIP-173), the spelling of age's keys, over buffers: a private key never becomes a JavaScript string here.

const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLength = 6;

/** Encodes bytes under a lower-case prefix; the result is ASCII. The caller owns (and wipes) it. */
export function bech32Encode(prefix: string, bytes: Uint8Array): Buffer {
  const words = toWords(bytes);
  const checksum = checksumWords(prefix, words);
  const text = Buffer.alloc(prefix.length + 1 + words.length + checksumLength);
  text.write(`${prefix}1`, 'latin1');
  [...words, ...checksum].forEach((word, index) => {
    text[prefix.length + 1 + index] = alphabet.charCodeAt(word);
  });
  words.fill(0);
  return text;
}

/** Decodes ASCII text, all lower or all upper case; undefined when it is no Bech32 text or its checksum is wrong. */
export function bech32Decode(text: Uint8Array): { prefix: string; bytes: Buffer } | undefined {
  const hasUpper = text.some((code) => code >= 0x41 && code <= 0x5a);
  const hasLower = text.some((code) => code >= 0x61 && code <= 0x7a);
  if (hasUpper && hasLower) return undefined;
  const lower = Buffer.from(text.map((code) => (code >= 0x41 && code <= 0x5a ? code + 0x20 : code)));
  try {
    const separator = lower.lastIndexOf(0x31);
    if (separator < 1 || separator + 1 + checksumLength > lower.length) return undefined;
    const prefix = lower.toString('latin1', 0, separator);
    const words = Uint8Array.from(lower.subarray(separator + 1), (code) => alphabet.indexOf(String.fromCharCode(code)));
    // indexOf gives -1 for a letter outside the alphabet, which a byte keeps as 255.
    if (words.includes(255) || polymod(prefix, words) !== 1) return undefined;
    const bytes = fromWords(words.subarray(0, -checksumLength));
    words.fill(0);
    return bytes === undefined ? undefined : { prefix, bytes };
  } finally {
    lower.fill(0);
  }
}

function toWords(bytes: Uint8Array): Uint8Array {
  const words = new Uint8Array(Math.ceil((bytes.length * 8) / 5));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      words[at++] = (held >> bits) & 31;
    }
  }
  if (bits > 0) words[at] = (held << (5 - bits)) & 31;
  return words;
}

function fromWords(words: Uint8Array): Buffer | undefined {
  const bytes = Buffer.alloc(Math.floor((words.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const word of words) {
    held = ((held << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  // Padding is shorter than a word and zero (BIP-173, "Segwit address format").
  return bits >= 5 || (held & ((1 << bits) - 1)) !== 0 ? undefined : bytes;
}

function checksumWords(prefix: string, words: Uint8Array): number[] {
  const value = polymod(prefix, [...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  return Array.from({ length: checksumLength }, (_, index) => (value >>> (5 * (5 - index))) & 31);
}

function polymod(prefix: string, words: Iterable<number>): number {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  let sum = 1;
  for (const value of [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...words]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    generator.forEach((part, bit) => {
      if ((top >>> bit) & 1) sum ^= part;
    });
  }
  return sum;
}
