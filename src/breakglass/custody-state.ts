// How far a ceremony is: per custodian, what they did with their share and whether a link still waits for them.
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import { type Custodian, type Delivery, openCustodians, type ShareSet, worryOf } from './custodians.ts';
import { type ShareLink, shareLinksOf } from './share-links.ts';

/** One custodian of the current set. */
export interface HolderState {
  number: number;
  custodian: Custodian;
  delivery: Delivery;
  /** The furthest step: nothing yet, a link that waits, a link that ran out, seen, printed, confirmed. */
  step: 'made' | 'waiting' | 'expired' | 'viewed' | 'printed' | 'confirmed';
  viewedAt?: Date;
  printedAt?: Date;
  confirmedAt?: Date;
  link?: Pick<ShareLink, 'state' | 'expiresAt' | 'openedAt'>;
}

/** The current set and how far each of its custodians is. */
export interface CustodyState {
  set: ShareSet;
  holders: HolderState[];
  /** What is worrying, see `worryOf`. */
  worry?: NonNullable<ReturnType<typeof worryOf>>;
}

/** The state of the current set; undefined while there is none. */
export function custodyState(site: { store: Store; clock: Clock }): CustodyState | undefined {
  const set = openCustodians(site.store, site.clock).currentSet();
  if (set === undefined) return undefined;
  const links = shareLinksOf(site, set.setId);
  const worry = worryOf(set);
  const holders = set.holders.map((holder): HolderState => {
    const link = links.find(({ number }) => number === holder.number);
    const step =
      holder.confirmedAt !== undefined
        ? 'confirmed'
        : holder.printedAt !== undefined
          ? 'printed'
          : holder.viewedAt !== undefined
            ? 'viewed'
            : link === undefined || link.state === 'opened'
              ? 'made'
              : link.state;
    return { ...holder, step, ...(link === undefined ? {} : { link }) };
  });
  return { set, holders, ...(worry === undefined ? {} : { worry }) };
}
