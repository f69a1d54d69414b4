// Opens destinations for runs, and keeps book of how they are.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Backend } from '../backends/backend.ts';
import type { Surroundings } from '../backends/kinds/kind.ts';
import { lowSpaceBytes } from '../backends/kinds/line-fields.ts';
import { limitedBackend } from '../backends/limited.ts';
import { type RetryEvent, retryingBackend } from '../backends/retrying.ts';
import { hostKeyFrom } from '../backends/ssh/host-key.ts';
import { verifiedBackend } from '../backends/verified.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Failure, isFailure } from '../base/failure.ts';
import { tellNotes } from '../base/note.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import { type AppendOnlyProof, proveAppendOnly } from './append-only.ts';
import { type Destination, findDestination, fullConfig, kindOf, savePins } from './destination.ts';
import { type DestinationEventType, nextState } from './health.ts';
import { checkMount, pinMount } from './mount.ts';
import { type ProbeResult, probeBackend } from './probe.ts';
import { loadSshKey } from './ssh-key.ts';

/** What opening destinations needs. */
export interface DestinationContext {
  store: Store;
  instanceKey: InstanceKey;
  /** The data folder: the spool lies below it. */
  home: string;
  clock?: Clock;
  signal?: AbortSignal;
  report?: (event: RetryEvent) => void;
}

interface ProbeHow {
  acceptEmpty?: boolean;
  timeoutMs?: number;
  keepOpen?: boolean;
}

/** How a destination is after a look at it, and what is worth telling. */
export interface ProbedDestination {
  destination: Destination;
  result: ProbeResult;
  events: DestinationEvent[];
  /** The place itself, where it was to stay open and is usable. */
  probed?: Backend;
}

/** Something that happened to a destination, as it is stored. */
export interface DestinationEvent {
  id: string;
  destinationId: string;
  destinationName: string;
  type: DestinationEventType;
  at: string;
  code?: string;
  message: string;
}

/**
 * Opens a destination for a run: every save is read back and compared, passing troubles are waited out, and a folder
 * on a mount is written only while that very mount is there, checked before each call. Close it. `probed` is what
 * `probeDestination` kept open: one connection then serves the probe and the run.
 * @throws Failure `destinations.*`, `backend.*`.
 */
export async function openDestination(
  context: DestinationContext,
  destination: Destination,
  probed?: Backend,
): Promise<Backend> {
  const bare = probed ?? (await openBare(context, destination));
  return retryingBackend(verifiedBackend(bare), context.report === undefined ? {} : { report: context.report });
}

/** Makes the folder of a new destination when it is missing, and pins the mount it lies on where that is asked for. */
export async function prepareDestination(context: DestinationContext, destination: Destination): Promise<Destination> {
  const { store, instanceKey } = context;
  if (destination.config['onMount'] === true) {
    const mount = await pinMount(String(destination.config['path']));
    savePins(store, destination.id, { ...destination.pins, mount });
  }
  const prepared = findDestination(store, destination.id);
  await kindOf(destination.kind).prepare?.(fullConfig(store, instanceKey, prepared), surroundingsOf(context, prepared));
  return prepared;
}

/**
 * Probes a destination, stores the result and its new state, and gives back what is worth telling (also stored).
 * `acceptEmpty`: an emptied folder is taken for ours again. `keepOpen`: a place that is usable stays open, as `probed`,
 * for `openDestination`.
 */
export async function probeDestination(
  context: DestinationContext,
  destination: Destination,
  options: ProbeHow = {},
): Promise<ProbedDestination> {
  const clock = context.clock ?? systemClock;
  const { result, failure, probed } = await probeOnce(context, destination, options, clock);
  const { state, event: type } = nextState(destination.state, {
    worries: result.worries,
    ...(failure === undefined ? {} : { failure }),
  });
  const events: DestinationEvent[] = [];
  if (type !== undefined) {
    events.push({
      id: randomUUID(),
      destinationId: destination.id,
      destinationName: destination.name,
      type,
      at: result.at,
      ...(failure === undefined ? {} : { code: failure.code }),
      message: failure?.message ?? (tellNotes(result.worries, 'en') || `${destination.name} is back`),
    });
  }
  const since = state === destination.state ? destination.stateSince : result.at;
  context.store.transaction(() => {
    context.store.database
      .prepare('UPDATE destination SET state = ?, state_since = ?, last_probe = ? WHERE id = ?')
      .run(state, since, JSON.stringify(result), destination.id);
    if (result.isUsable && result.canRead === true) {
      // As they are now: a person may have taken the mount away meanwhile.
      const { pins } = findDestination(context.store, destination.id);
      savePins(context.store, destination.id, { ...pins, hasWriteTest: true });
    }
    for (const event of events) storeEvent(context.store, event);
  });
  return {
    destination: findDestination(context.store, destination.id),
    result,
    events,
    ...(probed === undefined ? {} : { probed }),
  };
}

