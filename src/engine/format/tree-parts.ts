// The entries of a large tree, a part at a time: a folder of a million entries would otherwise be a million objects at once.
import { decodeNames, decodeTree, type NamedEntry, requireOrder, type TreeNode } from './tree.ts';
import { damaged } from './tree-failures.ts';

// Trees below this are decoded in one piece, and parts are about so large. Bytes.
const partBytesDefault = 2 * 1024 * 1024;
const lookAheadBytes = 1024 * 1024;
const head = Buffer.from('{"nodes":[');

const quoteByte = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openings = new Set([0x5b, 0x7b]);
const closings = new Set([0x5d, 0x7d]);

/**
 * The same entries as `decodeTree` gives, in the same order, held in memory only part by part. The text comes in pieces of any size, each
 * valid until the next. A tree that begins in another way than programs write it is decoded in one piece.
 * @throws Failure `tree.damaged`, `tree.hostile-name`, maybe after the parts before were given
 */
export function decodeTreeInParts(pieces: Iterable<Buffer>, partBytes: number = partBytesDefault): Generator<TreeNode> {
  return inParts(pieces, partBytes, decodeTree);
}

/** The same of `decodeNames`. @throws as `decodeTreeInParts` */
export function decodeNamesInParts(
  pieces: Iterable<Buffer>,
  partBytes: number = partBytesDefault,
): Generator<NamedEntry> {
  return inParts(pieces, partBytes, decodeNames);
}

function* inParts<Entry extends { name: Buffer }>(
  pieces: Iterable<Buffer>,
  partBytes: number,
  decode: (bytes: Buffer) => Entry[],
): Generator<Entry> {
  const text = new TextWindow(pieces);
  const isSmall = !text.reach(partBytes + 1);
  if (isSmall || !text.bytes.subarray(0, head.length).equals(head)) {
    yield* decode(text.rest());
    return;
  }
  text.drop(head.length);
  let last: Entry | undefined;
  let isFirst = true;
  while (text.reach(1)) {
    const { end, isLast, entries } = nextPart(text, decode, partBytes);
    if (end === 0 && !isFirst) throw damaged('an entry is missing');
    isFirst = false;
    text.drop(end + 1);
    requireOrder(last, entries[0]);
    last = entries.at(-1) ?? last;
    yield* entries;
    if (isLast) break;
  }
  requireNothingMore(text.rest());
}

/** The part of the text that is in memory. */
class TextWindow {
  readonly #pieces: Iterator<Buffer>;
  #isAtEnd = false;
  bytes: Buffer = Buffer.alloc(0);

  constructor(pieces: Iterable<Buffer>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** False when the text ends before there are so many bytes of it. */
  reach(bytes: number): boolean {
    while (this.bytes.length < bytes) {
      if (this.#isAtEnd) return false;
      // What is left of a piece has to be copied before the next one takes its place.
      const rest = Buffer.from(this.bytes);
      const next = this.#pieces.next();
      this.#isAtEnd = next.done === true;
      if (next.done === true) this.bytes = rest;
      else this.bytes = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    }
    return true;
  }

  /** True when there is a byte at this place; then there are many more, if the text has them. */
  has(at: number): boolean {
    return this.bytes.length > at || this.reach(at + lookAheadBytes) || this.bytes.length > at;
  }

  drop(bytes: number): void {
    this.bytes = this.bytes.subarray(bytes);
  }

  rest(): Buffer {
    this.reach(Number.POSITIVE_INFINITY);
    return this.bytes;
  }
}

interface Part<Entry> {
  end: number;
  isLast: boolean;
  entries: Entry[];
}

function nextPart<Entry>(text: TextWindow, decode: (bytes: Buffer) => Entry[], partBytes: number): Part<Entry> {
  const until = (end: number): Entry[] => decode(Buffer.concat([head, text.bytes.subarray(0, end), Buffer.from(']}')]));
  const likely = likelyEnd(text, partBytes);
  if (likely !== undefined) {
    try {
      return { end: likely, isLast: false, entries: until(likely) };
    } catch {
      // It was inside of an entry, or behind the list: bytes are looked at one by one, and what is wrong is found then.
    }
  }
  const found = endOfPart(text, partBytes);
  return { ...found, entries: until(found.end) };
}

const nextEntry = Buffer.from('},{"name":"');

// A comma between what looks like two entries, as programs write them. An unescaped quote stands in no string.
function likelyEnd(text: TextWindow, partBytes: number): number | undefined {
  text.reach(partBytes + lookAheadBytes);
  const at = text.bytes.indexOf(nextEntry, partBytes);
  return at < 0 ? undefined : at + 1;
}

// The comma after an entry, or the bracket that ends the list.
function endOfPart(text: TextWindow, partBytes: number): Pick<Part<unknown>, 'end' | 'isLast'> {
  let depth = 0;
  for (let at = 0; text.has(at); at += 1) {
    const byte = text.bytes[at] ?? 0;
    if (byte === quoteByte) at = endOfString(text, at + 1);
    else if (openings.has(byte)) depth += 1;
    else if (closings.has(byte)) {
      if (depth === 0) return { end: at, isLast: true };
      depth -= 1;
    } else if (byte === comma && depth === 0 && at >= partBytes) return { end: at, isLast: false };
  }
  throw damaged('it ends too early');
}

function endOfString(text: TextWindow, from: number): number {
  for (let at = from; text.has(at); at += 1) {
    if (text.bytes[at] === backslash) at += 1;
    else if (text.bytes[at] === quoteByte) return at;
  }
  throw damaged('it ends too early');
}

// Keys that nobody knows may follow, but no other list of entries.
function requireNothingMore(rest: Buffer): void {
  const more = decodeTree(Buffer.concat([head, Buffer.from(']'), rest]));
  if (more.length > 0) throw damaged('it has two lists of entries');
}
