// The side file of one stored file: what is needed to find damaged blocks and to give them back. It holds nothing but sums and hashes of
// bytes that lie at the destination anyway, so it needs no key and tells nobody anything.
//
//   part ‖ parity blocks, stripe after stripe ‖ part again ‖ length of a part (u32)
//   part   magic (16) · bytes of the file (u64) · bytes of a block, stripes, parity blocks of a stripe, 0 (u32 each) · SHA-256 of
//          the file (32) · 8 bytes of SHA-256 of each block, the file's first, then the parity's · SHA-256 of all that (32)
import { hash } from 'node:crypto';
import { type BlockMath, blockMath } from './galois.ts';
import { decodeStripe, encodeStripe, type Stripe } from './reed-solomon.ts';
import { blocksOfStripe, isPossible, type Shape, shapeFor } from './shape.ts';

const magic = Buffer.from('orbit parity 1\n\0');
const headBytes = 72;
const blockHashBytes = 8;
const digestBytes = 32;

/** What a side file says before its parity blocks. */
export interface SideFile {
  shape: Shape;
  /** SHA-256 of the file, in hexadecimal. */
  fileHash: string;
  /** 8 bytes for each block, the file's first, then the parity's. */
  hashes: Buffer;
  /** The parity blocks, damaged ones among them. */
  parity: Buffer;
}

/** What came of mending a file. */
export type Mended =
  | { result: 'whole' }
  /** `bytes` is the file as it was when its side file was made. */
  | { result: 'mended'; bytes: Buffer; blocks: number }
  /** More is damaged than the side file can give back. Nothing of the file is given. */
  | { result: 'beyond'; blocks: number; reason: string };

/** How a side file is made. */
export interface EncodeOptions {
  portable?: boolean;
  /** SHA-256 of the file in hexadecimal, where the caller knows it. */
  fileHash?: string | undefined;
}

/** The side file of a file, from which any run of `percent` of its bytes can be given back. The same bytes for the same file. */
export function encodeSideFile(file: Buffer, percent: number, options: EncodeOptions = {}): Buffer {
  return encodeWithShape(file, shapeFor(file.length, percent), options);
}

/** As `encodeSideFile`, divided as a side file was that is damaged now. */
export function encodeWithShape(file: Buffer, shape: Shape, options: EncodeOptions = {}): Buffer {
  const { blocks, blockBytes, stripes, parity } = shape;
  const parts = partBytes(shape);
  const out = Buffer.alloc(2 * parts + stripes * parity * blockBytes + 4);
  let at = magic.copy(out);
  at = out.writeBigUInt64LE(BigInt(file.length), at);
  for (const number of [blockBytes, stripes, parity, 0]) at = out.writeUInt32LE(number, at);
  at += out.write(options.fileHash ?? hash('sha256', file, 'hex'), at, 'hex');
  for (let block = 0; block < blocks; block += 1) at += blockHash(blockOf(file, shape, block)).copy(out, at);
  const stripe = roomFor(shape, options);
  let parityAt = parts;
  for (let number = 0; number < stripes; number += 1) {
    const count = fillStripe(stripe.math, file, shape, number);
    encodeStripe(stripe, count);
    for (let row = 0; row < parity; row += 1) {
      const from = (stripe.dataMax + row) * blockBytes;
      const block = stripe.math.blocks.subarray(from, from + blockBytes);
      out.set(block, parityAt);
      parityAt += blockBytes;
      at += blockHash(block).copy(out, at);
    }
  }
  out.write(hash('sha256', out.subarray(0, at), 'hex'), at, 'hex');
  out.copyWithin(parityAt, 0, parts);
  out.writeUInt32LE(parts, out.length - 4);
  return out;
}

/** Reads a side file by whichever of its two parts is whole; undefined when neither is. */
export function decodeSideFile(bytes: Buffer): SideFile | undefined {
  if (bytes.length < 2 * (headBytes + digestBytes) + 4) return undefined;
  const length = bytes.readUInt32LE(bytes.length - 4);
  const first = decodePart(bytes.subarray(0, bytes.length - 4));
  const second = decodePart(bytes.subarray(Math.max(0, bytes.length - 4 - length), bytes.length - 4));
  const part = first ?? second;
  if (part === undefined) return undefined;
  const { shape } = part;
  const from = partBytes(shape);
  // Cut short, it ends early; what is missing counts as damaged.
  const parity = Buffer.alloc(shape.stripes * shape.parity * shape.blockBytes);
  bytes.copy(parity, 0, from, Math.min(bytes.length, from + parity.length));
  return { ...part, parity };
}

