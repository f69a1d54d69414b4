// Splits a recovery key among custodians: each share is presented once, then only its digest is kept.
import type { Custodian, Custodians, Delivery } from './custodians.ts';
import { setNameOf, type Share } from './shares/share.ts';
import { checkThreshold, splitSecret } from './shares/split-secret.ts';

/** A share on its way to its custodian. It exists until the presentation returns. */
export interface SharePresentation {
  share: Share;
  custodian: Custodian;
  set: string;
  count: number;
  keyId: string;
}

/** What a ceremony decides about its custodians. */
export interface SplitAmong {
  /** In the order of the shares; each gets one. */
  people: readonly Custodian[];
  /** How each gets theirs; in person where nothing is said. */
  deliveries?: readonly Delivery[];
  threshold: number;
  /** Why the set before ends: it is replaced, unless its key is known to others. */
  retires?: 'replaced' | 'compromised';
  /** The id of the recovery key with these 32 bytes. */
  keyId: (secret: Uint8Array) => string;
  /** Shows every share to its custodian, prints it, or seals it to them. When it throws, no set was made. */
  present: (shares: readonly SharePresentation[]) => Promise<void>;
}

/**
 * Makes the function a ceremony calls with the recovery key's bytes: it splits, presents, records, and wipes what it made.
 * @throws Failure `breakglass.bad-threshold` at once, before any key is made.
 */
export function splitAmong(
  custodians: Custodians,
  plan: SplitAmong,
): (secret: Uint8Array) => Promise<{ set: string; threshold: number; total: number }> {
  const count = plan.people.length;
  checkThreshold(plan.threshold, count);
  return async (secret) => {
    const keyId = plan.keyId(secret);
    const takenSetIds = custodians.takenSetIds();
    const shares = await splitSecret(secret, { threshold: plan.threshold, count, takenSetIds });
    const [first] = shares;
    const set = first === undefined ? '' : setNameOf(first);
    try {
      await plan.present(
        shares.flatMap((share, index) => {
          const custodian = plan.people[index];
          return custodian === undefined ? [] : [{ share, custodian, set, count, keyId }];
        }),
      );
      custodians.recordSet({
        keyId,
        shares,
        custodians: plan.people,
        ...(plan.deliveries === undefined ? {} : { deliveries: plan.deliveries }),
        ...(plan.retires === undefined ? {} : { retires: plan.retires }),
      });
    } finally {
      for (const share of shares) share.value.fill(0);
    }
    return { set, threshold: plan.threshold, total: count };
  };
}
