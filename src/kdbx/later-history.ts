// The past of an entry, kept as it stands in the document until somebody asks for it: a page that shows one secret at a time need
// not read, and not open, what a hundred thousand of them were before.
import { utf8 } from './bytes.ts';
import type { ChaCha20 } from './chacha20.ts';
import { DocumentParser } from './document-parser.ts';
import type { KeepPast } from './entry-with-past.ts';
import type { KdbxVersion } from './kdbx-types.ts';
import type { KdbxLimits } from './limits.ts';
import { XmlReader } from './xml-reader.ts';

const sealedStart = '<Value Protected="True">';
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const [before, after] = [
  '<KeePassFile><Root><Group><Entry><UUID>AAAAAAAAAAAAAAAAAAAAAA==</UUID><History>',
  '</History></Entry></Group></Root></KeePassFile>',
];

/** Keeps the past of entries in a document that is read with this key stream, and moves the stream past it. */
export function pastKeeper(protection: ChaCha20, limits: KdbxLimits): KeepPast {
  return (source) => {
    const sealedBytes = sealedBytesIn(source);
    if (sealedBytes === undefined) return undefined;
    const { position } = protection;
    protection.moveTo(position + sealedBytes);
    return () => readHistory(source, protection.copyAt(position), limits);
  };
}

// How many bytes of the key stream the content of a `History` uses up; undefined for one that must be read at once: with
// attachments, or written in a way that does not tell.
function sealedBytesIn(source: string): number | undefined {
  if (/<[!?]|<History|<Binary/.test(source)) return undefined;
  let count = 0;
  for (let at = source.indexOf('Protected'); at !== -1; at = source.indexOf('Protected', at + 1)) {
    const start = at + sealedStart.length - '<Value '.length;
    if (!source.startsWith(sealedStart, at - '<Value '.length)) return undefined;
    const text = source.slice(start, source.indexOf('<', start));
    if (!base64.test(text)) return undefined;
    count += (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  }
  return count;
}

// `protection` stands where the first sealed value begins.
function readHistory(source: string, protection: ChaCha20, limits: KdbxLimits): KdbxVersion[] {
  const parser = new DocumentParser(protection, []);
  const reader = new XmlReader(parser, limits);
  reader.write(utf8(before + source + after));
  reader.end();
  return parser.takeEntries()[0]?.history ?? [];
}
