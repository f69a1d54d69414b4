// What a sending rsync says, read a piece at a time: numbers, its list of files, and the files (protocol 31, as rsync 3.1 and later
// speak it). Whatever is not understood is a `NotUnderstood`: then rsync itself has to listen.
/** So many bytes are needed next, or this memory is to be filled. */
export type Need = number | Buffer;

/** Asks for bytes; gives what was understood. Bytes that were asked for by number are valid until the next are asked for. */
export type Reading<Result> = Generator<Need, Result, Buffer>;

/** Something came that this is not made for. */
export class NotUnderstood extends Error {}

/** An entry of the list. Bytes. */
export interface ListedFile {
  name: string;
  size: number;
  isFile: boolean;
  isFolder: boolean;
}

/** Feeds a reading with chunks as they come; what comes after its end is passed over. */
export function feedReading(reading: Reading<void>): (chunk: Buffer) => void {
  let asked = reading.next();
  let left: Buffer = Buffer.alloc(0);
  return (chunk) => {
    left = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    let at = 0;
    while (asked.done !== true) {
      const need = asked.value;
      const bytes = typeof need === 'number' ? need : need.length;
      const there = left.length - at;
      if (typeof need === 'number') {
        if (there < bytes) break;
        asked = reading.next(left.subarray(at, at + bytes));
        at += bytes;
        continue;
      }
      const count = Math.min(bytes, there);
      left.copy(need, 0, at, at + count);
      at += count;
      asked = count < bytes ? { done: false, value: need.subarray(count) } : reading.next(need);
      if (count < bytes) break;
    }
    left = asked.done === true ? Buffer.alloc(0) : left.subarray(at);
  };
}

function* byte(): Reading<number> {
  return (yield 1).readUInt8();
}

// How many bytes follow the first one, from its leading bits.
const followers = (first: number): number => Math.min(6, Math.clz32(~(first << 24)));

// `least` bytes always come; the first holds the top of the number, and how many more there are.
function* number(least: number): Reading<number> {
  const start = yield least;
  const first = start.readUInt8();
  let value = 0;
  for (let at = least - 1; at > 0; at -= 1) value = value * 256 + start.readUInt8(at);
  const more = followers(first);
  let unit = 256 ** (least - 1);
  if (more > 0) {
    const rest = yield more;
    for (const one of rest) {
      value += one * unit;
      unit *= 256;
    }
  }
  value += (more === 0 ? first : first & ((1 << (8 - more)) - 1)) * unit;
  if (!Number.isSafeInteger(value)) throw new NotUnderstood('a number too large');
  return value;
}

const flag = {
  sameMode: 1 << 1,
  extended: 1 << 2,
  sameName: 1 << 5,
  longName: 1 << 6,
  sameTime: 1 << 7,
  endWithErrors: 1 << 12,
  nanoseconds: 1 << 13,
} as const;
const typeMask = 0o170_000;

/**
 * The list of files, in the order in which both sides count them. Owners, times and links must not have been asked for; one of more than
 * `most` entries is not believed.
 */
export function* readFileList(most: number): Reading<ListedFile[]> {
  const files: ListedFile[] = [];
  let name = '';
  let mode = 0;
  for (;;) {
    let flags = yield* byte();
    if (flags === 0) break;
    if ((flags & flag.extended) !== 0) flags |= (yield* byte()) << 8;
    if (flags === (flag.extended | flag.endWithErrors)) {
      yield* number(1); // What it could not read it tells in words.
      break;
    }
    const kept = (flags & flag.sameName) === 0 ? 0 : yield* byte();
    const length = (flags & flag.longName) === 0 ? yield* byte() : yield* number(1);
    if (length > 4096 || kept > name.length || files.length >= most) throw new NotUnderstood('no list of files');
    // Byte by byte: names that are no keys may have any, and count in the order.
    name = name.slice(0, kept) + (length === 0 ? '' : (yield length).toString('latin1'));
    const size = yield* number(3);
    if ((flags & flag.sameTime) === 0) yield* number(4);
    if ((flags & flag.nanoseconds) !== 0) yield* number(1);
    if ((flags & flag.sameMode) === 0) mode = (yield 4).readUInt32LE();
    const type = mode & typeMask;
    files.push({ name, size, isFile: type === 0o100_000, isFolder: type === 0o040_000 });
  }
  return inOrder(files);
}

