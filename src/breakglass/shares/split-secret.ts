// Splits a secret into shares (SLIP-0039, "Sharing a secret" and "Generating the shares").
import { Failure } from '../../base/failure.ts';
import { interpolate, type Point } from './gf256.ts';
import { encryptMasterSecret } from './master-secret-cipher.ts';
import { encodeShare, type Share } from './share.ts';
import { digestOf, digestPlace, secretPlace } from './secret-digest.ts';

/** Fewest shares that may open a recovery key: one person alone is never enough. */
export const minThreshold = 2;
/** Most shares that may be needed. */
export const maxThreshold = 10;
/** Most shares a set may have. */
export const maxShares = 16;

/** How a secret is split. */
export interface SplitOptions {
  /** How many shares open it: 2 to 10. */
  threshold: number;
  /** How many shares there are: `threshold` to 16. */
  count: number;
  /** Set ids of earlier sets, so that two sets can always be told apart. */
  takenSetIds?: readonly number[];
  /** Gives that many random bytes; the platform's cryptographic generator unless told. */
  random?: (length: number) => Uint8Array;
}

const digestBytes = 4;

/**
 * Splits `secret` (16 to 32 bytes, an even number) into shares of one new set. The caller keeps and wipes `secret`.
 * @throws Failure `breakglass.bad-threshold` when threshold and count do not fit each other or the limits.
 */
export async function splitSecret(secret: Uint8Array, options: SplitOptions): Promise<Share[]> {
  checkThreshold(options.threshold, options.count);
  const random = options.random ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
  const settings = { setId: newSetId(random, options.takenSetIds ?? []), extendable: true, iterationExponent: 0 };
  const encrypted = await encryptMasterSecret(secret, settings);
  const points = await sharePoints(encrypted, options, random);
  return points.map((point) =>
    encodeShare({
      ...settings,
      groupIndex: 0,
      groupThreshold: 1,
      groupCount: 1,
      index: point.x,
      threshold: options.threshold,
      value: point.bytes,
    }),
  );
}

/** Throws Failure `breakglass.bad-threshold` unless `threshold` of `count` shares can be made. */
export function checkThreshold(threshold: number, count: number): void {
  const fits =
    Number.isInteger(threshold) &&
    Number.isInteger(count) &&
    threshold >= minThreshold &&
    threshold <= maxThreshold &&
    threshold <= count &&
    count <= maxShares;
  if (fits) return;
  throw new Failure('breakglass.bad-threshold', {
    message: `${threshold} of ${count} shares cannot be made`,
    hint: `Choose a threshold of ${minThreshold} to ${maxThreshold}, and at least that many custodians, at most ${maxShares}.`,
  });
}

// All but two of the points that fix the polynomial are random; the digest and the secret itself are the other two.
async function sharePoints(
  secret: Uint8Array,
  options: SplitOptions,
  random: (length: number) => Uint8Array,
): Promise<Point[]> {
  const free: Point[] = Array.from({ length: options.threshold - 2 }, (_, x) => ({ x, bytes: random(secret.length) }));
  const filler = random(secret.length - digestBytes);
  const digest = Uint8Array.from([...(await digestOf(secret, filler)), ...filler]);
  const base: Point[] = [...free, { x: digestPlace, bytes: digest }, { x: secretPlace, bytes: secret }];
  return Array.from({ length: options.count }, (_, x) => free[x] ?? { x, bytes: interpolate(base, x) });
}

function newSetId(random: (length: number) => Uint8Array, taken: readonly number[]): number {
  for (let tries = 0; tries < 1000; tries += 1) {
    const [high = 0, low = 0] = random(2);
    const setId = ((high << 8) | low) & 0x7fff;
    if (!taken.includes(setId)) return setId;
  }
  throw new Error('the random generator gives only set ids that are taken');
}
