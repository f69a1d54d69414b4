// WebM: elements of an id, a length and what is in them (EBML, RFC 8794; Matroska, RFC 9559). Only what lies before the
// first cluster is read.
import { headOf } from './byte-reader.ts';
import { known, type RecordingFacts, textFact } from './facts.ts';
import type { RecordingFormat } from './recording-format.ts';

const lookedAtBytes = 4 * 1024 * 1024;
const elementsMax = 10_000;
const ids = {
  segment: 0x18538067,
  info: 0x1549a966,
  scale: 0x2ad7b1,
  duration: 0x4489,
  date: 0x4461,
  title: 0x7ba9,
  tracks: 0x1654ae6b,
  track: 0xae,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
  cluster: 0x1f43b675,
} as const;
const within = new Set<number>([ids.segment, ids.info, ids.tracks, ids.track, ids.video]);

/** WebM video. */
export const webm: RecordingFormat = {
  kind: 'webm',
  title: 'WebM',
  family: 'video',
  mediaType: 'video/webm',
  recognises: (head) => head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3,
  readFacts: async (source) => factsIn(await headOf(source, Math.min(source.size, lookedAtBytes))),
};

function factsIn(bytes: Buffer): RecordingFacts {
  const found = new Map<number, Buffer>();
  let at = 0;
  for (let count = 0; at < bytes.length && count < elementsMax; count += 1) {
    const id = varint(bytes, at, 4, true);
    const length = id === undefined ? undefined : varint(bytes, at + id.bytes, 8, false);
    if (id === undefined || length === undefined || id.value === ids.cluster) break;
    const start = at + id.bytes + length.bytes;
    if (within.has(id.value)) at = start;
    else {
      const end = start + length.value;
      if (end > bytes.length) break;
      if (!found.has(id.value)) found.set(id.value, bytes.subarray(start, end));
      at = end;
    }
  }
  const number = (id: number): number | undefined => numberOf(found.get(id));
  const ticks = number(ids.duration);
  const date = found.get(ids.date);
  return known({
    width: number(ids.width),
    height: number(ids.height),
    durationMs: ticks === undefined || ticks <= 0 ? undefined : Math.round(ticks * ((number(ids.scale) ?? 1e6) / 1e6)),
    title: textFact(found.get(ids.title)?.toString('utf8')),
    // Nanoseconds since 2001.
    startedAt: date?.length === 8 ? new Date(978_307_200_000 + Number(date.readBigInt64BE(0) / 1_000_000n)) : undefined,
  });
}

// The number of leading zero bits of the first byte tells how many bytes there are; an id keeps its marker.
function varint(
  bytes: Buffer,
  at: number,
  bytesMax: number,
  keepsMarker: boolean,
): { value: number; bytes: number } | undefined {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (length > bytesMax || at + length > bytes.length) return undefined;
  let value = keepsMarker ? first : first & (0xff >> length);
  for (let index = 1; index < length; index += 1) value = value * 256 + (bytes[at + index] as number);
  return { value, bytes: length };
}

// Whole numbers have up to 8 bytes; only a duration is a float, and those have exactly 4 or 8.
function numberOf(bytes: Buffer | undefined): number | undefined {
  if (bytes === undefined || bytes.length === 0 || bytes.length > 8) return undefined;
  const isFloat = (bytes.length === 4 || bytes.length === 8) && (bytes[0] as number) >= 0x30;
  if (isFloat) return bytes.length === 4 ? bytes.readFloatBE(0) : bytes.readDoubleBE(0);
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