// Byte by byte, but what lies in a folder itself comes before what lies in folders of it.
function inOrder(files: ListedFile[]): ListedFile[] {
  const keyed = files.map((file) => {
    const path = file.isFolder ? (file.name === '.' ? '' : `${file.name}/`) : file.name;
    const cut = path.lastIndexOf('/') + 1;
    return { file, folder: path.slice(0, cut), base: path.slice(cut) };
  });
  const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
  keyed.sort((one, other) => {
    if (one.folder === other.folder) return compare(one.base, other.base);
    if (other.folder.startsWith(one.folder)) return -1;
    return one.folder.startsWith(other.folder) ? 1 : compare(one.folder, other.folder);
  });
  return keyed.map(({ file }) => file);
}

/** Numbers of files, as both sides write them: mostly one byte, by how much each is above the one before. */
export function numberWriter(): (fileNumber: number) => Buffer {
  let last = -1;
  return (fileNumber) => {
    const step = fileNumber - last;
    last = fileNumber;
    if (step > 0x7fff) throw new NotUnderstood('numbers too far apart');
    return step < 0xfe ? Buffer.of(step) : Buffer.of(0xfe, step >> 8, step & 0xff);
  };
}

const done = 'done';

function* readFileNumber(last: number): Reading<number | typeof done> {
  const first = yield* byte();
  if (first === 0) return done;
  if (first === 0xff) throw new NotUnderstood('a number below zero');
  if (first !== 0xfe) return last + first;
  const pair = yield 2;
  const [high, low] = [pair.readUInt8(0), pair.readUInt8(1)];
  if (high < 0x80) return last + high * 256 + low;
  const rest = yield 2;
  return (high & 0x7f) * 2 ** 24 + rest.readUInt8(1) * 2 ** 16 + rest.readUInt8(0) * 256 + low;
}

/** It is sent whole: that and nothing else was asked for. */
export const sendsWhole = 0x8000;
const mayCome = sendsWhole | 0x2000;
const sumBytes = 16;

/** The files that were asked for, by their numbers, each handed over when it is whole; none comes twice. */
export function* readFiles(
  asked: ReadonlyMap<number, ListedFile>,
  found: (file: ListedFile, bytes: Buffer) => void,
): Reading<void> {
  const waiting = new Map(asked);
  let last = -1;
  for (;;) {
    const next = yield* readFileNumber(last);
    if (next === done) return;
    last = next;
    const file = waiting.get(next);
    waiting.delete(next);
    // How it is sent; into how many blocks it was cut: none; how much comes first.
    const head = yield 2 + 16 + 4;
    const how = head.readUInt16LE();
    let length = head.readInt32LE(18);
    if (file === undefined || (how & sendsWhole) === 0 || (how & ~mayCome) !== 0)
      throw new NotUnderstood('a file that nobody asked for');
    const bytes = Buffer.allocUnsafe(file.size);
    for (let filled = 0; length !== 0 || filled < bytes.length; length = (yield 4).readInt32LE()) {
      if (length <= 0 || filled + length > bytes.length) throw new NotUnderstood('not as much as the list said');
      yield bytes.subarray(filled, filled + length);
      filled += length;
      if (filled === bytes.length) break;
    }
    // Its checksum tells nothing new: SSH has proved every byte of the line.
    const end = yield (length === 0 ? 0 : 4) + sumBytes;
    if (length !== 0 && end.readInt32LE() !== 0) throw new NotUnderstood('more than the list said');
    found(file, bytes);
  }
}
