// Brings the current key set to the top of every destination. A place that cannot be reached stays behind, is remembered,
// and catches up as soon as it is back; nothing of it needs a person.
import { createHash } from 'node:crypto';
import { type Failure, isFailure } from '../base/failure.ts';
import {
  type DestinationFilesOptions,
  type DestinationFilesResult,
  writeDestinationFiles,
} from '../breakglass/destination-files.ts';
import { openDigestKey } from '../breakglass/kit/record-digest.ts';
import { currentKey, findCurrentKey, recipientsOf, recoveryKeys } from '../breakglass/recovery-key-store.ts';
import { type Destination, listDestinations } from '../destinations/destination.ts';
import type { Store } from '../store/store.ts';
import { type OpenPlace, openPlace, signalOf } from './place.ts';
import { presentRepositoryPasswords } from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/** How a destination stands to the current key set. */
export interface KeyDelivery {
  destination: string;
  /** `current`: the key set in force lies there. `behind`: an earlier one, until the place can be reached. `none`: no run yet. */
  state: 'current' | 'behind' | 'none';
  broughtAt?: Date;
  /** Files that the place would not let us replace (append-only): its newest kit carries the same keys. */
  refused: string[];
  failure?: { code: string; message: string; hint?: string };
  /** Its kits and repository passwords are still sealed to a key that was declared compromised. */
  awaitsReseal: boolean;
}

/** How every destination stands. Empty before the first ceremony. */
export function keyDeliveries(store: Store): KeyDelivery[] {
  if (findCurrentKey(store) === undefined) return [];
  const keySet = keySetOf(store);
  return listDestinations(store).map((destination) => {
    const row = rowOf(store, destination);
    const broughtAt = row?.['brought_at'];
    const failure = row?.['failure'];
    return {
      destination: destination.name,
      state: row === undefined ? 'none' : row['key_set'] === keySet ? 'current' : 'behind',
      ...(typeof broughtAt === 'string' ? { broughtAt: new Date(broughtAt) } : {}),
      refused: String(row?.['refused'] ?? '')
        .split('\n')
        .filter((name) => name !== ''),
      ...(typeof failure === 'string' ? { failure: JSON.parse(failure) as NonNullable<KeyDelivery['failure']> } : {}),
      awaitsReseal: row !== undefined && row['reseal_to'] !== null,
    };
  });
}

/** Notes that every destination is owed the current key set; the service brings it soon. */
export function oweKeys({ store }: Pick<RunSurroundings, 'store'>): void {
  for (const { id } of listDestinations(store))
    store.database.prepare('INSERT OR IGNORE INTO key_delivery (destination_id) VALUES (?)').run(id);
}

/**
 * Brings the files at the top of a destination up to date, as every run does first, and notes the key set of a place that had
 * none. What a place is owed stays owed: a run carries its own repository's password only.
 * @throws Failure `breakglass.no-recovery-key`, `backend.*`
 */
export async function bringKeyFiles(
  { store, instanceKey, clock }: Pick<RunSurroundings, 'store' | 'instanceKey' | 'clock'>,
  { name, backend }: Pick<OpenPlace, 'name' | 'backend'>,
  options: Pick<DestinationFilesOptions, 'repositoryPasswords' | 'signal'>,
): Promise<void> {
  const keySet = keySetOf(store);
  const { kept } = await writeDestinationFiles(backend, {
    ...options,
    store,
    digestKey: openDigestKey(store, instanceKey),
  });
  store.database
    .prepare(
      `INSERT OR IGNORE INTO key_delivery (destination_id, key_set, brought_at, refused)
       SELECT id, ?, ?, ? FROM destination WHERE name = ?`,
    )
    .run(keySet, clock.now().toISOString(), namesOf(kept), name);
}

/** Brings the current key set to every destination, or to those named. Trouble with one of them is its result. */
export async function deliverKeys(
  surroundings: RunSurroundings,
  options: { signal?: AbortSignal; destinations?: readonly string[] } = {},
): Promise<KeyDelivery[]> {
  const { store } = surroundings;
  // Noted before the first try: whatever happens now, the service knows what is owed.
  oweKeys(surroundings);
  for (const destination of listDestinations(store)) {
    if (options.destinations?.includes(destination.name) === false) continue;
    await deliverTo(surroundings, destination, signalOf(options));
  }
  return keyDeliveries(store);
}

/** Brings the key set to the destinations that stayed behind and can be reached again. Called often; mostly does nothing. */
export async function deliverOwedKeys(surroundings: RunSurroundings, options: { signal?: AbortSignal }): Promise<void> {
  const { store } = surroundings;
  const behind = new Set(
    keyDeliveries(store).flatMap(({ state, destination }) => (state === 'behind' ? [destination] : [])),
  );
  for (const destination of listDestinations(store)) {
    if (behind.has(destination.name) && destination.state !== 'lost')
      await deliverTo(surroundings, destination, options);
  }
}

async function deliverTo(
  surroundings: RunSurroundings,
  destination: Destination,
  options: { signal?: AbortSignal },
): Promise<void> {
  const { store, instanceKey, clock } = surroundings;
  const keySet = keySetOf(store);
  try {
    const place = await openPlace(surroundings, destination.name, options);
    try {
      const { kept } = await writeDestinationFiles(place.backend, {
        ...options,
        store,
        digestKey: openDigestKey(store, instanceKey),
        repositoryPasswords: await presentRepositoryPasswords(surroundings, place, options),
      });
      store.database
        .prepare(
          'UPDATE key_delivery SET key_set = ?, brought_at = ?, refused = ?, failure = NULL WHERE destination_id = ?',
        )
        .run(keySet, clock.now().toISOString(), namesOf(kept), destination.id);
    } finally {
      await place.close();
    }
  } catch (error) {
    if (options.signal?.aborted || !isFailure(error)) throw error;
    noteFailure(store, destination, error);
  }
}

function namesOf(files: DestinationFilesResult['kept']): string {
  return files.map(({ name }) => name).join('\n');
}

function noteFailure(store: Store, destination: Destination, { code, message, hint }: Failure): void {
  const kept = JSON.stringify({ code, message, ...(hint === undefined ? {} : { hint }) });
  store.database.prepare('UPDATE key_delivery SET failure = ? WHERE destination_id = ?').run(kept, destination.id);
}

function rowOf(store: Store, destination: Destination): Record<string, unknown> | undefined {
  return store.database.prepare('SELECT * FROM key_delivery WHERE destination_id = ?').get(destination.id);
}

// Everything whose change must reach every destination.
function keySetOf(store: Store): string {
  const key = currentKey(store);
  const hash = createHash('sha256').update(JSON.stringify([key.id, recipientsOf(key), key.shares ?? null]));
  for (const bytes of [key.wrappedByPassword, key.wrappedToRecipients])
    hash.update(`${bytes?.length ?? 0}:`).update(bytes ?? '');
  for (const { id, sealedToCurrent } of recoveryKeys(store)) hash.update(id).update(sealedToCurrent ?? '');
  return hash.digest('hex');
}
