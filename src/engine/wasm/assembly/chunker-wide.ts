// The rolling fingerprint of restic's chunker in sixteen lanes of SIMD. chunker.ts is its plain twin. Needs relaxed SIMD.
//
// Sixteen neighbouring stretches are walked in step, one byte of each at a time. The fingerprint (53 bits, modulo P) is kept
// times x^3, modulo P·x^3: 56 bits, so that it is 7 whole bytes and one step moves every byte up by one. What leaves at the
// top, and what the byte 64 places back still adds, is looked up by half bytes: 16 entries a table fit one register.
//
// Memory: 4096 tables of 7 × 16 bytes (see wide-tables.ts), 4608 columns to come, 4864 half-turned ones, 5120 the last 64
// columns, 8192 input.

const TOP_LOW: usize = 4096;
const TOP_HIGH: usize = TOP_LOW + 112;
const LEAVING_LOW: usize = TOP_LOW + 224;
const LEAVING_HIGH: usize = TOP_LOW + 336;
const COLUMNS: usize = 4608;
const HALF: usize = 4864;
const WINDOW: usize = 5120;
const WINDOW_BYTES: usize = 64;
const LANES: usize = 16;
// Not a power of two: lanes a power of two apart would fight for the same cache sets.
const STRETCH_MAX: usize = 4112;
const STRETCH_MIN: usize = 272;

// @ts-ignore: decorator
@inline
function look(low: usize, high: usize, plane: usize, lowHalf: v128, highHalf: v128): v128 {
  return v128.xor(
    i8x16.relaxed_swizzle(v128.load(low + plane * 16), lowHalf),
    i8x16.relaxed_swizzle(v128.load(high + plane * 16), highHalf),
  );
}

// @ts-ignore: decorator
@inline
function both(plane: usize, topLow: v128, topHigh: v128, leavingLow: v128, leavingHigh: v128): v128 {
  return v128.xor(
    look(TOP_LOW, TOP_HIGH, plane, topLow, topHigh),
    look(LEAVING_LOW, LEAVING_HIGH, plane, leavingLow, leavingHigh),
  );
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// Half of turning 16 rows of 16 bytes into columns: done twice, row n holds what was column n.
// @ts-ignore: decorator
@inline
function halfTurn(rows: usize, apart: usize, to: usize): void {
  for (let n: usize = 0; n < 4; n++) {
    const a = v128.load(rows + n * apart);
    const b = v128.load(rows + (n + 4) * apart);
    const c = v128.load(rows + (n + 8) * apart);
    const d = v128.load(rows + (n + 12) * apart);
    const ac = low(a, c);
    const bd = low(b, d);
    const acHigh = high(a, c);
    const bdHigh = high(b, d);
    v128.store(to + n * 64, low(ac, bd));
    v128.store(to + n * 64, high(ac, bd), 16);
    v128.store(to + n * 64, low(acHigh, bdHigh), 32);
    v128.store(to + n * 64, high(acHigh, bdHigh), 48);
  }
}

// Sixteen stretches that begin at `at`: the first position in them that cuts (their beginning and end included), or 0.
function scanStretches(at: usize, stretch: usize): usize {
  const halves = i8x16.splat(0x0f);
  let p0 = i8x16.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let p4 = p0;
  let p5 = p0;
  let p6 = p0;
  for (let n: usize = 0; n < WINDOW_BYTES; n++) v128.store(WINDOW + n * 16, p0);
  let hit: usize = 0;
  let hitLane: usize = LANES;
  const from = at - WINDOW_BYTES;
  const steps = stretch + WINDOW_BYTES;
  for (let step: usize = 0; step < steps; step += 16) {
    halfTurn(from + step, stretch, HALF);
    halfTurn(HALF, 16, COLUMNS);
    const window = WINDOW + (step & (WINDOW_BYTES - 1)) * 16;
    for (let column: usize = 0; column < 256; column += 16) {
      const entering = v128.load(COLUMNS + column);
      const leaving = v128.load(window + column);
      v128.store(window + column, entering);
      const topLow = v128.and(p6, halves);
      const topHigh = v128.and(i16x8.shr_u(p6, 4), halves);
      const leavingLow = v128.and(leaving, halves);
      const leavingHigh = v128.and(i16x8.shr_u(leaving, 4), halves);
      p6 = v128.xor(p5, both(6, topLow, topHigh, leavingLow, leavingHigh));
      p5 = v128.xor(p4, both(5, topLow, topHigh, leavingLow, leavingHigh));
      p4 = v128.xor(p3, both(4, topLow, topHigh, leavingLow, leavingHigh));
      p3 = v128.xor(p2, both(3, topLow, topHigh, leavingLow, leavingHigh));
      p2 = v128.xor(p1, both(2, topLow, topHigh, leavingLow, leavingHigh));
      // The entering byte times x^3.
      const carried = v128.and(i16x8.shr_u(entering, 5), i8x16.splat(0x07));
      p1 = v128.xor(v128.xor(p0, carried), both(1, topLow, topHigh, leavingLow, leavingHigh));
      const shifted = v128.and(i16x8.shl(entering, 3), i8x16.splat(<i8>0xf8));
      p0 = v128.xor(shifted, both(0, topLow, topHigh, leavingLow, leavingHigh));
      // The low 20 bits of the fingerprint, which stand 3 higher here.
      const mark = v128.or(v128.or(p0, p1), v128.and(p2, i8x16.splat(0x7f)));
      if (i8x16.all_true(mark)) continue;
      const taken = step + (column >> 4) + 1;
      if (taken < WINDOW_BYTES) continue;
      const lane = <usize>ctz(i8x16.bitmask(i8x16.eq(mark, i8x16.splat(0))));
      if (lane >= hitLane) continue;
      hitLane = lane;
      hit = from + lane * stretch + taken;
      // Nothing comes before the first lane.
      if (lane == 0) return hit;
    }
  }
  return hit;
}

/**
 * The first position p in [from, to] where the 64 bytes before p have a fingerprint that cuts; or, negative, the position
 * up to which there is none and from which on nobody has looked.
 */
export function scan(from: usize, to: usize): i32 {
  let at = from;
  while (at + LANES * STRETCH_MIN <= to) {
    let stretch = min(STRETCH_MAX, ((to - at) / LANES) & ~15);
    if ((stretch & 1023) == 0) stretch -= 16;
    const hit = scanStretches(at, stretch);
    if (hit != 0) return <i32>hit;
    at += LANES * stretch;
  }
  return -(<i32>at);
}
