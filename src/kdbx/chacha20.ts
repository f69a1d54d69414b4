// ChaCha20 (RFC 8439, section 2.4) in plain TypeScript: for the inner stream, and for pages without Node.
import type { KeyStream } from './key-stream.ts';
import { viewOf } from './bytes.ts';

const blockBytes = 64;

/** The ChaCha20 key stream for a key of 32 bytes and a nonce of 12, from block 0. Sealing and opening are the same. */
export class ChaCha20 implements KeyStream {
  readonly #state = new Uint32Array(16);
  readonly #block = new Uint32Array(16);
  readonly #bytes = new Uint8Array(blockBytes);
  #used = blockBytes;

  constructor(key: Uint8Array, nonce: Uint8Array) {
    const keyView = viewOf(key);
    const nonceView = viewOf(nonce);
    // "expand 32-byte k"
    this.#state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
    for (let i = 0; i < 8; i += 1) this.#state[4 + i] = keyView.getUint32(i * 4, true);
    for (let i = 0; i < 3; i += 1) this.#state[13 + i] = nonceView.getUint32(i * 4, true);
  }

  apply(data: Uint8Array): void {
    const bytes = this.#bytes;
    let used = this.#used;
    for (let i = 0; i < data.length; i += 1) {
      if (used === blockBytes) {
        this.#nextBlock();
        used = 0;
      }
      data[i] = (data[i] as number) ^ (bytes[used] as number);
      used += 1;
    }
    this.#used = used;
  }

  /** How many bytes of it were used up. */
  get position(): number {
    return (this.#state[12] as number) * blockBytes + this.#used - blockBytes;
  }

  /** Moves it to where so many bytes of it are used up. */
  moveTo(position: number): void {
    this.#state[12] = Math.floor(position / blockBytes);
    this.#used = blockBytes;
    const used = position % blockBytes;
    if (used === 0) return;
    this.#nextBlock();
    this.#used = used;
  }

  /** The same stream once more, from a place of its own. */
  copyAt(position: number): ChaCha20 {
    const copy = new ChaCha20(new Uint8Array(32), new Uint8Array(12));
    copy.#state.set(this.#state);
    copy.moveTo(position);
    return copy;
  }

  #nextBlock(): void {
    const block = this.#block;
    const state = this.#state;
    permute(state, block);
    const bytes = this.#bytes;
    for (let i = 0; i < 16; i += 1) {
      const word = ((block[i] as number) + (state[i] as number)) | 0;
      bytes[i * 4] = word;
      bytes[i * 4 + 1] = word >>> 8;
      bytes[i * 4 + 2] = word >>> 16;
      bytes[i * 4 + 3] = word >>> 24;
    }
    state[12] = (state[12] as number) + 1;
  }
}

// The words live in local variables: in an array this takes several times as long.
function permute(state: Uint32Array, out: Uint32Array): void {
  let [a, b, c, d] = [state[0] as number, state[1] as number, state[2] as number, state[3] as number];
  let [e, f, g, h] = [state[4] as number, state[5] as number, state[6] as number, state[7] as number];
  let [i, j, k, l] = [state[8] as number, state[9] as number, state[10] as number, state[11] as number];
  let [m, n, o, p] = [state[12] as number, state[13] as number, state[14] as number, state[15] as number];
  for (let round = 0; round < 10; round += 1) {
    a = (a + e) | 0;
    m ^= a;
    m = (m << 16) | (m >>> 16);
    i = (i + m) | 0;
    e ^= i;
    e = (e << 12) | (e >>> 20);
    a = (a + e) | 0;
    m ^= a;
    m = (m << 8) | (m >>> 24);
    i = (i + m) | 0;
    e ^= i;
    e = (e << 7) | (e >>> 25);
    b = (b + f) | 0;
    n ^= b;
    n = (n << 16) | (n >>> 16);
    j = (j + n) | 0;
    f ^= j;
    f = (f << 12) | (f >>> 20);
    b = (b + f) | 0;
    n ^= b;
    n = (n << 8) | (n >>> 24);
    j = (j + n) | 0;
    f ^= j;
    f = (f << 7) | (f >>> 25);
    c = (c + g) | 0;
    o ^= c;
    o = (o << 16) | (o >>> 16);
    k = (k + o) | 0;
    g ^= k;
    g = (g << 12) | (g >>> 20);
    c = (c + g) | 0;
    o ^= c;
    o = (o << 8) | (o >>> 24);
    k = (k + o) | 0;
    g ^= k;
    g = (g << 7) | (g >>> 25);
    d = (d + h) | 0;
    p ^= d;
    p = (p << 16) | (p >>> 16);
    l = (l + p) | 0;
    h ^= l;
    h = (h << 12) | (h >>> 20);
    d = (d + h) | 0;
    p ^= d;
    p = (p << 8) | (p >>> 24);
    l = (l + p) | 0;
    h ^= l;
    h = (h << 7) | (h >>> 25);
    a = (a + f) | 0;
    p ^= a;
    p = (p << 16) | (p >>> 16);
    k = (k + p) | 0;
    f ^= k;
    f = (f << 12) | (f >>> 20);
    a = (a + f) | 0;
    p ^= a;
    p = (p << 8) | (p >>> 24);
    k = (k + p) | 0;
    f ^= k;
    f = (f << 7) | (f >>> 25);
    b = (b + g) | 0;
    m ^= b;
    m = (m << 16) | (m >>> 16);
    l = (l + m) | 0;
    g ^= l;
    g = (g << 12) | (g >>> 20);
    b = (b + g) | 0;
    m ^= b;
    m = (m << 8) | (m >>> 24);
    l = (l + m) | 0;
    g ^= l;
    g = (g << 7) | (g >>> 25);
    c = (c + h) | 0;
    n ^= c;
    n = (n << 16) | (n >>> 16);
    i = (i + n) | 0;
    h ^= i;
    h = (h << 12) | (h >>> 20);
    c = (c + h) | 0;
    n ^= c;
    n = (n << 8) | (n >>> 24);
    i = (i + n) | 0;
    h ^= i;
    h = (h << 7) | (h >>> 25);
    d = (d + e) | 0;
    o ^= d;
    o = (o << 16) | (o >>> 16);
    j = (j + o) | 0;
    e ^= j;
    e = (e << 12) | (e >>> 20);
    d = (d + e) | 0;
    o ^= d;
    o = (o << 8) | (o >>> 24);
    j = (j + o) | 0;
    e ^= j;
    e = (e << 7) | (e >>> 25);
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
  out[4] = e;
  out[5] = f;
  out[6] = g;
  out[7] = h;
  out[8] = i;
  out[9] = j;
  out[10] = k;
  out[11] = l;
  out[12] = m;
  out[13] = n;
  out[14] = o;
  out[15] = p;
}
