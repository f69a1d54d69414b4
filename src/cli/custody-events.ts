// Events of the recovery key that several commands tell: who acts, what was refused, who was replaced.
import { userInfo } from 'node:os';
import type { App } from '../app.ts';
import { orbitEvent } from '../base/event.ts';
import { type Failure, isFailure } from '../base/failure.ts';
import type { ShareSet } from '../breakglass/custodians.ts';

/** The person at this terminal, as far as the machine knows. */
export function actor(): { user: string; method: string } {
  return { user: userInfo().username, method: 'CLI' };
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
  app: Pick<App, 'tell' | 'clock'>,
  work: () => Promise<Result>,
  counts: ShareCounts = {},
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (isFailure(error) && isRefusedOpening(error))
      app.tell(orbitEvent('recovery.failed', { ...actor(), reason: error.message, ...counts }, app.clock.now()));
    throw error;
  }
}

/** Tells who of the set before holds no share of the new one, and who came instead where that is clear. */
export function tellReplaced(
  app: Pick<App, 'tell' | 'clock'>,
  before: ShareSet | undefined,
  now: ShareSet | undefined,
): void {
  const namesOf = (set: ShareSet | undefined): string[] => set?.holders.map(({ custodian }) => custodian.name) ?? [];
  const [old, current] = [namesOf(before), namesOf(now)];
  const gone = old.filter((name) => !current.includes(name));
  const come = current.filter((name) => !old.includes(name));
  gone.forEach((custodian, index) => {
    const subject = come[index];
    const facts = { ...actor(), custodian, keyId: now?.keyId, ...(subject === undefined ? {} : { subject }) };
    app.tell(orbitEvent('custodian.replaced', facts, app.clock.now()));
  });
}
