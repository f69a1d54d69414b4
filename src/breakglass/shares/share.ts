// One share: its words, and what they say (SLIP-0039, "Format of the share mnemonic").
import { checksumOf, checksumWords, customization } from './rs1024.ts';
import { wordList } from './word-list.ts';

/** One part of a secret. Everything but `value` may be shown; `value` and `words` alone tell nothing of the secret, yet count. */
export interface Share {
  /** 15 random bits, the same in all shares of a set. */
  setId: number;
  extendable: boolean;
  iterationExponent: number;
  /** Groups are part of the standard; Orbit makes one group only and reads any. Counted from 0. */
  groupIndex: number;
  groupThreshold: number;
  groupCount: number;
  /** Which share of its set this is, counted from 0; people read `index + 1`. */
  index: number;
  /** How many shares of its group open the secret. */
  threshold: number;
  value: Uint8Array;
  words: readonly string[];
}

/** Words in a share of a 256-bit secret, which is all that Orbit makes. */
export const wordsOfRecoveryShare = 33;
/** Words that say whose set a share belongs to and which share it is; the value follows them. */
export const headerWords = 4;
/** A secret has at least 128 bits. */
export const minWords = 20;

/**
 * What people call a set: the first two words, which all its shares have in common and no other set has.
 * They hold the set id and the settings, nothing secret.
 */
export function setNameOf(share: Pick<Share, 'words'>): string {
  return share.words.slice(0, 2).join(' ');
}

/** The name of the set with this id as Orbit makes sets: extendable, exponent 0. */
export function setNameOfId(setId: number): string {
  const header = (setId << 5) | (1 << 4);
  return `${wordList[header >> 10]} ${wordList[header & 1023]}`;
}

/** Writes a share as words, checksum last. */
export function encodeShare(share: Omit<Share, 'words'>): Share {
  const header = (share.setId << 5) | (Number(share.extendable) << 4) | share.iterationExponent;
  const place =
    (share.groupIndex << 16) |
    ((share.groupThreshold - 1) << 12) |
    ((share.groupCount - 1) << 8) |
    (share.index << 4) |
    (share.threshold - 1);
  const values = [header >> 10, header & 1023, place >> 10, place & 1023, ...tens(share.value)];
  const checksum = checksumOf(values, customization(share.extendable));
  return { ...share, words: [...values, ...checksum].map((value) => wordList[value] ?? '') };
}

/**
 * Reads the fields back from values whose checksum is known to be right.
 * Undefined when the value's padding is not zero or too long, or the groups contradict each other.
 */
export function decodeShare(values: readonly number[]): Omit<Share, 'words'> | undefined {
  const header = ((values[0] ?? 0) << 10) | (values[1] ?? 0);
  const place = ((values[2] ?? 0) << 10) | (values[3] ?? 0);
  const value = bytesOf(values.slice(headerWords, -checksumWords));
  const groupThreshold = ((place >> 12) & 15) + 1;
  const groupCount = ((place >> 8) & 15) + 1;
  if (value === undefined || groupThreshold > groupCount) return undefined;
  return {
    setId: header >> 5,
    extendable: (header & 16) !== 0,
    iterationExponent: header & 15,
    groupIndex: place >> 16,
    groupThreshold,
    groupCount,
    index: (place >> 4) & 15,
    threshold: (place & 15) + 1,
    value,
  };
}

// Ten-bit values of a byte string, with zero bits in front to fill the first.
function tens(bytes: Uint8Array): number[] {
  const count = Math.ceil((bytes.length * 8) / 10);
  const padded = new Uint8Array(count * 10);
  const offset = padded.length - bytes.length * 8;
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) padded[offset + index * 8 + bit] = (byte >> (7 - bit)) & 1;
  });
  return Array.from({ length: count }, (_, index) =>
    padded.subarray(index * 10, index * 10 + 10).reduce((value, bit) => (value << 1) | bit, 0),
  );
}

function bytesOf(values: readonly number[]): Uint8Array | undefined {
  const paddingBits = (values.length * 10) % 16;
  if (paddingBits > 8) return undefined;
  const bits = values.flatMap((value) => Array.from({ length: 10 }, (_, bit) => (value >> (9 - bit)) & 1));
  if (bits.slice(0, paddingBits).some((bit) => bit !== 0)) return undefined;
  const bytes = new Uint8Array((bits.length - paddingBits) / 8);
  for (let index = 0; index < bytes.length; index += 1) {
    const start = paddingBits + index * 8;
    bytes[index] = bits.slice(start, start + 8).reduce((value, bit) => (value << 1) | bit, 0);
  }
  return bytes;
}
