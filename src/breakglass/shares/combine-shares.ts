// Puts shares together again (SLIP-0039, "Combining the shares"), and says exactly what is wrong when they do not fit.
import { Failure } from '../../base/failure.ts';
import { interpolate, type Point } from './gf256.ts';
import { decryptMasterSecret } from './master-secret-cipher.ts';
import { digestFits, digestPlace, secretPlace } from './secret-digest.ts';
import { setNameOf, type Share } from './share.ts';

/**
 * Combines shares into the secret they were made of; the caller wipes it. More shares than needed are welcome and checked too.
 * `passphrase` is for sets made elsewhere. Messages count the shares from 1 in the order given.
 * @throws Failure `breakglass.mixed-shares` naming the one that belongs to another set, `breakglass.repeated-share`,
 *   `breakglass.too-few-shares` with how many more, `breakglass.shares-do-not-fit` when intact shares of one set give no secret.
 */
export async function combineShares(shares: readonly Share[], passphrase = ''): Promise<Uint8Array> {
  const [first] = shares;
  if (first === undefined) throw tooFew(0, 'of a set', undefined);
  refuseUnfit(shares);
  const groups = Map.groupBy(shares, (share) => share.groupIndex);
  const complete = [...groups].filter(([, group]) => group.length >= (group[0]?.threshold ?? 0));
  if (complete.length < first.groupThreshold) throw missingShares(shares, groups);
  const points: Point[] = [];
  for (const [x, group] of complete)
    points.push({ x, bytes: await recover(group.map(pointOf), group[0]?.threshold ?? 0) });
  const encrypted = await recover(points, first.groupThreshold);
  try {
    return await decryptMasterSecret(encrypted, { ...first, passphrase });
  } finally {
    for (const point of points) point.bytes.fill(0);
    encrypted.fill(0);
  }
}

/** @throws Failure `breakglass.mixed-shares`, `breakglass.repeated-share` when these shares can never be used together */
export function refuseUnfit(shares: readonly Share[]): void {
  refuseMixed(shares);
  refuseRepeated(shares);
}

function pointOf(share: Share): Point {
  return { x: share.index, bytes: share.value };
}

// With a threshold of one there is no polynomial and no digest: the share is the secret.
async function recover(points: Point[], threshold: number): Promise<Uint8Array> {
  if (threshold === 1) return Uint8Array.from(points[0]?.bytes ?? []);
  const base = points.slice(0, threshold);
  const secret = interpolate(base, secretPlace);
  const fits = await digestFits(secret, interpolate(base, digestPlace));
  const astray = points.slice(threshold).filter((point) => !equal(interpolate(base, point.x), point.bytes));
  if (fits && astray.length === 0) return secret;
  const culprit = fits ? astray[0]?.x : await findCulprit(points, threshold);
  throw new Failure('breakglass.shares-do-not-fit', {
    message: `the shares are intact and of one set, but ${culprit === undefined ? 'together they give no secret' : `number ${culprit + 1} of the set is not the one that was made`}`,
    hint: 'One of them was not made by this ceremony. Try with other custodians of the same set.',
    ...(culprit === undefined ? {} : { facts: { number: culprit + 1 } }),
  });
}

// With one share to spare, leaving out the false one makes the digest fit.
async function findCulprit(points: Point[], threshold: number): Promise<number | undefined> {
  for (const left of points) {
    const base = points.filter((point) => point !== left).slice(0, threshold);
    if (base.length < threshold) return undefined;
    if (await digestFits(interpolate(base, secretPlace), interpolate(base, digestPlace))) return left.x;
  }
  return undefined;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

// What all shares of a set have in common; those of a group also agree on its threshold.
function setKeyOf(share: Share): string {
  return [setNameOf(share), share.groupThreshold, share.groupCount, share.value.length].join('/');
}

function refuseMixed(shares: readonly Share[]): void {
  const sets = [...Map.groupBy(shares, setKeyOf).values()].sort((a, b) => b.length - a.length);
  const [main = [], ...others] = sets;
  const odd = others.flat();
  const [mainShare] = main;
  if (odd.length > 0 && mainShare !== undefined) {
    const numbers = odd.map((share) => shares.indexOf(share) + 1).sort((a, b) => a - b);
    const tied = others[0]?.length === main.length;
    throw new Failure('breakglass.mixed-shares', {
      message: tied
        ? `the shares belong to different sets: ${sets.map((set) => `${set.map((share) => shares.indexOf(share) + 1).join(', ')} to '${nameOf(set)}'`).join('; ')}`
        : `share ${numbers.join(', ')} belongs to another set ('${nameOf(odd)}') than the others ('${setNameOf(mainShare)}')`,
      hint: 'All sheets of one set begin with the same two words. Ask for the sheets of the current set.',
      facts: { share: numbers[0] ?? 0 },
    });
  }
  for (const group of Map.groupBy(shares, (share) => share.groupIndex).values()) {
    const other = group.find((share) => share.threshold !== group[0]?.threshold);
    if (other === undefined) continue;
    throw new Failure('breakglass.mixed-shares', {
      message: `share ${shares.indexOf(other) + 1} says that ${other.threshold} shares are needed, the others say ${group[0]?.threshold}`,
      hint: 'It was made by another ceremony. Ask for the sheets of the current set.',
      facts: { share: shares.indexOf(other) + 1 },
    });
  }
}

function nameOf(set: readonly Share[]): string {
  return set[0] === undefined ? '' : setNameOf(set[0]);
}

function refuseRepeated(shares: readonly Share[]): void {
  for (const [position, share] of shares.entries()) {
    const earlier = shares.findIndex((other) => other.index === share.index && other.groupIndex === share.groupIndex);
    const before = shares[earlier];
    if (before === undefined || earlier === position) continue;
    if (!equal(before.value, share.value)) {
      throw new Failure('breakglass.mixed-shares', {
        message: `shares ${earlier + 1} and ${position + 1} both say they are number ${share.index + 1} of the set, with different words`,
        hint: 'One of them was made by another ceremony. Use the sheet with the later date.',
        facts: { share: position + 1 },
      });
    }
    throw new Failure('breakglass.repeated-share', {
      message: `share ${position + 1} is the same as share ${earlier + 1} (number ${share.index + 1} of the set)`,
      hint: 'Each custodian enters their own share once.',
      facts: { share: position + 1, sameAs: earlier + 1 },
    });
  }
}

function missingShares(shares: readonly Share[], groups: Map<number, Share[]>): Failure {
  const [first] = shares;
  if (first === undefined || first.groupThreshold === 1)
    return tooFew(shares.length, `of the set '${nameOf(shares)}'`, first?.threshold);
  return new Failure('breakglass.too-few-shares', {
    message: `${groups.size} of ${first.groupCount} groups have shares, and not enough of them are complete; ${first.groupThreshold} must be`,
    hint: 'More custodians must enter their share.',
  });
}

function tooFew(given: number, of: string, threshold: number | undefined): Failure {
  const missing = (threshold ?? 2) - given;
  return new Failure('breakglass.too-few-shares', {
    message:
      threshold === undefined
        ? 'no share was given'
        : `${given} of the ${threshold} shares needed ${of} ${given === 1 ? 'was' : 'were'} given`,
    hint:
      threshold === undefined
        ? 'Custodians must enter their shares.'
        : `${missing} more ${missing === 1 ? 'custodian' : 'custodians'} must enter their share.`,
    ...(threshold === undefined ? {} : { facts: { given, threshold, missing } }),
  });
}
