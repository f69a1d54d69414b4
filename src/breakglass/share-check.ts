// Judges a single share by public facts: is it intact, of which set, and does that set still open the backups?
import { createHash, timingSafeEqual } from 'node:crypto';
import { setNameOf, type Share } from './shares/share.ts';

/** What is publicly known of a set. `digests` by share index, where the instance that made the set is at hand. */
export interface KnownSet {
  setId: number;
  keyId: string;
  threshold: number;
  count: number;
  madeAt: Date;
  retiredAt?: Date;
  retiredBecause?: 'replaced' | 'compromised';
  holders?: { number: number; custodian: { name: string } }[];
  digests?: ReadonlyMap<number, Uint8Array>;
}

/**
 * The verdict on a share whose words are intact. `current`: it is one of the set in force; `retired`: of an earlier one;
 * `false`: it claims a known set but is not the share that was made; `unknown`: no such set is known here.
 */
export interface ShareCheck {
  state: 'current' | 'retired' | 'false' | 'unknown';
  set: string;
  number: number;
  threshold: number;
  count?: number;
  custodian?: string;
  keyId?: string;
  madeAt?: Date;
  retiredBecause?: 'replaced' | 'compromised';
}

/** Compares a share with the sets that are known. */
export function judgeShare(share: Share, known: readonly KnownSet[]): ShareCheck {
  const read = { set: setNameOf(share), number: share.index + 1, threshold: share.threshold };
  const set = known.find((candidate) => candidate.setId === share.setId);
  if (set === undefined) return { state: 'unknown', ...read };
  const custodian = set.holders?.find((holder) => holder.number === read.number)?.custodian.name;
  const facts = {
    ...read,
    count: set.count,
    keyId: set.keyId,
    madeAt: set.madeAt,
    ...(custodian === undefined ? {} : { custodian }),
  };
  const digest = set.digests?.get(share.index);
  const isFalse =
    share.threshold !== set.threshold ||
    share.index >= set.count ||
    (set.digests !== undefined && (digest === undefined || !timingSafeEqual(digest, digestOfShare(share))));
  if (isFalse) return { state: 'false', ...facts };
  if (set.retiredAt === undefined) return { state: 'current', ...facts };
  return {
    state: 'retired',
    ...facts,
    ...(set.retiredBecause === undefined ? {} : { retiredBecause: set.retiredBecause }),
  };
}

/** A digest that proves a share without telling it: the share's value is 256 uniformly random bits, so it cannot be guessed. */
export function digestOfShare(share: Share): Buffer {
  return createHash('sha256')
    .update(`orbit share\n${share.words.join(' ')}\n`)
    .digest();
}
