// The half-byte tables of the sixteen-lane chunker (wasm/assembly/chunker-wide.ts).
import { polynomialMod } from './polynomial.ts';
import { windowBytes } from './rabin.ts';

const planes = 7;
const halves = 16;

/**
 * Four times 7 × 16 bytes: for each half byte, low then high, what the top byte becomes when the fingerprint is shifted by 8,
 * and what a byte still adds when it leaves the window. Times x^3, byte by byte from the lowest.
 */
export function wideTables(polynomial: bigint): Uint8Array {
  const powers = [53n, 57n, BigInt(8 * windowBytes), BigInt(8 * windowBytes + 4)];
  const tables = new Uint8Array(powers.length * planes * halves);
  for (const [table, power] of powers.entries()) {
    for (let half = 0; half < halves; half += 1) {
      const scaled = polynomialMod(BigInt(half) << power, polynomial) << 3n;
      for (let plane = 0; plane < planes; plane += 1)
        tables[(table * planes + plane) * halves + half] = Number((scaled >> BigInt(8 * plane)) & 0xffn);
    }
  }
  return tables;
}
