// The body of an answer: how long it is, by each of the ways that HTTP/1.1 has (RFC 9112, section 6), and the memory it goes to.
import { malformed } from '../failures.ts';
import { roomFor } from '../room-for.ts';
import { type AnswerHead, headerLine } from './http-head.ts';

/** Takes a body as it comes. */
export interface Body {
  /** Where the next bytes may be read to, at least one; undefined while they must be looked at first, or when none is missing. */
  readonly room: Buffer | undefined;
  readonly isWhole: boolean;
  /** So many bytes were read into `room`. */
  filled(count: number): void;
  /** Takes its part of these bytes, and gives how many that were. @throws Failure `backend.protocol` */
  take(bytes: Buffer): number;
  /** The server has hung up: true when that is how this body ends. */
  ended(): boolean;
  whole(): Buffer;
}

/** How long a body may be, and the failure of one that is longer. Sizes in bytes. */
export interface BodyLimit {
  maxBytes: number;
  exceededBy(bytes: number): Error;
}

/** For what is no object: a page of a listing has at most 1000 keys of 1024 bytes, each of which may be told as three. */
export const answerLimit: BodyLimit = {
  maxBytes: 16 * 1024 * 1024,
  exceededBy: (bytes) => malformed(`a body of ${bytes} bytes`),
};
// Why a request was refused is said in a few lines.
const refusalBytesMax = 1024 * 1024;
// More is taken piece by piece as it comes, whatever length was told.
const takenAtOnceMax = 256 * 1024 * 1024;
const firstPieceBytes = 64 * 1024;
const pieceBytesMax = 16 * 1024 * 1024;
const chunkLineBytesMax = 1024;
// What is said beside the length is nothing to us, but must be well said.
const chunkLine =
  /^([0-9A-Fa-f]{1,8})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[ !#-[\]-~]*"))?)*$/;
const trailerBytesMax = 8 * 1024;

/**
 * The body that follows this head, into `memory` where it fits. @throws Failure `backend.protocol` when nobody can tell how long it is,
 * and what `limit` says of one that is too long
 */
export function bodyAfter(
  { status, headers }: AnswerHead,
  isHead: boolean,
  memory: Uint8Array | undefined,
  wanted: BodyLimit = answerLimit,
): Body {
  const limit = status < 300 ? wanted : { ...answerLimit, maxBytes: refusalBytesMax };
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined && length !== undefined) throw malformed('a length and chunks at once');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw malformed('an unknown transfer coding');
  // Two lengths were joined by a comma: they are no number, even if they are the same.
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed('a length that is none');
  if (isHead || status === 204 || status === 304) return lengthBody(0, undefined);
  if (coding !== undefined) return chunkedBody(limit);
  if (length === undefined) {
    // Whether such a body was cut off nobody can tell. Gateways refuse like that (503), and then its text does not matter.
    if (status < 300) throw malformed('no length of the body');
    return endlessBody(limit);
  }
  if (Number(length) > limit.maxBytes) throw limit.exceededBy(Number(length));
  return lengthBody(Number(length), memory);
}

function lengthBody(told: number, memory: Uint8Array | undefined): Body {
  const kept = new Kept(told > 0 && told <= takenAtOnceMax ? roomFor(told, memory) : undefined);
  const left = (): number => told - kept.count;
  return {
    get room() {
      return left() === 0 ? undefined : kept.room(left());
    },
    get isWhole() {
      return left() === 0;
    },
    filled: (count) => kept.filled(count),
    take: (bytes) => kept.copy(bytes.subarray(0, left())),
    ended: () => false,
    whole: () => kept.whole(),
  };
}

function endlessBody({ maxBytes }: BodyLimit): Body {
  const kept = new Kept();
  return {
    room: undefined,
    isWhole: false,
    filled: () => {},
    take(bytes) {
      if (kept.count + bytes.length > maxBytes) throw malformed('a body without an end');
      return kept.copy(bytes);
    },
    ended: () => true,
    whole: () => kept.whole(),
  };
}

// A line with the length in hexadecimal, so many bytes, an empty line, and so on until a length of 0 and lines that nobody needs.
function chunkedBody(limit: BodyLimit): Body {
  const kept = new Kept();
  let state: 'size' | 'data' | 'after data' | 'trailer' | 'whole' = 'size';
  let line = '';
  let left = 0;
  let trailerBytes = 0;

  function readLine(bytes: Buffer): number {
    const end = bytes.indexOf(10);
    const count = end < 0 ? bytes.length : end + 1;
    line += bytes.toString('latin1', 0, count);
    if (line.length > chunkLineBytesMax) throw malformed('a line of a chunk is too long');
    if (end < 0) return count;
    if (!line.endsWith('\r\n')) throw malformed('a line of a chunk has no end');
    const text = line.slice(0, -2);
    line = '';
    onLine(text);
    return count;
  }

  function onLine(text: string): void {
    if (state === 'size') {
      const [, size] = chunkLine.exec(text) ?? [];
      if (size === undefined) throw malformed('a chunk without a length');
      left = Number.parseInt(size, 16);
      if (kept.count + left > limit.maxBytes) throw limit.exceededBy(kept.count + left);
      state = left === 0 ? 'trailer' : 'data';
    } else if (state === 'after data') {
      if (text !== '') throw malformed('a chunk is longer than its length');
      state = 'size';
    } else {
      trailerBytes += text.length;
      if (trailerBytes > trailerBytesMax) throw malformed('too much after the last chunk');
      if (text === '') state = 'whole';
      else if (!headerLine.test(text)) throw malformed('something else than headers after the last chunk');
    }
  }

  return {
    room: undefined,
    get isWhole() {
      return state === 'whole';
    },
    filled: () => {},
    take(bytes) {
      let at = 0;
      while (at < bytes.length && state !== 'whole') {
        if (state !== 'data') {
          at += readLine(bytes.subarray(at));
          continue;
        }
        const count = kept.copy(bytes.subarray(at, at + left));
        at += count;
        left -= count;
        if (left === 0) state = 'after data';
      }
      return at;
    },
    ended: () => false,
    whole: () => kept.whole(),
  };
}

// Memory that is filled from its beginning: one piece where the length was known, else as many as it takes.
class Kept {
  readonly #pieces: Buffer[];
  #filledOfLast = 0;
  count = 0;

  constructor(first?: Buffer) {
    this.#pieces = first === undefined ? [] : [first];
  }

  /** Free memory, at least one byte and `most` at most. */
  room(most: number): Buffer {
    let last = this.#pieces.at(-1);
    if (last === undefined || this.#filledOfLast === last.length) {
      last = Buffer.allocUnsafeSlow(Math.min(pieceBytesMax, Math.max(firstPieceBytes, this.count)));
      this.#pieces.push(last);
      this.#filledOfLast = 0;
    }
    return last.subarray(this.#filledOfLast, this.#filledOfLast + most);
  }

  filled(count: number): void {
    this.#filledOfLast += count;
    this.count += count;
  }

  copy(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.room(bytes.length - at), 0, at);
      this.filled(count);
      at += count;
    }
    return bytes.length;
  }

  whole(): Buffer {
    const last = this.#pieces.at(-1);
    if (last === undefined) return Buffer.alloc(0);
    const end = last.subarray(0, this.#filledOfLast);
    return this.#pieces.length === 1 ? end : Buffer.concat([...this.#pieces.slice(0, -1), end]);
  }
}
