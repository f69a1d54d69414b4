// Texts from JSON bytes into XML or into bytes to be sealed, without making strings of them: for very many secrets that takes a
// fraction of the time. It knows what JSON.stringify writes of texts that KDBX holds as they are; other texts are not its business.

const [quote, backslash, letterN, letterR, letterT] = [0x22, 0x5c, 0x6e, 0x72, 0x74];
const encoder = new TextEncoder();
// By byte: 0 for what stands for itself in JSON and needs no look.
const needsLook = new Uint8Array(256);
needsLook.fill(1, 0, 0x20);
needsLook[quote] = 1;
needsLook[backslash] = 1;
// U+FFFE and U+FFFF begin like this, which XML cannot hold.
needsLook[0xef] = 1;
const references = new Map(
  [
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['"', '&quot;'],
    ['\r', '&#xD;'],
  ].map(([character = '', reference]) => [character.charCodeAt(0), encoder.encode(reference)]),
);
// What stands in XML for itself, and so in JSON: 0.
const isSpecial = new Uint8Array(256);
for (const byte of [...references.keys(), backslash]) isSpecial[byte] = 1;

/** No byte of JSON becomes more than so many of XML. */
export const jsonToXmlGrowth = 6;

/**
 * Where the text ends that begins behind a quotation mark: the place of the closing one. Undefined for a text with a character that an
 * XML document or UTF-8 cannot hold, as for what is no JSON.
 */
export function endOfPlainText(json: Uint8Array, start: number): number | undefined {
  for (let at = start; at < json.length; at += 1) {
    const byte = json[at] as number;
    if (needsLook[byte] === 0) continue;
    if (byte === quote) return at;
    if (byte === backslash) {
      if (escaped(json[at + 1]) === 0) return undefined;
      at += 1;
    } else if (byte !== 0xef || (json[at + 1] === 0xbf && (json[at + 2] as number) >= 0xbe)) return undefined;
  }
  return undefined;
}

/** Writes such a text as XML; there must be room for `jsonToXmlGrowth` times as much. Gives the end. */
export function writeJsonAsXml(
  json: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): number {
  let to = offset;
  for (let at = start; at < end; at += 1) {
    let byte = json[at] as number;
    if (isSpecial[byte] !== 0) {
      if (byte === backslash) {
        at += 1;
        byte = escaped(json[at]);
      }
      const reference = references.get(byte);
      if (reference !== undefined) {
        target.set(reference, to);
        to += reference.length;
        continue;
      }
    }
    target[to] = byte;
    to += 1;
  }
  return to;
}

/** Writes such a text as it is; it never grows. Gives the end. */
export function writeJsonAsUtf8(
  json: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): number {
  let to = offset;
  for (let at = start; at < end; at += 1, to += 1) {
    let byte = json[at] as number;
    if (byte === backslash) {
      at += 1;
      byte = escaped(json[at]);
    }
    target[to] = byte;
  }
  return to;
}

// What the character behind a backslash stands for; 0 where that is none that XML can hold.
function escaped(letter: number | undefined): number {
  if (letter === quote || letter === backslash) return letter;
  if (letter === letterN) return 10;
  if (letter === letterR) return 13;
  return letter === letterT ? 9 : 0;
}
