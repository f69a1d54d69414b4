// Two SHA-256 at once by the OpenSSL inside the node binary. Its function for that is not part of OpenSSL's promise (it serves TLS
// there), so it is used on the kind of processor and the series of OpenSSL it is known from, and only if it gives known answers.
import { hash } from 'node:crypto';
import { nodeMemory } from '../../base/node-binary.ts';
import type { TwinHasher } from './twin-hash.ts';

const blockBytes = 64;
const stateWords = 8;
// sha256-mb-x86_64.pl: a state is eight lanes wide, word by word; a message is a pointer and a number of blocks.
const lanes = 8;
const messageBytes = 16;
// Shorter messages cost more to set up than what they gain.
const worthBlocks = 64;

/** The hasher, or undefined where it cannot run. It still has to hash rightly. */
export async function nativeTwinHasher(): Promise<TwinHasher | undefined> {
  if (process.arch !== 'x64' || !process.versions.openssl.startsWith('3.5.')) return undefined;
  const memory = await nodeMemory();
  if (memory === undefined) return undefined;
  try {
    const two = memory.bind('void sha256_multi_block(void *states, const void *messages, int fours)');
    const one = memory.bind('void sha256_block_data_order(void *state, const void *blocks, size_t count)');
    return new NativeTwinHasher({ two, one, addressOf: memory.addressOf });
  } catch {
    return undefined;
  }
}

interface Functions {
  two(states: Uint32Array, messages: Uint8Array, fours: number): unknown;
  one(state: Uint32Array, blocks: Uint8Array, count: number): unknown;
  addressOf(bytes: Uint8Array): bigint;
}

class NativeTwinHasher implements TwinHasher {
  readonly name = 'native';
  readonly #functions: Functions;
  readonly #message = new LaneState();
  readonly #streamed = new LaneState();
  /** What is known of the stream, and how much of it is hashed, in whole blocks. */
  #stream: Uint8Array = new Uint8Array(0);
  #done = 0;
  readonly #states = new Uint32Array(stateWords * lanes);
  readonly #messages = new Uint8Array(messageBytes * lanes);
  readonly #messagesView = new DataView(this.#messages.buffer);

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  digest(message: Uint8Array): Buffer {
    const blocks = Math.floor(message.length / blockBytes);
    const waiting = Math.floor((this.#stream.length - this.#done) / blockBytes);
    const shared = Math.min(blocks, waiting);
    if (shared < worthBlocks) return hash('sha256', message, 'buffer');
    const behind = this.#stream.subarray(this.#done, this.#done + shared * blockBytes);
    this.#message.reset();
    this.#together(message.subarray(0, shared * blockBytes), behind, shared);
    this.#done += behind.length;
    return this.#end(this.#message, message, shared * blockBytes);
  }

  follow(stream: Uint8Array): void {
    this.#stream = stream;
  }

  finish(stream: Uint8Array): string {
    const digest =
      this.#done === 0 ? hash('sha256', stream) : this.#end(this.#streamed, stream, this.#done).toString('hex');
    this.reset();
    return digest;
  }

  reset(): void {
    this.#stream = new Uint8Array(0);
    this.#done = 0;
    this.#streamed.reset();
  }

  #together(message: Uint8Array, behind: Uint8Array, blocks: number): void {
    const { two, addressOf } = this.#functions;
    for (const [lane, [state, bytes]] of [
      [this.#message, message] as const,
      [this.#streamed, behind] as const,
    ].entries()) {
      for (let word = 0; word < stateWords; word += 1) this.#states[word * lanes + lane] = state.words[word] ?? 0;
      this.#messagesView.setBigUint64(lane * messageBytes, addressOf(bytes), true);
      this.#messagesView.setInt32(lane * messageBytes + 8, blocks, true);
    }
    two(this.#states, this.#messages, 1);
    for (const [lane, state] of [this.#message, this.#streamed].entries())
      for (let word = 0; word < stateWords; word += 1) state.words[word] = this.#states[word * lanes + lane] ?? 0;
  }

  // The rest of it from `done` on, and the padding of FIPS 180-4.
  #end(state: LaneState, bytes: Uint8Array, done: number): Buffer {
    const { one } = this.#functions;
    const whole = Math.floor((bytes.length - done) / blockBytes);
    if (whole > 0) one(state.words, bytes.subarray(done), whole);
    const rest = bytes.subarray(done + whole * blockBytes);
    const padded = Buffer.alloc(rest.length + 9 <= blockBytes ? blockBytes : 2 * blockBytes);
    padded.set(rest);
    padded[rest.length] = 0x80;
    padded.writeBigUInt64BE(BigInt(bytes.length) * 8n, padded.length - 8);
    one(state.words, padded, padded.length / blockBytes);
    const digest = Buffer.alloc(stateWords * 4);
    for (let word = 0; word < stateWords; word += 1) digest.writeUInt32BE(state.words[word] ?? 0, word * 4);
    return digest;
  }
}

/** The eight words between two blocks. */
class LaneState {
  readonly words = new Uint32Array(stateWords);

  constructor() {
    this.reset();
  }

  reset(): void {
    this.words.set([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]);
  }
}
