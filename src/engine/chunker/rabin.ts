// restic's content-defined chunking, told plainly: the twin that the fast one is tested against (restic/chunker, chunker.go).
import { polynomialMod } from './polynomial.ts';

/** Chunk sizes in bytes, as restic fixes them. */
export const minChunkBytes = 512 * 1024;
/** No chunk is longer. */
export const maxChunkBytes = 8 * 1024 * 1024;
/** The fingerprint looks at so many bytes. */
export const windowBytes = 64;
/** A chunk ends where these low bits of the fingerprint are zero: once in 1 MiB. */
export const splitMask = 0xf_ffff;

const degree = 53n;

/** The two tables of the rolling fingerprint, 256 numbers of 64 bits each. */
export interface RabinTables {
  /** What a byte still adds to the fingerprint when it leaves the window. */
  out: BigUint64Array;
  /** What the top byte becomes when the fingerprint is shifted by 8. */
  mod: BigUint64Array;
}

/** Computes the tables of an irreducible polynomial of degree 53. */
export function rabinTables(polynomial: bigint): RabinTables {
  const out = new BigUint64Array(256);
  const mod = new BigUint64Array(256);
  // Both are linear: what a byte gives is the sum of what its bits give.
  for (let byte = 1; byte < 256; byte += 1) {
    const rest = byte & (byte - 1);
    const bit = BigInt(byte ^ rest);
    const isBit = rest === 0;
    out[byte] = isBit ? polynomialMod(bit << BigInt(8 * (windowBytes - 1)), polynomial) : sum(out, byte, rest);
    mod[byte] = isBit ? polynomialMod(bit << degree, polynomial) | (bit << degree) : sum(mod, byte, rest);
  }
  return { out, mod };
}

function sum(table: BigUint64Array, byte: number, rest: number): bigint {
  return (table[rest] ?? 0n) ^ (table[byte ^ rest] ?? 0n);
}

/**
 * Length of the chunk that starts at `start`, given the bytes up to `end`; 0 when more bytes are needed to tell.
 * With `isLast` the bytes end here, and the rest is a chunk whatever it holds.
 */
export type FindCut = (bytes: Uint8Array, start: number, end: number, isLast: boolean) => number;

/** The plain chunker for a polynomial. Slow: it computes with big integers. */
export function plainChunker(polynomial: bigint): FindCut {
  const { out, mod } = rabinTables(polynomial);
  const table = (values: BigUint64Array, index: number): bigint => values[index] ?? 0n;
  return (bytes, start, end, isLast) => {
    const available = Math.min(end - start, maxChunkBytes);
    // The window holds nothing that came before its 64 bytes, so hashing may begin just before the smallest cut.
    let digest = 0n;
    for (let length = minChunkBytes - windowBytes + 1; length <= available; length += 1) {
      const at = start + length - 1;
      const leaving = length > minChunkBytes ? (bytes[at - windowBytes] ?? 0) : 0;
      digest ^= table(out, leaving);
      const top = Number(digest >> 45n);
      digest = (((digest << 8n) & 0xffff_ffff_ffff_ffffn) | BigInt(bytes[at] ?? 0)) ^ table(mod, top);
      if (length >= minChunkBytes && (digest & BigInt(splitMask)) === 0n) return length;
    }
    return available === maxChunkBytes || isLast ? available : 0;
  };
}
