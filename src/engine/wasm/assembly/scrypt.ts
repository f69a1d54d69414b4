// scrypt's ROMix (RFC 7914, section 5) over two blocks of 128 · r bytes at once: nearly all the time that key derivation takes. Salsa20/8
// is one long chain of steps, each waiting for the one before; two chains side by side fill the gaps. Each 64 bytes lie by their
// diagonals, four words to a vector. Built by scripts/build-wasm.ts.
//
// What belongs to the second block lies `apart` bytes behind what belongs to the first.

// @ts-ignore: decorator
@inline
function step(x: v128, y: v128, z: v128, by: i32): v128 {
  const sum = i32x4.add(y, z);
  return v128.xor(x, v128.xor(i32x4.shl(sum, by), i32x4.shr_u(sum, 32 - by)));
}

// @ts-ignore: decorator
@inline
function last(x: v128): v128 {
  return i32x4.shuffle(x, x, 3, 0, 1, 2);
}

// @ts-ignore: decorator
@inline
function half(x: v128): v128 {
  return i32x4.shuffle(x, x, 2, 3, 0, 1);
}

// @ts-ignore: decorator
@inline
function next(x: v128): v128 {
  return i32x4.shuffle(x, x, 1, 2, 3, 0);
}

// BlockMix of `from` ⊕ `with` of each to `to`, which overlaps neither. Even pieces go to the first half.
function mixBlocks(from: usize, with1: usize, with2: usize, to: usize, apart: usize, r: u32): void {
  const bytes = <usize>r << 7;
  const end = bytes - 64;
  let a = v128.xor(v128.load(from + end), v128.load(with1 + end));
  let b = v128.xor(v128.load(from + end, 16), v128.load(with1 + end, 16));
  let c = v128.xor(v128.load(from + end, 32), v128.load(with1 + end, 32));
  let d = v128.xor(v128.load(from + end, 48), v128.load(with1 + end, 48));
  const from2 = from + apart;
  let e = v128.xor(v128.load(from2 + end), v128.load(with2 + end));
  let f = v128.xor(v128.load(from2 + end, 16), v128.load(with2 + end, 16));
  let g = v128.xor(v128.load(from2 + end, 32), v128.load(with2 + end, 32));
  let h = v128.xor(v128.load(from2 + end, 48), v128.load(with2 + end, 48));
  for (let at: usize = 0; at < bytes; at += 64) {
    a = v128.xor(a, v128.xor(v128.load(from + at), v128.load(with1 + at)));
    b = v128.xor(b, v128.xor(v128.load(from + at, 16), v128.load(with1 + at, 16)));
    c = v128.xor(c, v128.xor(v128.load(from + at, 32), v128.load(with1 + at, 32)));
    d = v128.xor(d, v128.xor(v128.load(from + at, 48), v128.load(with1 + at, 48)));
    e = v128.xor(e, v128.xor(v128.load(from2 + at), v128.load(with2 + at)));
    f = v128.xor(f, v128.xor(v128.load(from2 + at, 16), v128.load(with2 + at, 16)));
    g = v128.xor(g, v128.xor(v128.load(from2 + at, 32), v128.load(with2 + at, 32)));
    h = v128.xor(h, v128.xor(v128.load(from2 + at, 48), v128.load(with2 + at, 48)));
    const a0 = a;
    const b0 = b;
    const c0 = c;
    const d0 = d;
    const e0 = e;
    const f0 = f;
    const g0 = g;
    const h0 = h;
    for (let doubleRound = 0; doubleRound < 4; doubleRound++) {
      b = step(b, a, d, 7);
      f = step(f, e, h, 7);
      c = step(c, b, a, 9);
      g = step(g, f, e, 9);
      d = step(d, c, b, 13);
      h = step(h, g, f, 13);
      a = step(a, d, c, 18);
      e = step(e, h, g, 18);
      b = last(b);
      f = last(f);
      c = half(c);
      g = half(g);
      d = next(d);
      h = next(h);
      d = step(d, a, b, 7);
      h = step(h, e, f, 7);
      c = step(c, d, a, 9);
      g = step(g, h, e, 9);
      b = step(b, c, d, 13);
      f = step(f, g, h, 13);
      a = step(a, b, c, 18);
      e = step(e, f, g, 18);
      b = next(b);
      f = next(f);
      c = half(c);
      g = half(g);
      d = last(d);
      h = last(h);
    }
    a = i32x4.add(a, a0);
    b = i32x4.add(b, b0);
    c = i32x4.add(c, c0);
    d = i32x4.add(d, d0);
    e = i32x4.add(e, e0);
    f = i32x4.add(f, f0);
    g = i32x4.add(g, g0);
    h = i32x4.add(h, h0);
    const place = to + (at >> 7 << 6) + (at & 64 ? bytes >> 1 : 0);
    v128.store(place, a);
    v128.store(place, b, 16);
    v128.store(place, c, 32);
    v128.store(place, d, 48);
    v128.store(place + apart, e);
    v128.store(place + apart, f, 16);
    v128.store(place + apart, g, 32);
    v128.store(place + apart, h, 48);
  }
}

// Which block to mix with next: Integerify, in the first word of the last 64 bytes.
// @ts-ignore: decorator
@inline
function chosen(block: usize, blocks: usize, n: u32, r: u32): usize {
  const bytes = <usize>r << 7;
  return blocks + bytes * (load<u32>(block + bytes - 64) & (n - 1));
}

/**
 * Mixes the blocks at `area` and at `area + apart` in place. Behind each there is room for n + 2 more of its size, the last of them
 * zeros; n is a power of two above 1.
 */
export function mix(area: usize, apart: usize, n: u32, r: u32): void {
  const bytes = <usize>r << 7;
  const blocks = area + bytes;
  const spare = blocks + bytes * n;
  const zeros = spare + bytes;
  memory.copy(blocks, area, bytes);
  memory.copy(blocks + apart, area + apart, bytes);
  for (let to = blocks + bytes; to < spare; to += bytes) mixBlocks(to - bytes, zeros, zeros, to, apart, r);
  mixBlocks(spare - bytes, zeros, zeros, area, apart, r);
  for (let done: u32 = 0; done < n; done += 2) {
    mixBlocks(area, chosen(area, blocks, n, r), chosen(area + apart, blocks + apart, n, r), spare, apart, r);
    mixBlocks(spare, chosen(spare, blocks, n, r), chosen(spare + apart, blocks + apart, n, r), area, apart, r);
  }
}
