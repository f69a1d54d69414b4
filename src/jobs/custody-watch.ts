// Looks once a day whether enough custodians have confirmed their shares, reminds those who have not, and tells when there is
// no recovery key at all.
import { orbitEvent } from '../base/event.ts';
import { openCustodians, type ShareHolder, type ShareSet, worryOf } from '../breakglass/custodians.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import { forgetExpiredSheets } from '../breakglass/share-links.ts';
import type { RunSurroundings } from './surroundings.ts';
import { forgetTold, isDueToTell } from './told.ts';

const dayMs = 24 * 60 * 60_000;
// A share nobody has looked at for a year may be anywhere.
const confirmEveryMs = 365 * dayMs;
const remindAgainMs = 7 * dayMs;
// People need a few days to get home and type their sheet; until then they are reminded, not alarmed about.
const graceMs = 7 * dayMs;

/** Tells what is worrying about the recovery key and its custodians. Called often; looks once a day. */
export function tellCustody(surroundings: Pick<RunSurroundings, 'store' | 'clock' | 'tell'>): void {
  const { store, clock, tell } = surroundings;
  const now = clock.now();
  if (!isDueToTell(store, 'custody look', now.toISOString().slice(0, 10), now, dayMs)) return;
  forgetExpiredSheets({ store, clock });
  const key = findCurrentKey(store);
  if (key === undefined) {
    if (isDueToTell(store, 'custody no-key', 'missing', now, remindAgainMs))
      tell(orbitEvent('recovery-key.missing', { since: now }, now));
    return;
  }
  const set = openCustodians(store, clock).currentSet();
  const standing = new Set(['custody look']);
  if (set !== undefined && set.keyId === key.id) {
    for (const matter of [
      alarm(surroundings, set, now),
      ...set.holders.map((holder) => remind(surroundings, set, holder, now)),
    ])
      if (matter !== undefined) standing.add(matter);
  }
  forgetTold(store, (matter) => matter.startsWith('custody ') && !standing.has(matter));
}

// Fewer than the threshold and one to spare: the loss of a single person may close every backup. Told daily.
function alarm({ store, tell }: Pick<RunSurroundings, 'store' | 'tell'>, set: ShareSet, now: Date): string | undefined {
  const worry = worryOf(set);
  const hasLost = set.holders.some((holder) => holder.custodian.removedAt !== undefined);
  if (worry === undefined || (!hasLost && now.getTime() - set.madeAt.getTime() < graceMs)) return undefined;
  const matter = `custody alarm ${set.name}`;
  if (isDueToTell(store, matter, now.toISOString().slice(0, 10), now, dayMs)) {
    const subject = worry.waitingFor.join(', ');
    const facts = {
      keyId: set.keyId,
      found: worry.confirmed,
      expected: worry.wanted,
      partsNeeded: set.threshold,
      subject,
    };
    tell(orbitEvent('custodian.too-few', facts, now));
  }
  return matter;
}

function remind(
  { store, tell }: Pick<RunSurroundings, 'store' | 'tell'>,
  set: ShareSet,
  holder: ShareHolder,
  now: Date,
): string | undefined {
  const { custodian, confirmedAt, number } = holder;
  const lastMs = (confirmedAt ?? set.madeAt).getTime();
  const isLate = confirmedAt === undefined ? now.getTime() - lastMs >= dayMs : now.getTime() - lastMs >= confirmEveryMs;
  if (!isLate || custodian.removedAt !== undefined) return undefined;
  const matter = `custody remind ${set.name} ${number}`;
  if (isDueToTell(store, matter, 'unconfirmed', now, remindAgainMs)) {
    const facts = { custodian: custodian.name, since: set.madeAt, keyId: set.keyId, lastGoodAt: confirmedAt };
    tell(orbitEvent('custodian.unconfirmed', facts, now));
  }
  return matter;
}
