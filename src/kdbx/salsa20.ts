// Salsa20/20 (Bernstein, "The Salsa20 family of stream ciphers", section 4): the inner stream of KDBX 3.1.
import type { KeyStream } from './key-stream.ts';
import { viewOf } from './bytes.ts';

/** The Salsa20 key stream for a key of 32 bytes and a nonce of 8, from block 0. */
export class Salsa20 implements KeyStream {
  readonly #state = new Uint32Array(16);
  readonly #block = new Uint32Array(16);
  readonly #bytes = new Uint8Array(64);
  #used = 64;

  constructor(key: Uint8Array, nonce: Uint8Array) {
    const keyView = viewOf(key);
    const nonceView = viewOf(nonce);
    const word = (index: number): number => keyView.getUint32(index * 4, true);
    // "expand 32-byte k" lies on the diagonal.
    this.#state.set([0x61707865, word(0), word(1), word(2), word(3), 0x3320646e, nonceView.getUint32(0, true)]);
    this.#state.set(
      [nonceView.getUint32(4, true), 0, 0, 0x79622d32, word(4), word(5), word(6), word(7), 0x6b206574],
      7,
    );
  }

  apply(data: Uint8Array): void {
    for (let i = 0; i < data.length; i += 1) {
      if (this.#used === 64) this.#nextBlock();
      data[i] = (data[i] as number) ^ (this.#bytes[this.#used] as number);
      this.#used += 1;
    }
  }

  #nextBlock(): void {
    const block = this.#block;
    const state = this.#state;
    block.set(state);
    for (let round = 0; round < 10; round += 1) {
      quarter(block, 0, 4, 8, 12);
      quarter(block, 5, 9, 13, 1);
      quarter(block, 10, 14, 2, 6);
      quarter(block, 15, 3, 7, 11);
      quarter(block, 0, 1, 2, 3);
      quarter(block, 5, 6, 7, 4);
      quarter(block, 10, 11, 8, 9);
      quarter(block, 15, 12, 13, 14);
    }
    const view = viewOf(this.#bytes);
    for (let i = 0; i < 16; i += 1) view.setUint32(i * 4, (block[i] as number) + (state[i] as number), true);
    state[8] = (state[8] as number) + 1;
    if (state[8] === 0) state[9] = (state[9] as number) + 1;
    this.#used = 0;
  }
}

function quarter(words: Uint32Array, a: number, b: number, c: number, d: number): void {
  let x = words[a] as number;
  let y = words[b] as number;
  let z = words[c] as number;
  let w = words[d] as number;
  y ^= rotated(x + w, 7);
  z ^= rotated(y + x, 9);
  w ^= rotated(z + y, 13);
  x ^= rotated(w + z, 18);
  words[a] = x;
  words[b] = y;
  words[c] = z;
  words[d] = w;
}

function rotated(sum: number, by: number): number {
  return (sum << by) | ((sum | 0) >>> (32 - by));
}
