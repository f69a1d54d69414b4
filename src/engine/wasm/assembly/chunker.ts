// The rolling fingerprint of restic's chunker, several stretches side by side. Built by scripts/build-wasm.ts.
//
// The fingerprint depends on the last 64 bytes only, so any stretch can be scanned by itself once 64 bytes before it were
// taken in. Four lanes walk four neighbouring stretches in step; the first hit in file order wins.
//
// Memory: 0 `out` table, 2048 `mod` table (256 u64 each), then what chunker-wide.ts keeps, 8192 input.

const MOD: usize = 2048;
const WINDOW: u32 = 64;
const SPLIT_MASK: u64 = 0xfffff;
// Not a power of two: lanes a power of two apart would fight for the same cache sets.
const STRETCH: u32 = 4112;

// @ts-ignore: decorator
@inline
function slide(digest: u64, at: usize): u64 {
  const left = digest ^ load<u64>(<usize>load<u8>(at - WINDOW) << 3);
  return ((left << 8) | <u64>load<u8>(at)) ^ load<u64>(<usize>(left >> 45) << 3, MOD);
}

// The fingerprint of the 64 bytes that end before `at`.
// @ts-ignore: decorator
@inline
function fresh(at: usize): u64 {
  let digest: u64 = 0;
  for (let p = at - WINDOW; p < at; p++) {
    digest = ((digest << 8) | <u64>load<u8>(p)) ^ load<u64>(<usize>(digest >> 45) << 3, MOD);
  }
  return digest;
}

/** The first position p in [from, to] where the 64 bytes before p have a fingerprint that cuts; 0 when there is none. */
export function scan(from: usize, to: usize): usize {
  let at = from;
  if (at > to) return 0;
  if ((fresh(at) & SPLIT_MASK) == 0) return at;
  while (at + 4 * STRETCH <= to) {
    let a = fresh(at);
    let b = fresh(at + STRETCH);
    let c = fresh(at + 2 * STRETCH);
    let d = fresh(at + 3 * STRETCH);
    let hitB: usize = 0;
    let hitC: usize = 0;
    let hitD: usize = 0;
    const end = at + STRETCH;
    for (let p = at; p < end; p++) {
      a = slide(a, p);
      b = slide(b, p + STRETCH);
      c = slide(c, p + 2 * STRETCH);
      d = slide(d, p + 3 * STRETCH);
      if ((a & SPLIT_MASK) == 0) return p + 1;
      if ((b & SPLIT_MASK) == 0 && hitB == 0) hitB = p + 1 + STRETCH;
      if ((c & SPLIT_MASK) == 0 && hitC == 0) hitC = p + 1 + 2 * STRETCH;
      if ((d & SPLIT_MASK) == 0 && hitD == 0) hitD = p + 1 + 3 * STRETCH;
    }
    if (hitB != 0) return hitB;
    if (hitC != 0) return hitC;
    if (hitD != 0) return hitD;
    at += 4 * STRETCH;
  }
  let digest = fresh(at);
  while (at < to) {
    digest = slide(digest, at);
    at++;
    if ((digest & SPLIT_MASK) == 0) return at;
  }
  return 0;
}