/** Tries to delete and to overwrite, and keeps what that showed. @throws Failure `backend.*`. */
export async function proveDestination(
  context: DestinationContext,
  destination: Destination,
): Promise<AppendOnlyProof> {
  const backend = await openBare(context, destination);
  try {
    const now = (context.clock ?? systemClock).now();
    const proof = await proveAppendOnly(backend, now, context.signal === undefined ? {} : { signal: context.signal });
    context.store.database
      .prepare('UPDATE destination SET append_only = ? WHERE id = ?')
      .run(JSON.stringify(proof), destination.id);
    return proof;
  } finally {
    await backend.close();
  }
}

/** What happened to destinations, newest first. */
export function destinationEvents(store: Store, limit = 100): DestinationEvent[] {
  const rows = store.database
    .prepare('SELECT * FROM destination_event ORDER BY at DESC, rowid DESC LIMIT ?')
    .all(limit);
  return rows.map((row) => ({
    id: String(row['id']),
    destinationId: String(row['destination_id']),
    destinationName: String(row['destination_name']),
    type: String(row['type']) as DestinationEventType,
    at: String(row['at']),
    ...(row['code'] === null ? {} : { code: String(row['code']) }),
    message: String(row['message']),
  }));
}

async function probeOnce(
  context: DestinationContext,
  destination: Destination,
  options: ProbeHow,
  clock: Clock,
): Promise<{ result: ProbeResult; failure?: Failure; probed?: Backend }> {
  let backend: Backend;
  try {
    backend = await openBare(context, destination);
  } catch (error) {
    if (!isFailure(error)) throw error;
    const at = clock.now().toISOString();
    return { result: { at, isUsable: false, worries: [], failure: error.toJSON() }, failure: error };
  }
  let isKept = false;
  try {
    const how = {
      clock,
      lowSpaceBytes: lowSpaceBytes(destination.config),
      expectsWriteTest: destination.pins.hasWriteTest === true && options.acceptEmpty !== true,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    };
    let probe = await probeBackend(backend, how);
    // A command beside the service may probe at the same moment, and each finds the other's object: looked at once more.
    if (/^destinations\.not-(kept|listed)$/.test(probe.failure?.code ?? '')) probe = await probeBackend(backend, how);
    isKept = options.keepOpen === true && probe.result.isUsable;
    return isKept ? { ...probe, probed: backend } : probe;
  } finally {
    if (!isKept) await backend.close();
  }
}

async function openBare(context: DestinationContext, destination: Destination): Promise<Backend> {
  const { mount, unmounted } = findDestination(context.store, destination.id).pins;
  if (unmounted !== undefined) {
    throw new Failure('destinations.unmounted', {
      message: `${destination.name} was unmounted by ${unmounted.by} at ${unmounted.at}`,
      hint: 'Mount it again: Remount on the settings page, or orbit partition --remount. What is due waits for it.',
    });
  }
  const path = String(destination.config['path'] ?? '');
  if (destination.config['onMount'] === true) {
    if (mount === undefined) {
      throw new Failure('destinations.mount-unknown', {
        message: `nobody has seen ${destination.name} mounted yet`,
        hint: `Mount it, then run: orbit destination trust ${destination.name}`,
      });
    }
    await checkMount(path, mount);
  }
  const config = fullConfig(context.store, context.instanceKey, destination);
  const kind = kindOf(destination.kind);
  const opened = await kind.open(config, surroundingsOf(context, destination));
  const limit = Number(config['bandwidthLimitKib'] ?? 0) * 1024;
  const backend = limit > 0 && kind.limitsItself !== true ? limitedBackend(opened, limit) : opened;
  return mount === undefined ? backend : checkedBefore(backend, () => checkMount(path, mount));
}

function surroundingsOf(context: DestinationContext, destination: Destination): Surroundings {
  const { hostKey } = destination.pins;
  return {
    spoolFolder: join(context.home, 'spool'),
    sshKey: (name) => loadSshKey(context.store, context.instanceKey, name),
    ...(hostKey === undefined ? {} : { hostKey: hostKeyFrom(hostKey) }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  };
}

// Only what changes or could mistake an empty folder for ours is checked; a load finds its object or does not.
function checkedBefore(backend: Backend, check: () => Promise<void>): Backend {
  return {
    ...backend,
    async save(key, bytes, options) {
      await check();
      await backend.save(key, bytes, options);
    },
    async remove(key, options) {
      await check();
      await backend.remove(key, options);
    },
    async *list(prefix, options) {
      await check();
      yield* backend.list(prefix, options);
    },
  };
}

function storeEvent(store: Store, event: DestinationEvent): void {
  store.database
    .prepare(
      `INSERT INTO destination_event (id, destination_id, destination_name, type, at, code, message)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(event.id, event.destinationId, event.destinationName, event.type, event.at, event.code ?? null, event.message);
}
