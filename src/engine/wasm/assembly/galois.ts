// Sums of multiples of blocks over GF(2^8), sixteen bytes at a step: what Reed-Solomon codes are made of. A product is looked up by
// its two half bytes, so a coefficient has two tables of sixteen. Built by scripts/build-wasm.ts.

/**
 * target = Σ coefficient(j) · source(j). `tables` has 32 bytes for each of the 256 coefficients; blocks lie one after the other from
 * `sources`; `bytes` is a multiple of 16.
 */
export function combine(
  tables: usize,
  target: usize,
  sources: usize,
  coefficients: usize,
  count: u32,
  bytes: usize,
): void {
  const low = i8x16.splat(15);
  for (let at: usize = 0; at < bytes; at += 16) {
    let sum = i64x2.splat(0);
    let source = sources + at;
    for (let j: u32 = 0; j < count; j++) {
      const table = tables + (<usize>load<u8>(coefficients + j) << 5);
      const piece = v128.load(source);
      const byLow = i8x16.swizzle(v128.load(table), v128.and(piece, low));
      const byHigh = i8x16.swizzle(v128.load(table, 16), i8x16.shr_u(piece, 4));
      sum = v128.xor(sum, v128.xor(byLow, byHigh));
      source += bytes;
    }
    v128.store(target + at, sum);
  }
}
