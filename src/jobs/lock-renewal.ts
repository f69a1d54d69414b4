// Object locks count from the day an object is stored, and backups go on needing it: packs of last year hold what tonight's
// snapshot names. So everything that lies at a locking destination is locked anew, long before a lock ends. What retention let
// go is hidden there, is not listed, and keeps the lock it has.
import { z } from 'zod';
import { canLock, type LockingBackend } from '../backends/abilities.ts';
import type { Backend, StoredObject } from '../backends/backend.ts';
import { orbitEvent } from '../base/event.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { together } from '../base/together.ts';
import {
  type Destination,
  findDestination,
  hostOf,
  listDestinations,
  locationOf,
} from '../destinations/destination.ts';
import type { Store } from '../store/store.ts';
import { openPlace, signalOf } from './place.ts';
import type { RunSurroundings } from './surroundings.ts';
import { forgetTold, isDueToTell } from './told.ts';

// How and where: a pass says nothing of another bucket, and one that locked otherwise is done again.
const terms = { place: z.string(), mode: z.string(), lockDays: z.number() };
const kept = z.strictObject({
  /** A pass that was cut short: when it began, the last key that was locked anew, and how many were. */
  begun: z.strictObject({ ...terms, at: z.iso.datetime(), after: z.string(), objects: z.number() }).optional(),
  /** The last whole pass: everything that lay there when it began is locked for `lockDays` from then on. */
  done: z.strictObject({ ...terms, at: z.iso.datetime(), objects: z.number() }).optional(),
  /** Why the last try failed. */
  failure: z
    .strictObject({ at: z.iso.datetime(), code: z.string(), message: z.string(), hint: z.string().optional() })
    .optional(),
});

/** How the locks of one destination stand. */
export interface LockRenewal extends z.infer<typeof kept> {
  destination: string;
  lockDays: number;
  /** No lock of what lay there at the last pass ends before; absent before the first one. */
  lockedUntil?: Date;
  /** When the next pass is due. */
  dueAt: Date;
}

const dayMs = 24 * 60 * 60_000;
const retryMs = 60 * 60_000;
const atOnce = 16;
const stretch = 64;
// What Orbit stores. Others may keep things in the same bucket, which are not for us to lock.
const ours =
  /^(?:secrets|system|recordings|retired-keys)\/|^(?:README\.txt|recovery-key(?:\.recipients)?\.age|(?:system|recordings)\.password\.age)$/;

/** The destinations that lock, with how their locks stand. */
export function listLockRenewals(store: Store): LockRenewal[] {
  const states = load(store);
  return listDestinations(store).flatMap((destination) => {
    const now = termsOf(destination);
    if (now === undefined) return [];
    const { done, begun, ...rest } = states[destination.name] ?? {};
    const state = { ...rest, ...(done?.place === now.place ? { done } : {}), ...(isSame(begun, now) ? { begun } : {}) };
    const from = (at: string, ms: number): Date => new Date(Date.parse(at) + ms);
    const ends = state.done === undefined ? {} : { lockedUntil: from(state.done.at, state.done.lockDays * dayMs) };
    // A quarter of the term: at any moment three quarters are left, whoever takes this machine over.
    const next =
      state.done === undefined || state.begun !== undefined || !isSame(state.done, now)
        ? new Date(0)
        : from(state.done.at, Math.max(dayMs, (now.lockDays * dayMs) / 4));
    const again = state.failure === undefined ? next : from(state.failure.at, retryMs);
    const { lockDays } = now;
    return [{ destination: destination.name, lockDays, ...state, ...ends, dueAt: next < again ? again : next }];
  });
}

/** How the locks of one destination stand; undefined for one that locks nothing. */
export function findLockRenewal(store: Store, name: string): LockRenewal | undefined {
  return listLockRenewals(store).find(({ destination }) => destination === name);
}

type Terms = { place: string; mode: string; lockDays: number };

function termsOf(destination: Destination): Terms | undefined {
  const { lockMode, lockDays } = destination.config;
  if (typeof lockMode !== 'string' || typeof lockDays !== 'number') return undefined;
  return { place: locationOf(destination), mode: lockMode, lockDays };
}

function isSame(known: Terms | undefined, now: Terms): boolean {
  return known?.place === now.place && known.mode === now.mode && known.lockDays === now.lockDays;
}

