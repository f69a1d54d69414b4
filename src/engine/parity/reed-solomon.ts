// A Reed-Solomon code over GF(2^8) with a Cauchy matrix: of k data and m parity blocks any k give all the others back.
import assert from 'node:assert/strict';
import { type BlockMath, inverse, multiply } from './galois.ts';

/** The most blocks, data and parity together, that one stripe can have. */
export const stripeBlocksMax = 256;

/** One stripe's worth of room: the data blocks first, then the parity blocks, then as many again to work in. */
export interface Stripe {
  math: BlockMath;
  /** Data blocks and parity blocks there is room for. */
  dataMax: number;
  parity: number;
}

// Parity block i is Σ data block j / (x(i) + y(j)); every x and y is a byte of its own, so every square part can be inverted.
function coefficient(parityBlock: number, dataBlock: number): number {
  return inverse((255 - parityBlock) ^ dataBlock);
}

function row(parityBlock: number, dataBlocks: number): Uint8Array {
  return Uint8Array.from({ length: dataBlocks }, (_, dataBlock) => coefficient(parityBlock, dataBlock));
}

/** Makes the parity blocks of the first `dataBlocks` blocks. */
export function encodeStripe({ math, dataMax, parity }: Stripe, dataBlocks: number): void {
  assert.ok(dataMax + parity <= stripeBlocksMax);
  for (let block = 0; block < parity; block += 1) math.combine(dataMax + block, 0, row(block, dataBlocks));
}

/**
 * Gives back the data blocks in `lost`, from the other ones and as many of the parity blocks in `intact`. False, with the data blocks
 * as they were, when there are too few of those. Blocks are counted within their kind.
 */
export function decodeStripe(
  stripe: Stripe,
  dataBlocks: number,
  lost: readonly number[],
  intact: readonly number[],
): boolean {
  const { math, dataMax, parity } = stripe;
  if (lost.length > intact.length) return false;
  if (lost.length === 0) return true;
  const rows = intact.slice(0, lost.length);
  const scratch = dataMax + parity;
  for (const [at, parityBlock] of rows.entries()) {
    // What the lost blocks contributed to this parity block: the block itself without what the known ones did.
    const coefficients = new Uint8Array(scratch);
    coefficients.set(row(parityBlock, dataBlocks));
    for (const block of lost) coefficients[block] = 0;
    coefficients[dataMax + parityBlock] = 1;
    math.combine(scratch + at, 0, coefficients);
  }
  const matrix = invert(rows.map((parityBlock) => lost.map((block) => coefficient(parityBlock, block))));
  for (const [at, block] of lost.entries()) math.combine(block, scratch, Uint8Array.from(matrix[at] ?? []));
  return true;
}

// Gauss and Jordan, with the unit matrix at the right side. A part of a Cauchy matrix always has an inverse.
function invert(matrix: number[][]): number[][] {
  const size = matrix.length;
  const work = matrix.map((values, at) => [
    ...values,
    ...Array.from({ length: size }, (_, column) => Number(column === at)),
  ]);
  for (let column = 0; column < size; column += 1) {
    const pivot = work.findIndex((values, at) => at >= column && values[column] !== 0);
    assert.ok(pivot >= 0);
    [work[column], work[pivot]] = [work[pivot] as number[], work[column] as number[]];
    const factor = inverse(work[column]?.[column] ?? 0);
    const pivotRow = (work[column] as number[]).map((value) => multiply(value, factor));
    work[column] = pivotRow;
    for (const [at, values] of work.entries()) {
      const times = values[column] ?? 0;
      if (at === column || times === 0) continue;
      work[at] = values.map((value, place) => value ^ multiply(times, pivotRow[place] ?? 0));
    }
  }
  return work.map((values) => values.slice(size));
}
