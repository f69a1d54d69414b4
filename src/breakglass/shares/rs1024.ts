// The checksum at the end of a share: a Reed-Solomon code over GF(1024) (SLIP-0039, "Checksum").
// It notices any three wrong words, and is strong enough to point at a single wrong one.

const generator = [
  0xe0e040, 0x1c1c080, 0x3838100, 0x7070200, 0xe0e0009, 0x1c0c2412, 0x38086c24, 0x3090fc48, 0x21b1f890, 0x3f3f120,
];

/** How many words the checksum takes. */
export const checksumWords = 3;

/** Mixed into the checksum, so that the words of one kind of share are never taken for the other (SLIP-0039, "Checksum"). */
export function customization(extendable: boolean): string {
  return extendable ? 'shamir_extendable' : 'shamir';
}

function step(remainder: number, value: number): number {
  const top = remainder >>> 20;
  let next = ((remainder & 0xfffff) << 10) ^ value;
  for (let bit = 0; bit < 10; bit += 1) next ^= -((top >> bit) & 1) & (generator[bit] ?? 0);
  return next;
}

function remainderOf(purpose: string, values: Iterable<number>): number {
  let remainder = 1;
  for (let index = 0; index < purpose.length; index += 1) remainder = step(remainder, purpose.charCodeAt(index));
  for (const value of values) remainder = step(remainder, value);
  return remainder;
}

/** The three checksum values for these ten-bit values. */
export function checksumOf(values: readonly number[], purpose: string): number[] {
  const remainder = remainderOf(purpose, [...values, 0, 0, 0]) ^ 1;
  return [(remainder >>> 20) & 1023, (remainder >>> 10) & 1023, remainder & 1023];
}

/** True when the last three values are the checksum of those before them. */
export function isIntact(values: readonly number[], purpose: string): boolean {
  return remainderOf(purpose, values) === 1;
}

/** What one slip of the pen explains a bad checksum; `word` counts from 1. */
export type Slip =
  | { kind: 'wrong' | 'missing' | 'extra'; word: number }
  | { kind: 'swapped'; word: number; with: number };

/**
 * Finds the one slip that makes the checksum right again, or undefined when more went wrong than one.
 * It says where, never what the right word would be: people must look at their paper, not trust a guess.
 */
export function findSlip(
  values: readonly number[],
  purpose: (values: readonly number[]) => string,
  words: number,
): Slip | undefined {
  const repairs = (changed: number[]): boolean => isIntact(changed, purpose(changed));
  if (values.length === words - 1) {
    for (let place = 0; place <= values.length; place += 1) {
      if (anyValue((value) => repairs(values.toSpliced(place, 0, value)))) return { kind: 'missing', word: place + 1 };
    }
  }
  if (values.length === words + 1) {
    const place = values.findIndex((_, index) => repairs(values.toSpliced(index, 1)));
    return place < 0 ? undefined : { kind: 'extra', word: place + 1 };
  }
  if (values.length !== words) return undefined;
  for (let first = 0; first < words; first += 1) {
    for (let second = first + 1; second < words; second += 1) {
      const a = values[first] ?? 0;
      const b = values[second] ?? 0;
      if (a !== b && repairs(values.with(first, b).with(second, a)))
        return { kind: 'swapped', word: first + 1, with: second + 1 };
    }
  }
  for (let place = 0; place < words; place += 1) {
    if (anyValue((value) => repairs(values.with(place, value)))) return { kind: 'wrong', word: place + 1 };
  }
  return undefined;
}

function anyValue(fits: (value: number) => boolean): boolean {
  for (let value = 0; value < 1024; value += 1) if (fits(value)) return true;
  return false;
}
