// How a file is divided for its parity: into blocks, dealt to stripes like cards, so that damage in one place hits all stripes alike.
import { stripeBlocksMax } from './reed-solomon.ts';

/** The division of one file. */
export interface Shape {
  /** Bytes of the file. */
  fileBytes: number;
  /** A multiple of 16. The last block of the file counts as filled up with zeros. */
  blockBytes: number;
  /** Of the file. Block b belongs to stripe b mod `stripes`. */
  blocks: number;
  stripes: number;
  /** Parity blocks of each stripe: so many of its blocks may be damaged. */
  parity: number;
}

/** The most that can be asked for: half of the file. Above, a file that was replaced by another would be brought back. */
export const shareMax = 50;

const largestBlock = 4096;
const smallestBlock = 16;
const stripeBlocks = 100;

/** The division for `percent` of the file: any run of that many bytes, wherever it lies, can be given back. */
export function shapeFor(fileBytes: number, percent: number): Shape {
  const even = Math.ceil(fileBytes / stripeBlocks / smallestBlock) * smallestBlock;
  const blockBytes = Math.min(largestBlock, Math.max(smallestBlock, even));
  const blocks = Math.max(1, Math.ceil(fileBytes / blockBytes));
  const stripes = Math.ceil(blocks / stripeBlocks);
  const runBytes = Math.floor((fileBytes * percent) / 100);
  // A run that begins inside a block touches one more.
  const touched = Math.ceil(Math.max(0, runBytes - 1) / blockBytes) + 1;
  return { fileBytes, blockBytes, blocks, stripes, parity: Math.ceil(touched / stripes) };
}

/** False for numbers that no file of ours has: then they are not believed, and nothing is computed from them. */
export function isPossible({ fileBytes, blockBytes, blocks, stripes, parity }: Shape): boolean {
  if (![fileBytes, blockBytes, blocks, stripes, parity].every((number) => Number.isSafeInteger(number))) return false;
  if (blockBytes < smallestBlock || blockBytes > largestBlock || blockBytes % smallestBlock !== 0) return false;
  if (blocks !== Math.max(1, Math.ceil(fileBytes / blockBytes)) || stripes < 1 || stripes > blocks) return false;
  return parity >= 1 && Math.ceil(blocks / stripes) + parity <= stripeBlocksMax;
}

/** The blocks of a stripe, in order. */
export function blocksOfStripe({ blocks, stripes }: Shape, stripe: number): number[] {
  const all: number[] = [];
  for (let block = stripe; block < blocks; block += stripes) all.push(block);
  return all;
}