/** Locks anew what is due, one destination after the other. For every look of the service; mostly does nothing. */
export async function renewDueLocks(
  surroundings: RunSurroundings,
  options: { signal?: AbortSignal } = {},
): Promise<LockRenewal[]> {
  const { store, clock } = surroundings;
  const renewed: LockRenewal[] = [];
  for (const { destination, dueAt } of listLockRenewals(store)) {
    options.signal?.throwIfAborted();
    // One that is away is told by its own watch, and its turn comes when it is back.
    if (dueAt > clock.now() || findDestination(store, destination).state === 'lost') continue;
    try {
      renewed.push(await renewLocks(surroundings, destination, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isFailure(error)) throw error;
    }
  }
  return renewed;
}

/** What a pass tells: how many objects it locked so far. */
export interface LockEvent {
  objects: number;
}

/**
 * Locks everything at a destination anew; a pass that was cut short is gone on with. A failure is kept and told once a day.
 * @throws Failure `destinations.locks-nothing`, and what the place throws
 */
export async function renewLocks(
  surroundings: RunSurroundings,
  name: string,
  options: Operation<LockEvent> = {},
): Promise<LockRenewal> {
  const { store, clock, tell } = surroundings;
  const destination = requireLocks(findDestination(store, name));
  const facts = { destination: name, location: locationOf(destination), host: hostOf(destination) };
  try {
    const place = await openPlace(surroundings, name, signalOf(options));
    try {
      await pass(surroundings, destination, locking(place.backend, destination), options);
    } finally {
      await place.close();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFailure(error)) throw error;
    const { code, message, hint } = error;
    const at = clock.now().toISOString();
    update(store, name, { failure: { at, code, message, ...(hint === undefined ? {} : { hint }) } });
    const { lockedUntil } = stateOf(store, name);
    const ends = lockedUntil === undefined ? {} : { expiresAt: lockedUntil.toISOString() };
    if (isDueToTell(store, matterOf(name), code, clock.now(), dayMs))
      tell(orbitEvent('destination.locks-failed', { ...facts, reason: message, code, ...ends }, clock.now()));
    throw error;
  }
  const state = stateOf(store, name);
  forgetTold(store, (matter) => matter === matterOf(name));
  const expiresAt = (state.lockedUntil ?? clock.now()).toISOString();
  tell(orbitEvent('destination.locks-renewed', { ...facts, expiresAt }, clock.now()));
  return state;
}

/** How many objects a pass would lock anew. Changes nothing. @throws as `renewLocks` */
export async function countLockable(
  surroundings: RunSurroundings,
  name: string,
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  const destination = requireLocks(findDestination(surroundings.store, name));
  const place = await openPlace(surroundings, name, options);
  try {
    const backend = locking(place.backend, destination);
    let objects = 0;
    for await (const { key } of backend.list('', options)) if (isToLock(backend, key)) objects += 1;
    return objects;
  } finally {
    await place.close();
  }
}

async function pass(
  { store, clock }: RunSurroundings,
  destination: Destination,
  backend: LockingBackend,
  options: Operation<LockEvent>,
): Promise<void> {
  const { name } = destination;
  const now = termsOf(destination) ?? { place: '', mode: '', lockDays: backend.lockDays };
  let begun = stateOf(store, name).begun ?? { ...now, at: clock.now().toISOString(), after: '', objects: 0 };
  const refusals: Failure[] = [];
  for await (const objects of stretches(backend, begun.after, signalOf(options))) {
    options.signal?.throwIfAborted();
    await together(objects, atOnce, async ({ key }) => {
      const refused = await lockUnlessGone(backend, key, signalOf(options));
      if (refused !== undefined) refusals.push(refused);
    });
    // One object that cannot be locked keeps no other from it; a key that may lock nothing is not tried on all of them.
    if (refusals.length >= stretch) break;
    begun = { ...begun, after: objects.at(-1)?.key ?? begun.after, objects: begun.objects + objects.length };
    update(store, name, { begun });
    options.report?.({ objects: begun.objects });
  }
  const [refused] = refusals;
  if (refused !== undefined) {
    update(store, name, { begun: undefined });
    throw refused;
  }
  const { at, objects } = begun;
  update(store, name, { begun: undefined, failure: undefined, done: { ...now, at, objects } });
}

// A listing of a bucket is in the order of keys, so what comes behind the last one is what is left of a pass.
async function* stretches(
  backend: LockingBackend,
  after: string,
  options: { signal?: AbortSignal },
): AsyncGenerator<StoredObject[]> {
  let objects: StoredObject[] = [];
  for await (const object of backend.list('', options)) {
    if (!isToLock(backend, object.key) || Buffer.compare(Buffer.from(object.key), Buffer.from(after)) <= 0) continue;
    objects.push(object);
    if (objects.length < stretch) continue;
    yield objects;
    objects = [];
  }
  if (objects.length > 0) yield objects;
}

function isToLock(backend: LockingBackend, key: string): boolean {
  return ours.test(key) && backend.isLockable(key);
}

// A prune beside us may have let it go. Gives the refusal of an object that cannot be locked.
async function lockUnlessGone(
  backend: LockingBackend,
  key: string,
  options: { signal?: AbortSignal },
): Promise<Failure | undefined> {
  try {
    await backend.lockAnew(key, options);
  } catch (error) {
    if (isFailure(error, 'backend.permission')) return error;
    if (!isFailure(error, 'backend.not-found')) throw error;
  }
  return undefined;
}

function requireLocks(destination: Destination): Destination {
  if (typeof destination.config['lockMode'] === 'string') return destination;
  throw locksNothing(destination);
}

function locking(backend: Backend, destination: Destination): LockingBackend {
  if (canLock(backend)) return backend;
  throw locksNothing(destination);
}

function locksNothing({ name, kind }: Destination): Failure {
  return new Failure('destinations.locks-nothing', {
    message: `${name} locks nothing`,
    hint:
      kind === 's3'
        ? `Make the bucket with object lock, then: orbit destination set s3 ${name} --lock-mode COMPLIANCE --lock-days 30.`
        : 'Only object storage (s3) has object locks; `orbit destination authorize` makes others append-only.',
    facts: { destination: name },
  });
}

function matterOf(name: string): string {
  return `locks:${name}`;
}

function stateOf(store: Store, name: string): LockRenewal {
  const state = findLockRenewal(store, name);
  if (state === undefined) throw locksNothing(findDestination(store, name));
  return state;
}

const settingName = 'jobs:lock-renewal';
type Kept = z.infer<typeof kept>;

function load(store: Store): Record<string, Kept> {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  return row === undefined ? {} : z.record(z.string(), kept).parse(JSON.parse(String(row['value'])));
}

function update(store: Store, name: string, change: { [Key in keyof Kept]?: Kept[Key] | undefined }): void {
  const names = new Set(listDestinations(store).map((each) => each.name));
  const all = Object.fromEntries(Object.entries(load(store)).filter(([other]) => names.has(other)));
  all[name] = { ...all[name], ...change };
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(settingName, JSON.stringify(all));
}
