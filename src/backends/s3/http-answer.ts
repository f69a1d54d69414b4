// One answer of an HTTP/1.1 server, read from whatever pieces it comes in. What does not keep to the rules is refused, never guessed at.
import { malformed } from '../failures.ts';
import { type Body, type BodyLimit, bodyAfter } from './http-body.ts';
import { type AnswerHead, headBytesMax, parseHead } from './http-head.ts';

/** What a server answered. The names of the headers are in small letters. */
export interface HttpAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: Buffer;
}

const begins = 'HTTP/1.';
const headEnd = Buffer.from('\r\n\r\n');
// "100 Continue" and its kin come before the answer; nobody sends more than one.
const interimsMax = 8;

/** Reads one answer. */
export class AnswerReader {
  readonly #isHead: boolean;
  readonly #memory: Uint8Array | undefined;
  readonly #limit: BodyLimit | undefined;
  #headBytes: Buffer = Buffer.alloc(0);
  #interims = 0;
  #head: AnswerHead | undefined;
  #body: Body | undefined;

  /** `isHead`: it answers a HEAD request, so that no body follows. `memory`: where a body that fits may be put. `limit`: of a good answer. */
  constructor(isHead: boolean, memory?: Uint8Array, limit?: BodyLimit) {
    this.#isHead = isHead;
    this.#memory = memory;
    this.#limit = limit;
  }

  /** Where the next bytes may be read to, so that nobody has to copy them; undefined when they must be given to `take`. */
  get room(): Buffer | undefined {
    return this.#body?.room;
  }

  get isWhole(): boolean {
    return this.#body?.isWhole === true;
  }

  /** Whether the server hangs up after it. */
  get isLast(): boolean {
    return this.#head?.isLast !== false;
  }

  /** So many bytes were read into `room`. */
  filled(count: number): void {
    this.#body?.filled(count);
  }

  /** Takes bytes, which are the caller's again afterwards. @throws Failure `backend.protocol`, also for bytes beyond the answer */
  take(bytes: Buffer): void {
    let rest = bytes;
    while (this.#body === undefined && rest.length > 0) rest = this.#takeHead(rest);
    const count = this.#body?.take(rest) ?? 0;
    if (count < rest.length) throw malformed('more bytes than were promised');
  }

  /** The server has hung up. @returns whether the answer is whole by that */
  ended(): boolean {
    return this.isWhole || this.#body?.ended() === true;
  }

  /** The answer, once it is whole. */
  answer(): HttpAnswer {
    const { status = 0, headers = new Map<string, string>() } = this.#head ?? {};
    return { status, headers, body: this.#body?.whole() ?? Buffer.alloc(0) };
  }

  // Gives what follows the head.
  #takeHead(bytes: Buffer): Buffer {
    const known = this.#headBytes.length;
    const all = known === 0 ? bytes : Buffer.concat([this.#headBytes, bytes]);
    const end = all.indexOf(headEnd, Math.max(0, known - headEnd.length + 1));
    if ((end < 0 ? all.length : end) > headBytesMax) throw malformed(`a head of more than ${headBytesMax} bytes`);
    if (end < 0) {
      // Another service is found out by its first words: it may wait for ours.
      if (!begins.startsWith(all.toString('latin1', 0, begins.length)))
        throw malformed('no HTTP answer begins like this');
      this.#headBytes = known === 0 ? Buffer.from(bytes) : all;
      return all.subarray(all.length);
    }
    this.#headBytes = Buffer.alloc(0);
    const head = parseHead(all.toString('latin1', 0, end));
    if (head.status >= 200) {
      this.#head = head;
      this.#body = bodyAfter(head, this.#isHead, this.#memory, this.#limit);
    } else {
      this.#interims += 1;
      if (head.status === 101 || head.isLast || this.#interims > interimsMax)
        throw malformed('an answer that never begins');
    }
    return all.subarray(end + headEnd.length);
  }
}
