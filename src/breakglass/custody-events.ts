// Events of the recovery key that both faces tell: what was refused, who was replaced, who saw a share.
import type { Clock } from '../base/clock.ts';
import { orbitEvent, type ReportEvent } from '../base/event.ts';
import { type Failure, isFailure } from '../base/failure.ts';
import type { Custodians, HolderMark, ShareSet } from './custodians.ts';

/** Where events go. */
export interface Telling {
  tell: ReportEvent;
  clock: Clock;
}

/** Who acts, as far as the face knows. */
export interface Actor {
  user: string;
  method: string;
  role?: string;
  address?: string;
}

/** True for a password, key or share that did not open; false for trouble with files. */
export function isRefusedOpening(failure: Failure): boolean {
  return /^breakglass\.(wrong-(password|key)|share-[a-z-]+|(too-few|mixed)-shares|repeated-share|shares-do-not-fit|false-share)$/.test(
    failure.code,
  );
}

/** How many shares a try had, and how many it takes. */
export interface ShareCounts {
  partsSent?: number;
  partsNeeded?: number;
}

/** Does `work`, which opens the recovery key; a password, key or share that is refused is told with its counts. */
export async function toldWhenRefused<Result>(
  { tell, clock }: Telling,
  actor: Actor,
  work: () => Promise<Result>,
  counts: ShareCounts = {},
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isFailure(error) && isRefusedOpening(error))
      tell(orbitEvent('recovery.failed', { ...actor, reason: error.message, ...counts }, clock.now()));
    throw error;
  }
}

/** Tells who of the set before holds no share of the new one, and who came instead where that is clear. */
export function tellReplaced(
  { tell, clock }: Telling,
  actor: Actor,
  before: ShareSet | undefined,
  now: ShareSet | undefined,
): void {
  const namesOf = (set: ShareSet | undefined): string[] => set?.holders.map(({ custodian }) => custodian.name) ?? [];
  const [old, current] = [namesOf(before), namesOf(now)];
  const gone = old.filter((name) => !current.includes(name));
  const come = current.filter((name) => !old.includes(name));
  gone.forEach((custodian, index) => {
    const subject = come[index];
    const facts = { ...actor, custodian, keyId: now?.keyId, ...(subject === undefined ? {} : { subject }) };
    tell(orbitEvent('custodian.replaced', facts, clock.now()));
  });
}

/** Notes that a custodian saw, printed or confirmed the share, and tells it. */
export function markAndTell(
  telling: Telling,
  actor: Partial<Actor>,
  custodians: Custodians,
  { set, number }: { set: ShareSet; number: number },
  mark: HolderMark,
): void {
  custodians.mark(set.setId, number, mark);
  const custodian = set.holders.find((holder) => holder.number === number)?.custodian.name ?? '';
  const { address, method, user } = actor;
  const who = {
    custodian,
    keyId: set.keyId,
    ...(user === undefined ? {} : { user }),
  };
  const from = {
    ...(address === undefined ? {} : { address }),
    ...(method === undefined ? {} : { method }),
  };
  const now = telling.clock.now();
  telling.tell(
    mark === 'confirmed'
      ? orbitEvent('custodian.share-tested', { ...who, verified: true }, now)
      : orbitEvent(
          mark === 'printed' ? 'custodian.share-downloaded' : 'custodian.share-viewed',
          { ...who, ...from },
          now,
        ),
  );
}
