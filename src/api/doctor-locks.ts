// What the doctor finds of object locks: whether they are renewed, and until when everything is locked.
import type { App } from '../app.ts';
import { type LockRenewal, listLockRenewals } from '../jobs/lock-renewal.ts';
import { lockShortfalls } from '../jobs/lock-shortfalls.ts';
import type { Finding } from './finding.ts';

const check = 'locks';
const dayMs = 24 * 60 * 60_000;

/** Of every destination that locks; one line that all is well where none has a worry. */
export function lookAtLocks({ store, clock }: App): Finding[] {
  const now = clock.now();
  const renewals = listLockRenewals(store);
  const fresh = new Set(renewals.flatMap((one) => (isFresh(one, now) ? [one.destination] : [])));
  const findings = [
    ...renewals.flatMap((renewal) => findingOf(renewal, fresh.has(renewal.destination))),
    ...shortfalls(store, fresh),
  ];
  if (findings.length > 0) return findings;
  return [{ check, verdict: 'ok', found: 'no object lock ends before retention lets go' }];
}

function findingOf({ destination, lockedUntil, failure }: LockRenewal, isFresh: boolean): Finding[] {
  const byHand = `orbit destination renew-locks ${destination}`;
  if (failure !== undefined) {
    const found = `${destination} could not be locked anew since ${failure.at}: ${failure.message}`;
    return [{ check, verdict: 'warning', found, cure: failure.hint ?? byHand }];
  }
  const until = lockedUntil?.toISOString().slice(0, 10);
  if (until === undefined) return [];
  if (isFresh)
    return [{ check, verdict: 'ok', found: `everything at ${destination} is locked until ${until} at least` }];
  const found = `nothing at ${destination} was locked anew for long: the first locks end on ${until}`;
  return [{ check, verdict: 'warning', found, cure: `${byHand}, and let the service run.` }];
}

// Before the first renewal a lock ends when the days are over that it was stored with.
function shortfalls(store: App['store'], renewed: ReadonlySet<string>): Finding[] {
  return lockShortfalls(store)
    .filter(({ destination }) => !renewed.has(destination))
    .map(({ destination, job, lockDays, keptDays }) => {
      const kept = Number.isFinite(keptDays) ? `for ${keptDays}` : 'for good';
      return {
        check,
        verdict: 'warning',
        found: `objects at ${destination} are locked for ${lockDays} days, and ${job} keeps copies ${kept}`,
        cure: `Let the service run: it locks them anew. Or now: orbit destination renew-locks ${destination}.`,
      };
    });
}

// Due after a quarter of the term; after half of it something keeps it from happening.
function isFresh({ done, lockDays }: LockRenewal, now: Date): boolean {
  return done !== undefined && now.getTime() - Date.parse(done.at) < (Math.max(lockDays, 2) / 2) * dayMs;
}
