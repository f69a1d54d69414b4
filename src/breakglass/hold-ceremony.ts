// A whole ceremony as people hold it, whichever face they sit at: the key, its custodians, and what the SIEM hears of it.
import { orbitEvent } from '../base/event.ts';
import { changeShares, type CeremonyOptions, type CeremonySite, type OpenedBy, startCeremony } from './ceremony.ts';
import { type Custodian, type Custodians, openCustodians } from './custodians.ts';
import { type Actor, markAndTell, type Telling, tellReplaced, toldWhenRefused } from './custody-events.ts';
import { type HandedOut, handOut, type HandOutPlan } from './hand-out.ts';
import { currentKey, type RecoveryKey } from './recovery-key-store.ts';

/** Where a ceremony is held, and who holds it. */
export interface CeremonyRoom extends CeremonySite, Telling {
  actor: Actor;
}

/** What a ceremony decides. At least one way to open the key must be given. */
export interface WholeCeremony extends Omit<CeremonyOptions, 'shares'> {
  custodians?: Omit<HandOutPlan, 'retires'>;
  /** How many shares were given to open the key before. */
  partsSent?: number;
}

/**
 * Makes a new recovery key and hands its shares out. Shares of the key before are told apart at once.
 * @throws Failure as `startCeremony` and `handOut`.
 */
export async function holdCeremony(
  room: CeremonyRoom,
  plan: WholeCeremony,
): Promise<{ key: RecoveryKey; handedOut?: HandedOut; retiredSet?: string }> {
  const { store, clock, actor, tell } = room;
  const { custodians: handOutPlan, partsSent, ...options } = plan;
  const custodians = openCustodians(store, clock);
  const before = custodians.currentSet();
  const retires = options.isPreviousCompromised === true ? ('compromised' as const) : ('replaced' as const);
  const handing = handOutPlan === undefined ? undefined : handOut(room, { ...handOutPlan, retires });
  const numbers =
    handOutPlan === undefined ? {} : { partsNeeded: handOutPlan.threshold, expected: handOutPlan.receivers.length };
  tell(orbitEvent('ceremony.started', { ...actor, ...numbers }, clock.now()));
  const key = await toldWhenRefused(
    room,
    actor,
    () => startCeremony(room, { ...options, ...(handing === undefined ? {} : { shares: handing.splitter }) }),
    partsSent === undefined ? {} : { partsSent, ...(before === undefined ? {} : { partsNeeded: before.threshold }) },
  );
  const handedOut = handing?.handedOut();
  if (handedOut === undefined) custodians.retireCurrent(retires);
  else {
    tellReplaced(room, actor, before, handedOut.set);
    tellHandedOut(room, custodians, handedOut);
  }
  tell(orbitEvent('ceremony.completed', { ...actor, ...numbers, keyId: key.id }, clock.now()));
  return {
    key,
    ...(handedOut === undefined ? {} : { handedOut }),
    ...(before === undefined ? {} : { retiredSet: before.name }),
  };
}

/** Makes a new set of shares of the current key: another threshold, or other people. Old shares still open the same key. */
export async function splitAnew(
  room: CeremonyRoom,
  by: () => Promise<OpenedBy>,
  plan: HandOutPlan,
  counts: { partsSent?: number } = {},
): Promise<HandedOut> {
  const { store, clock, actor, tell } = room;
  const key = currentKey(store);
  const custodians = openCustodians(store, clock);
  const before = custodians.currentSet();
  const { splitter, handedOut } = handOut(room, plan);
  const numbers = { partsNeeded: plan.threshold, expected: plan.receivers.length, keyId: key.id };
  tell(orbitEvent('ceremony.started', { ...actor, ...numbers }, clock.now()));
  await toldWhenRefused(room, actor, async () => changeShares(room, await by(), splitter), {
    ...counts,
    ...(before === undefined ? {} : { partsNeeded: before.threshold }),
  });
  const given = handedOut();
  tellReplaced(room, actor, before, given.set);
  tellHandedOut(room, custodians, given);
  tell(orbitEvent('ceremony.completed', { ...actor, ...numbers }, clock.now()));
  return given;
}

/** The custodian of that name, added when there is none yet; what is given besides replaces what was known. */
export function findOrAddCustodian(
  custodians: Custodians,
  person: { name: string; contact?: string; language?: 'en' | 'pt'; recipient?: string },
): Custodian {
  const known = custodians.list().find(({ name }) => name.toLowerCase() === person.name.trim().toLowerCase());
  if (known === undefined) return custodians.add(person);
  const { contact, language, recipient } = person;
  return contact === undefined && language === undefined && recipient === undefined
    ? known
    : custodians.edit(known.name, { contact, language, recipient });
}

function tellHandedOut(room: CeremonyRoom, custodians: Custodians, { set, inPerson }: HandedOut): void {
  for (const { number, mark } of inPerson) {
    markAndTell(room, { user: room.actor.user }, custodians, { set, number }, mark);
  }
}
