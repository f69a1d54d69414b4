// Looks at every destination each minute, so that the loss of one is told when it happens and not when a run needs it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend } from '../backends/backend.ts';
import { hostKeyFrom } from '../backends/ssh/host-key.ts';
import { type OrbitEvent, orbitEvent } from '../base/event.ts';
import { type Destination, hostOf, listDestinations, locationOf } from '../destinations/destination.ts';
import { type DestinationEvent, probeDestination } from '../destinations/open.ts';
import type { RunSurroundings } from './surroundings.ts';

type Watched = Pick<RunSurroundings, 'store' | 'instanceKey' | 'home' | 'clock' | 'tell'>;

// A first trouble that may pass is looked at again sooner: lost or not is known within a minute.
const defaultEveryMs = 60_000;
const againMs = 15_000;
const timeoutMs = 30_000;

/**
 * Watches until `signal` is aborted, every minute unless `everyMs` is given. Every change is stored and told; trouble with one
 * destination never stops the watch. `onBack` is called when one or more that were lost can be used again.
 */
export async function watchDestinations(
  surroundings: Watched,
  signal: AbortSignal,
  { onBack = () => {}, everyMs = defaultEveryMs }: { onBack?: () => void; everyMs?: number } = {},
): Promise<void> {
  while (!signal.aborted) {
    const before = new Map(listDestinations(surroundings.store).map(({ id, state }) => [id, state]));
    const looked = await lookAtAll(surroundings, signal);
    if (looked.some(({ id, state }) => before.get(id) === 'lost' && state !== 'lost')) onBack();
    const isUncertain = looked.some(({ state }) => state === 'degraded');
    await sleep(isUncertain ? Math.min(againMs, everyMs) : everyMs, undefined, { signal }).catch(() => {});
  }
}

// A probe that is cut off by the end of the service has found nothing out.
async function lookAtAll(surroundings: Watched, signal: AbortSignal): Promise<Destination[]> {
  try {
    const all = listDestinations(surroundings.store);
    return await Promise.all(all.map((destination) => lookAt(surroundings, destination, signal)));
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

/** Probes one destination, tells what changed, and gives it with its new state. */
export async function lookAt(
  surroundings: Watched,
  destination: Destination,
  signal?: AbortSignal,
  options: { acceptEmpty?: boolean } = {},
): Promise<Destination> {
  return (await lookAndOpen(surroundings, destination, { ...(signal === undefined ? {} : { signal }), ...options }))
    .destination;
}

/** The same; with `keepOpen`, a usable place comes along as `probed`, for `openDestination`, and is then the caller's to close. */
export async function lookAndOpen(
  surroundings: Watched,
  destination: Destination,
  { signal, ...how }: { signal?: AbortSignal; keepOpen?: boolean; acceptEmpty?: boolean },
): Promise<{ destination: Destination; probed?: Backend }> {
  const context = { ...surroundings, ...(signal === undefined ? {} : { signal }) };
  const looked = await oneAtATime(destination.id, () => probeDestination(context, destination, { timeoutMs, ...how }));
  if (signal?.aborted) return looked;
  for (const event of looked.events) {
    const told = destinationEvent(event, destination);
    if (told !== undefined) surroundings.tell(told);
    if (event.type === 'destination.lost' && event.code === 'backend.host-key-changed')
      surroundings.tell(
        hostKeyEvent(destination, looked.result.failure?.facts?.['shownFingerprint'], new Date(event.at)),
      );
  }
  return looked;
}

const looking = new Map<string, Promise<unknown>>();

// Two that probe one place at once would find each other's test object there and call the place broken.
async function oneAtATime<Result>(destination: string, look: () => Promise<Result>): Promise<Result> {
  const before = looking.get(destination) ?? Promise.resolve();
  const mine = before.then(look, look);
  const settled = mine.catch(() => {});
  looking.set(destination, settled);
  try {
    return await mine;
  } finally {
    if (looking.get(destination) === settled) looking.delete(destination);
  }
}

// Besides being lost: somebody may be in between, which is another matter than a server that is down.
function hostKeyEvent(destination: Destination, shown: unknown, at: Date): OrbitEvent {
  const { name, pins } = destination;
  const facts = {
    destination: name,
    host: hostOf(destination),
    location: locationOf(destination),
    expectedFingerprint: pins.hostKey === undefined ? '-' : hostKeyFrom(pins.hostKey).fingerprint,
    shownFingerprint: typeof shown === 'string' ? shown : '-',
  };
  return orbitEvent('destination.host-key-changed', facts, at);
}

/** The catalogue's event for a change of a destination; a mere worry is shown and not told. */
export function destinationEvent(event: DestinationEvent, before: Destination): OrbitEvent | undefined {
  const at = new Date(event.at);
  const shared = { destination: event.destinationName, location: locationOf(before), host: hostOf(before) };
  if (event.type === 'destination.lost') {
    return orbitEvent('destination.lost', { ...shared, reason: event.message, since: at, code: event.code }, at);
  }
  if (event.type === 'destination.back') {
    const downMs = Math.max(0, at.getTime() - Date.parse(before.stateSince));
    return orbitEvent('destination.back', { ...shared, since: before.stateSince, downMs }, at);
  }
  return undefined;
}
