// Which copies of a job stay at a destination. Without a rule all of them do: Orbit deletes nothing it was not told to.
import { type Note, type NoteCode, type PlainNote, note, reasonOf } from '../base/note.ts';
import type { Backend } from '../backends/backend.ts';
import type { Clock } from '../base/clock.ts';
import { type Failure, isFailure } from '../base/failure.ts';
import { allKits, forgetKit } from '../breakglass/kit/kit-history.ts';
import { listKits, removeKit } from '../breakglass/kit/store-kit.ts';
import { listDestinations } from '../destinations/destination.ts';
import { type RetentionEvent, type RetentionResult, applyRetention } from '../engine/maintain/apply-retention.ts';
import { applyPolicy } from '../engine/maintain/retention-policy.ts';
import type { Repository } from '../engine/repository/repository.ts';
import type { Store } from '../store/store.ts';
import { protectedKits, protectionsOf } from './copy-hold.ts';
import { signalOf } from './place.ts';
import type { Retention } from './retention-fields.ts';
import { policyOfRule } from './retention-rule.ts';

/** What retention needs to know of where it works. */
export interface RetentionSite {
  store: Store;
  clock: Clock;
  /** The destination's name. */
  destination: string;
  signal?: AbortSignal;
  /** Plans, and removes nothing. */
  dryRun?: boolean;
}

/** Why nothing can be removed at a place where removing was tried and refused; undefined elsewhere. */
export function appendOnlyReason(store: Store, destination: string): PlainNote | undefined {
  const proof = listDestinations(store).find(({ name }) => name === destination)?.appendOnly;
  if (proof?.isDeletingRefused !== true || proof.byLock === true) return undefined;
  return note('retention.append-only', { destination, day: proof.at.slice(0, 10) });
}

/**
 * Lets go of snapshots and frees their data. The newest stays, and so does what is held and what carries a date that cannot
 * be believed. At an append-only place it is a dry run.
 */
export async function retainSnapshots(
  repository: Repository,
  rule: Retention,
  site: RetentionSite & { retryMs: number; report?: (event: RetentionEvent) => void },
): Promise<RetentionResult> {
  const { store, clock, destination, retryMs, report } = site;
  const snapshots = await repository.listSnapshots(signalOf(site));
  const isAppendOnly = appendOnlyReason(store, destination) !== undefined;
  return await applyRetention(repository, policyOfRule(rule), {
    ...signalOf(site),
    clock,
    retryMs,
    ...(report === undefined ? {} : { report }),
    // A job has one history, also when its folders change.
    groupBy: { host: true, paths: false, tags: false },
    protect: protectionsOf(store, snapshots, destination),
    // What would be freed where nothing can be removed is not worth reading the index for.
    ...(isAppendOnly ? { prune: 'never' as const } : {}),
    dryRun: site.dryRun === true || isAppendOnly,
  });
}

/** The same after a run: trouble is a note, never the failure of a backup that was made. */
export async function keepSnapshots(
  repository: Repository,
  rule: Retention,
  site: RetentionSite & { retryMs: number },
): Promise<Note[]> {
  return await asNotes(site, async () => {
    const { removedSnapshots, freedBytes } = await retainSnapshots(repository, rule, site);
    const appendOnly = noteOfAppendOnly(site, removedSnapshots, 'retention.snapshots-stay');
    if (removedSnapshots === 0 || appendOnly.length > 0) return appendOnly;
    return [note('retention.snapshots', { count: removedSnapshots, bytes: freedBytes })];
  });
}

/** What happens to the kits of a place, newest first. */
export interface KitRetention {
  keep: { name: string; reasons: string[] }[];
  remove: string[];
}

/**
 * Which kits stay, by the same rules: the newest always does, and so do those that are held. `known`: those that this Orbit made. Others
 * may keep theirs at the same place, and whoever can add kits can date them: what is not known stays and pushes nothing out. Pure.
 */
export function planKits(
  newestFirst: readonly string[],
  rule: Retention,
  { now, held, known }: { now: Date; held: ReadonlyMap<string, string>; known: ReadonlySet<string> },
): KitRetention {
  const own = newestFirst.filter((name) => known.has(name));
  const kits = own.map((name) => ({ name, time: timeOfKit(name) }));
  const kept = applyPolicy(kits, policyOfRule(rule), now).keep;
  const reasons = new Map(kept.map((one) => [one.snapshot.name, one.reasons]));
  for (const name of newestFirst) if (!known.has(name)) reasons.set(name, ['not made by this Orbit, not counted']);
  for (const name of newestFirst) {
    const hold = held.get(name);
    if (hold !== undefined) reasons.set(name, [...(reasons.get(name) ?? []), `protected: ${hold}`]);
  }
  const [newest] = own;
  if (newest !== undefined && !reasons.has(newest)) reasons.set(newest, ['newest kit']);
  return {
    keep: newestFirst.flatMap((name) => {
      const why = reasons.get(name);
      return why === undefined ? [] : [{ name, reasons: why }];
    }),
    remove: newestFirst.filter((name) => !reasons.has(name)),
  };
}

/** Lets go of kits. At an append-only place it is a dry run. */
export async function retainKits(
  backend: Backend,
  rule: Retention,
  site: RetentionSite & { scope: string; report?: (plan: KitRetention) => void },
): Promise<KitRetention> {
  const { store, clock, destination, scope } = site;
  const { finished } = await listKits(backend, signalOf(site));
  const known = new Set(allKits(store).map(({ name }) => name));
  const plan = planKits(finished, rule, { now: clock.now(), held: protectedKits(store), known });
  site.report?.(plan);
  if (site.dryRun === true || appendOnlyReason(store, destination) !== undefined) return plan;
  for (const name of plan.remove) {
    await removeKit(backend, name, signalOf(site));
    forgetKit(store, scope, name);
  }
  return plan;
}

/** The same after a run: trouble is a note, never the failure of a backup that was made. */
export async function keepKits(
  backend: Backend,
  rule: Retention,
  site: RetentionSite & { scope: string },
): Promise<Note[]> {
  return await asNotes(site, async () => {
    const { remove } = await retainKits(backend, rule, site);
    const appendOnly = noteOfAppendOnly(site, remove.length, 'retention.kits-stay');
    if (remove.length === 0 || appendOnly.length > 0) return appendOnly;
    return [note('retention.kits', { count: remove.length })];
  });
}

function noteOfAppendOnly({ store, destination }: RetentionSite, count: number, code: NoteCode): Note[] {
  const reason = appendOnlyReason(store, destination);
  if (reason === undefined || count === 0) return [];
  return [note(code, { count, reason })];
}

/** When a kit was made: they are named by their time in UTC, with dashes where a file name must not have colons. */
export function timeOfKit(name: string): string {
  return name.replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3');
}

async function asNotes({ destination }: RetentionSite, work: () => Promise<Note[]>): Promise<Note[]> {
  try {
    return await work();
  } catch (error) {
    if (!isFailure(error)) throw error;
    if (isRefusal(error)) return [note('retention.refused', { destination })];
    return [note('retention.failed', { reason: reasonOf(error) })];
  }
}

/** True when a place did not let us remove, and none of it is lost. */
export function isRefusal(error: Failure): boolean {
  const cause = error.code === 'forget.stopped' ? error.cause : error;
  const isFirst = error.code !== 'forget.stopped' || error.facts['removed'] === 0;
  const codes = ['backend.refused', 'backend.permission', 'backend.read-only'];
  return isFirst && isFailure(cause) && codes.includes(cause.code);
}
