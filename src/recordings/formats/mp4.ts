// MP4: boxes of a length and four letters (ISO/IEC 14496-12). Only `moov` is read, wherever it lies; never a frame.
import { bytesOf } from './byte-reader.ts';
import { known, type RecordingFacts } from './facts.ts';
import type { RecordingFormat, RecordingSource } from './recording-format.ts';

const moovBytesMax = 64 * 1024 * 1024;
const boxesMax = 100_000;
// Seconds from 1904, MP4's beginning of time, to 1970.
const epochSeconds = 2_082_844_800;

/** MP4 video. */
export const mp4: RecordingFormat = {
  kind: 'mp4',
  title: 'MP4',
  family: 'video',
  mediaType: 'video/mp4',
  recognises: (head) => head.subarray(4, 8).toString('latin1') === 'ftyp',
  async readFacts(source) {
    const moov = await findMoov(source);
    return moov === undefined ? {} : moovFacts(moov);
  },
};

async function findMoov(source: RecordingSource): Promise<Buffer | undefined> {
  let offset = 0;
  for (let count = 0; count < boxesMax && offset + 8 <= source.size; count += 1) {
    const head = await bytesOf(source, { offset, length: 16 });
    const box = boxAt(head, 0, source.size - offset);
    if (box === undefined) return undefined;
    if (box.type === 'moov') {
      if (box.size > moovBytesMax) return undefined;
      const bytes = await bytesOf(source, { offset, length: box.size });
      return bytes.subarray(box.headBytes);
    }
    offset += box.size;
  }
  return undefined;
}

interface Box {
  type: string;
  headBytes: number;
  size: number;
}

// A size of 1 means that 64 bits of it follow, of 0 that the box goes on to the end.
function boxAt(bytes: Buffer, at: number, left: number): Box | undefined {
  if (bytes.length < at + 8) return undefined;
  const short = bytes.readUInt32BE(at);
  const type = bytes.toString('latin1', at + 4, at + 8);
  if (short === 0) return { type, headBytes: 8, size: left };
  if (short !== 1) return short < 8 || short > left ? undefined : { type, headBytes: 8, size: short };
  if (bytes.length < at + 16) return undefined;
  const size = Number(bytes.readBigUInt64BE(at + 8));
  return size < 16 || size > left ? undefined : { type, headBytes: 16, size };
}

function* boxesIn(bytes: Buffer): Generator<{ type: string; body: Buffer }> {
  for (let at = 0, count = 0; at + 8 <= bytes.length && count < boxesMax; count += 1) {
    const box = boxAt(bytes, at, bytes.length - at);
    if (box === undefined) return;
    yield { type: box.type, body: bytes.subarray(at + box.headBytes, at + box.size) };
    at += box.size;
  }
}

function moovFacts(moov: Buffer): RecordingFacts {
  let facts: RecordingFacts = {};
  for (const { type, body } of boxesIn(moov)) {
    if (type === 'mvhd') facts = { ...facts, ...headerFacts(body) };
    if (type === 'mvex' && !(Number(facts.durationMs) > 0)) facts = { ...facts, ...fragmentFacts(body, moov) };
    if (type !== 'trak') continue;
    for (const inner of boxesIn(body)) if (inner.type === 'tkhd') facts = { ...trackSize(inner.body), ...facts };
  }
  return facts;
}

interface MovieHeader {
  created: number;
  scale: number;
  duration: number;
}

function movieHeader(body: Buffer): MovieHeader | undefined {
  if (body[0] === 1) {
    if (body.length < 32) return undefined;
    const duration = Number(body.readBigUInt64BE(24));
    return { created: Number(body.readBigUInt64BE(4)), scale: body.readUInt32BE(20), duration };
  }
  if (body.length < 20) return undefined;
  return { created: body.readUInt32BE(4), scale: body.readUInt32BE(12), duration: body.readUInt32BE(16) };
}

function headerFacts(body: Buffer): RecordingFacts {
  const header = movieHeader(body);
  if (header === undefined) return {};
  const { created, scale, duration } = header;
  const isKnown = scale > 0 && duration > 0 && duration < 0xffff_ffff;
  return known({
    startedAt: created > epochSeconds ? new Date((created - epochSeconds) * 1000) : undefined,
    durationMs: isKnown ? Math.round((duration / scale) * 1000) : undefined,
  });
}

// A video that was written while it was recorded tells its length elsewhere.
function fragmentFacts(mvex: Buffer, moov: Buffer): RecordingFacts {
  const mvhd = [...boxesIn(moov)].find(({ type }) => type === 'mvhd');
  const mehd = [...boxesIn(mvex)].find(({ type }) => type === 'mehd')?.body;
  const scale = mvhd === undefined ? 0 : (movieHeader(mvhd.body)?.scale ?? 0);
  if (mehd === undefined || scale === 0 || mehd.length < (mehd[0] === 1 ? 12 : 8)) return {};
  const duration = mehd[0] === 1 ? Number(mehd.readBigUInt64BE(4)) : mehd.readUInt32BE(4);
  return { durationMs: Math.round((duration / scale) * 1000) };
}

// The last eight bytes, as 16.16 fixed point; sound has 0 by 0.
function trackSize(tkhd: Buffer): RecordingFacts {
  if (tkhd.length < 84) return {};
  const width = tkhd.readUInt16BE(tkhd.length - 8);
  const height = tkhd.readUInt16BE(tkhd.length - 4);
  return width > 0 && height > 0 ? { width, height } : {};
}