/** Mends a file by its side file. What it gives has the hash that the side file names. */
export function mendFile(file: Buffer, side: SideFile, options: { portable?: boolean } = {}): Mended {
  const { shape, hashes } = side;
  if (file.length === shape.fileBytes && hash('sha256', file, 'hex') === side.fileHash) return { result: 'whole' };
  const isIntact = (block: number, bytes: Uint8Array): boolean =>
    blockHash(bytes).equals(hashes.subarray(block * blockHashBytes, (block + 1) * blockHashBytes));
  // As long as it should be: what is missing at the end is damaged blocks, what is too much is cut off.
  const mended = Buffer.alloc(shape.fileBytes);
  file.copy(mended, 0, 0, Math.min(file.length, shape.fileBytes));
  const stripe = roomFor(shape, options);
  let damaged = 0;
  let beyond = 0;
  for (let number = 0; number < shape.stripes; number += 1) {
    const members = blocksOfStripe(shape, number);
    const lost = [...members.keys()].filter((at) => {
      const block = members[at] ?? 0;
      const isMissing = Math.min((block + 1) * shape.blockBytes, shape.fileBytes) > file.length;
      return isMissing || !isIntact(block, blockOf(mended, shape, block));
    });
    damaged += lost.length;
    if (lost.length === 0) continue;
    fillStripe(stripe.math, mended, shape, number);
    const intact = intactParity(side, stripe, number, isIntact);
    if (!decodeStripe(stripe, members.length, lost, intact)) {
      beyond = Math.max(beyond, lost.length - intact.length);
      continue;
    }
    for (const at of lost) {
      const from = (members[at] ?? 0) * shape.blockBytes;
      mended.set(
        stripe.math.blocks
          .subarray(at * shape.blockBytes, (at + 1) * shape.blockBytes)
          .subarray(0, shape.fileBytes - from),
        from,
      );
    }
  }
  if (beyond > 0)
    return {
      result: 'beyond',
      blocks: damaged,
      reason: `${damaged} of its ${shape.blocks} blocks are damaged, ${beyond} too many`,
    };
  if (hash('sha256', mended, 'hex') !== side.fileHash)
    return {
      result: 'beyond',
      blocks: damaged,
      reason: 'what its side file gives does not have the hash that it names',
    };
  return { result: 'mended', bytes: mended, blocks: damaged };
}

/** True when no block of the file is as the side file knows it: then it was replaced rather than damaged. */
export function isAnotherFile(file: Buffer, { shape, hashes }: SideFile): boolean {
  for (let block = 0; block < shape.blocks; block += 1)
    if (
      blockHash(blockOf(file, shape, block)).equals(
        hashes.subarray(block * blockHashBytes, (block + 1) * blockHashBytes),
      )
    )
      return false;
  return true;
}

function partBytes({ blocks, stripes, parity }: Shape): number {
  return headBytes + (blocks + stripes * parity) * blockHashBytes + digestBytes;
}

function decodePart(bytes: Buffer): Omit<SideFile, 'parity'> | undefined {
  if (bytes.length < headBytes + digestBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const fileBytes = Number(bytes.readBigUInt64LE(16));
  const [blockBytes, stripes, parity] = [24, 28, 32].map((at) => bytes.readUInt32LE(at)) as [number, number, number];
  const shape = { fileBytes, blockBytes, blocks: Math.max(1, Math.ceil(fileBytes / blockBytes)), stripes, parity };
  if (!isPossible(shape) || partBytes(shape) > bytes.length) return undefined;
  const end = partBytes(shape) - digestBytes;
  if (hash('sha256', bytes.subarray(0, end), 'hex') !== bytes.toString('hex', end, end + digestBytes)) return undefined;
  return { shape, fileHash: bytes.toString('hex', 40, headBytes), hashes: bytes.subarray(headBytes, end) };
}

// The bytes of one block, filled up with zeros at the end of the file.
function blockOf(file: Buffer, { blockBytes }: Shape, block: number): Uint8Array {
  const part = file.subarray(block * blockBytes, (block + 1) * blockBytes);
  if (part.length === blockBytes) return part;
  const full = new Uint8Array(blockBytes);
  full.set(part);
  return full;
}

function blockHash(block: Uint8Array): Buffer {
  return hash('sha256', block, 'buffer').subarray(0, blockHashBytes);
}

function roomFor(shape: Shape, options: { portable?: boolean }): Stripe {
  const dataMax = Math.ceil(shape.blocks / shape.stripes);
  return { math: blockMath(dataMax + 2 * shape.parity, shape.blockBytes, options), dataMax, parity: shape.parity };
}

// Puts the data blocks of a stripe into its room, and gives how many they are.
function fillStripe({ blocks }: BlockMath, file: Buffer, shape: Shape, number: number): number {
  const members = blocksOfStripe(shape, number);
  for (const [at, block] of members.entries()) blocks.set(blockOf(file, shape, block), at * shape.blockBytes);
  return members.length;
}

// Puts the intact parity blocks of a stripe into its room, and gives which they are.
function intactParity(
  { shape, parity: parityBlocks }: SideFile,
  { math, dataMax }: Stripe,
  number: number,
  isIntact: (block: number, bytes: Uint8Array) => boolean,
): number[] {
  const { blockBytes, blocks, parity } = shape;
  const intact: number[] = [];
  for (let row = 0; row < parity; row += 1) {
    const at = number * parity + row;
    const bytes = parityBlocks.subarray(at * blockBytes, (at + 1) * blockBytes);
    math.blocks.set(bytes, (dataMax + row) * blockBytes);
    if (isIntact(blocks + at, bytes)) intact.push(row);
  }
  return intact;
}
