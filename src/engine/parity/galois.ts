// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1, and sums of multiples of blocks over it: fast in WebAssembly, and the same in
// plain code where that cannot run.
import { wasmExports, wasmMemory } from '../wasm/modules.ts';

const powers = new Uint8Array(510);
const logarithms = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power += 1) {
  powers[power] = value;
  powers[power + 255] = value;
  logarithms[value] = power;
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
}

/** The product of two bytes. */
export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  return powers[(logarithms[a] ?? 0) + (logarithms[b] ?? 0)] ?? 0;
}

/** The byte whose product with `a`, which is not 0, is 1. */
export function inverse(a: number): number {
  return powers[255 - (logarithms[a] ?? 0)] ?? 0;
}

/** Blocks of one size that lie one after the other, and sums of their multiples. */
export interface BlockMath {
  /** Room for the blocks. */
  readonly blocks: Uint8Array;
  /** Block `target` becomes Σ coefficients[j] · block (source + j); the target is none of the sources. */
  combine(target: number, source: number, coefficients: Uint8Array): void;
}

/** For so many blocks of `blockBytes`, a multiple of 16. `portable` asks for the one that runs everywhere. */
export function blockMath(count: number, blockBytes: number, { portable = false } = {}): BlockMath {
  const isPortable = portable || process.env['ORBIT_PORTABLE'] === '1';
  return (isPortable ? undefined : wasmMath(count, blockBytes)) ?? plainMath(count, blockBytes);
}

function plainMath(count: number, blockBytes: number): BlockMath {
  const blocks = new Uint8Array(count * blockBytes);
  const products = new Uint8Array(256);
  return {
    blocks,
    combine(target, source, coefficients) {
      const sum = blocks.subarray(target * blockBytes, (target + 1) * blockBytes);
      sum.fill(0);
      for (const [number, coefficient] of coefficients.entries()) {
        if (coefficient === 0) continue;
        for (let byte = 0; byte < 256; byte += 1) products[byte] = multiply(coefficient, byte);
        const from = (source + number) * blockBytes;
        for (let at = 0; at < blockBytes; at += 1)
          sum[at] = (sum[at] as number) ^ (products[blocks[from + at] as number] as number);
      }
    },
  };
}

type Combine = (
  tables: number,
  target: number,
  sources: number,
  coefficients: number,
  count: number,
  bytes: number,
) => void;

// The tables first, then the coefficients of a call, then the blocks.
const tablesStart = 1024;
const coefficientsStart = tablesStart + 256 * 32;
const blocksStart = coefficientsStart + 256;

function wasmMath(count: number, blockBytes: number): BlockMath | undefined {
  try {
    const memory = wasmMemory(blocksStart + count * blockBytes);
    const combine = wasmExports('galois', memory)['combine'] as Combine;
    const bytes = new Uint8Array(memory.buffer);
    for (let coefficient = 0; coefficient < 256; coefficient += 1)
      for (let half = 0; half < 16; half += 1) {
        bytes[tablesStart + coefficient * 32 + half] = multiply(coefficient, half);
        bytes[tablesStart + coefficient * 32 + 16 + half] = multiply(coefficient, half << 4);
      }
    return {
      blocks: bytes.subarray(blocksStart, blocksStart + count * blockBytes),
      combine(target, source, coefficients) {
        bytes.set(coefficients, coefficientsStart);
        const placeOf = (block: number): number => blocksStart + block * blockBytes;
        combine(tablesStart, placeOf(target), placeOf(source), coefficientsStart, coefficients.length, blockBytes);
      },
    };
  } catch {
    // An engine without SIMD refuses the module.
    return undefined;
  }
}
