// What keeps one backup whatever retention says: a protection with its reason, or a legal hold. Held is a snapshot or a kit,
// at every destination where it lies; recordings have holds of their own, which end up in the same protections.
import type { Clock } from '../base/clock.ts';
import { type ReportEvent, orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { Protection } from '../engine/maintain/plan-forget.ts';
import { heldSnapshots, reasonOfHold } from '../recordings/catalogue/hold.ts';
import type { Store } from '../store/store.ts';
import { madeAs } from './made-copies.ts';

/** Why a copy stays: for now, or for the law. Both keep it alike; they differ in who may set and end them. */
export type HoldKind = 'protected' | 'legal';

/** A copy that is held. */
export interface CopyHold {
  copy: string;
  how: HoldKind;
  reason: string;
  heldBy: string;
  heldAt: string;
}

interface HoldSite {
  store: Store;
  clock: Clock;
  tell: ReportEvent;
}

/**
 * The copies that a person means: a snapshot's id (8 digits or more), a kit's name, or a run's number for all it made.
 * @throws Failure `jobs.unknown-copy` when this instance made no such copy; a whole snapshot id is believed
 */
export function findCopies(store: Store, wanted: string): string[] {
  if (/^[0-9a-f]{64}$/.test(wanted)) return [wanted];
  const isRun = /^[1-9]\d{0,6}$/.test(wanted);
  const isId = /^[0-9a-f]{8,63}$/.test(wanted);
  const fits = (copy: string): boolean =>
    copy === wanted || copy === `secrets/${wanted}` || (isId && wanted.startsWith(copy));
  const found = isRun ? madeByRun(store, Number(wanted)) : madeAs(store, [wanted, `secrets/${wanted}`]).filter(fits);
  if (found.length > 0) return isId ? [wanted] : found;
  throw new Failure('jobs.unknown-copy', {
    message: `no run made '${wanted}'`,
    hint: 'Give the id of a snapshot, the name of a kit, or the number of a run: orbit backup list --json shows what each made.',
  });
}

function madeByRun(store: Store, run: number): string[] {
  const rows = store.database
    .prepare(`SELECT DISTINCT json_extract(summary, '$.made') AS made FROM run_result WHERE run = ?`)
    .all(run);
  return rows.flatMap(({ made }) => (typeof made === 'string' ? [made] : []));
}

/** Holds copies, or gives their hold another reason. @throws Failure `recordings.no-reason` */
export function holdCopies(
  { store, clock, tell }: HoldSite,
  copies: readonly string[],
  { how, reason, user }: { how: HoldKind; reason: string; user: string },
): void {
  const why = reasonOfHold(reason);
  for (const copy of copies) {
    store.database
      .prepare('INSERT OR REPLACE INTO copy_hold (copy, how, reason, held_by, held_at) VALUES (?, ?, ?, ?, ?)')
      .run(copy, how, why, user, clock.now().toISOString());
    const action = how === 'legal' ? 'legal hold' : 'protected';
    tell(orbitEvent('backup.hold-changed', { user, snapshot: copy, action, reason: why }, clock.now()));
  }
}

/** Ends holds of one way; gives the copies that had one. @throws Failure `recordings.no-reason` */
export function releaseCopies(
  { store, clock, tell }: HoldSite,
  copies: readonly string[],
  { how, reason, user }: { how: HoldKind; reason: string; user: string },
): string[] {
  const why = reasonOfHold(reason);
  return copies.filter((copy) => {
    const { changes } = store.database.prepare('DELETE FROM copy_hold WHERE copy = ? AND how = ?').run(copy, how);
    if (Number(changes) === 0) return false;
    const action = how === 'legal' ? 'legal hold ended' : 'protection ended';
    tell(orbitEvent('backup.hold-changed', { user, snapshot: copy, action, reason: why }, clock.now()));
    return true;
  });
}

/** Every hold, the newest first. */
export function listHolds(store: Store): CopyHold[] {
  const rows = store.database.prepare('SELECT * FROM copy_hold ORDER BY held_at DESC, copy, how').all();
  return rows.map((row) => ({
    copy: String(row['copy']),
    how: row['how'] as HoldKind,
    reason: String(row['reason']),
    heldBy: String(row['held_by']),
    heldAt: String(row['held_at']),
  }));
}

/** Why snapshots stay: their own holds, those of what they were copied from, and those of recordings in them. */
export function protectionsOf(
  store: Store,
  snapshots: readonly Pick<NamedSnapshot, 'id' | 'original'>[],
  destination?: string,
): Protection[] {
  const holds = listHolds(store);
  const isOf = (id: string | undefined, copy: string): boolean => id?.startsWith(copy) ?? false;
  const own = snapshots.flatMap(({ id, original }) =>
    holds
      .filter(({ copy }) => isOf(id, copy) || isOf(original, copy))
      .map((hold) => ({ snapshot: id, reason: describeHold(hold) })),
  );
  return [...own, ...heldSnapshots(store, destination)];
}

/** Why kits stay, by their names. */
export function protectedKits(store: Store): Map<string, string> {
  const kits = listHolds(store).filter(({ copy }) => copy.startsWith('secrets/'));
  return new Map(kits.map((hold) => [hold.copy.slice('secrets/'.length), describeHold(hold)]));
}

function describeHold({ how, reason }: CopyHold): string {
  return how === 'legal' ? `legal hold, ${reason}` : reason;
}
