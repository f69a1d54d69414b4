// After a recovery key became known to others: seals every kit at every destination to the current key and changes the
// repository passwords. People are in the room for it, because only they open what is to be sealed anew.
import { type Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import { listEnvelopes } from '../breakglass/envelope.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import type { RecoveryIdentity } from '../breakglass/recovery-key.ts';
import { openSigningKey } from '../breakglass/signing-key.ts';
import type { RepositoryName } from '../breakglass/destination-files.ts';
import { readKitManifest } from '../breakglass/kit/verify-kit.ts';
import { destinationKitFiles } from '../breakglass/kit/kit-files.ts';
import { resealKit } from '../breakglass/kit/reseal-kit.ts';
import { listKits } from '../breakglass/kit/store-kit.ts';
import { noteResealedKit } from '../breakglass/kit/kit-history.ts';
import { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import { listDestinations } from '../destinations/destination.ts';
import { deliverKeys, oweKeys } from './key-delivery.ts';
import { kitPage } from './kit-page.ts';
import { openPlace, type OpenPlace, signalOf } from './place.ts';
import {
  changedRepositoryPassword,
  earlierRepositoryPasswords,
  presentRepositoryPasswords,
  repositoryPassword,
} from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/** What there is to be sealed anew at one destination, or why that cannot be seen now. */
export interface ResealPlan {
  destination: string;
  /** Kits that are sealed to another key than the current one. */
  kits: string[];
  repositories: RepositoryName[];
  failure?: Failure;
}

/** What was done at one destination. */
export interface ResealResult {
  destination: string;
  kits: string[];
  repositories: RepositoryName[];
  /** What stays sealed to the old key, and why. */
  left: { what: string; failure: Failure }[];
}

const lockRetryMs = 120_000;

/** Looks at every destination; changes nothing. `keyId`: the key to which everything would be sealed. */
export async function planReseal(
  surroundings: RunSurroundings,
  options: { signal?: AbortSignal; keyId: string },
): Promise<ResealPlan[]> {
  const plans: ResealPlan[] = [];
  for (const { name } of listDestinations(surroundings.store)) {
    try {
      const found = await atPlace(surroundings, name, options, async (place) => ({
        kits: await staleKits(place, options),
        repositories: await repositoriesAt(surroundings, place, options),
      }));
      plans.push({ destination: name, ...found });
    } catch (error) {
      if (options.signal?.aborted || !isFailure(error)) throw error;
      plans.push({ destination: name, kits: [], repositories: [], failure: error });
    }
  }
  return plans;
}

/** Notes at every destination that its kits and passwords wait to be sealed to the current key. */
export function oweReseal({ store }: Pick<RunSurroundings, 'store'>): void {
  oweKeys({ store });
  store.database.prepare('UPDATE key_delivery SET reseal_to = ?').run(currentKey(store).id);
}

/**
 * Seals what waits for it anew, with every recovery key that could be opened. A destination that cannot be reached goes on
 * waiting: call it again with the people when it is back. Already sealed kits are left as they are.
 */
export async function resealEverywhere(
  surroundings: RunSurroundings,
  identities: readonly RecoveryIdentity[],
  options: Operation<ResealResult> = {},
): Promise<ResealResult[]> {
  const { store } = surroundings;
  const results: ResealResult[] = [];
  for (const destination of listDestinations(store)) {
    const row = store.database
      .prepare('SELECT reseal_to FROM key_delivery WHERE destination_id = ?')
      .get(destination.id);
    if (typeof row?.['reseal_to'] !== 'string') continue;
    const result: ResealResult = { destination: destination.name, kits: [], repositories: [], left: [] };
    // First the way in for the new key, then what it opens.
    await deliverKeys(surroundings, { ...signalOf(options), destinations: [destination.name] });
    try {
      await atPlace(surroundings, destination.name, options, (place) =>
        resealPlace(surroundings, place, identities, result, options),
      );
    } catch (error) {
      if (options.signal?.aborted || !isFailure(error)) throw error;
      result.left.push({ what: 'everything', failure: error });
    }
    if (result.left.length === 0)
      store.database.prepare('UPDATE key_delivery SET reseal_to = NULL WHERE destination_id = ?').run(destination.id);
    await deliverKeys(surroundings, { ...signalOf(options), destinations: [destination.name] });
    options.report?.(result);
    results.push(result);
  }
  return results;
}

async function resealPlace(
  surroundings: RunSurroundings,
  place: OpenPlace,
  identities: readonly RecoveryIdentity[],
  result: ResealResult,
  options: { signal?: AbortSignal },
): Promise<void> {
  const { store, instanceKey, clock } = surroundings;
  const signal = signalOf(options);
  for (const name of (await listKits(place.backend, signal)).finished) {
    try {
      const { manifestSha256, wasSealed } = await resealKit(place.backend, name, {
        ...signal,
        identities,
        recoveryKey: currentKey(store),
        signingKey: openSigningKey(store, instanceKey, clock),
        envelopes: listEnvelopes(store),
        openHtml: kitPage,
      });
      noteResealedKit(store, place.name, name, manifestSha256);
      if (wasSealed) result.kits.push(name);
    } catch (error) {
      if (options.signal?.aborted || !isFailure(error)) throw error;
      result.left.push({ what: `secrets/${name}`, failure: error });
    }
  }
  await removeRetiredKeys(place, currentKey(store).id, options);
  for (const repository of await repositoriesAt(surroundings, place, options)) {
    try {
      await changePassword(surroundings, place, repository, options);
      result.repositories.push(repository);
    } catch (error) {
      if (options.signal?.aborted || !isFailure(error)) throw error;
      result.left.push({ what: repository, failure: error });
    }
  }
}

// Earlier keys that are still sealed to an earlier current key: whoever has that one would come to them. Those of the current
// key were brought with it.
async function removeRetiredKeys(
  { backend }: OpenPlace,
  currentId: string,
  options: { signal?: AbortSignal },
): Promise<void> {
  const stale: string[] = [];
  for await (const { key } of backend.list('retired-keys/', signalOf(options))) {
    if (!key.startsWith(`retired-keys/${currentId}/`)) stale.push(key);
  }
  for (const key of stale) await backend.remove(key, signalOf(options));
}

// The new password opens the repository and lies in the vault before the old one ends. The key that seals the data stays:
// the restic format has one, and whoever took it out with the old password keeps it.
async function changePassword(
  surroundings: RunSurroundings,
  place: OpenPlace,
  name: RepositoryName,
  options: { signal?: AbortSignal },
): Promise<void> {
  const backend = prefixedBackend(place.backend, name);
  const repository = await Repository.open(
    backend,
    repositoryPassword(surroundings, place.name, name),
    signalOf(options),
  );
  try {
    await withLock(repository, { ...signalOf(options), exclusive: true, retryMs: lockRetryMs }, async (signal) => {
      const next = changedRepositoryPassword();
      await repository.addKey(next.password, { signal });
      next.keep(surroundings, place.name, name);
    });
  } finally {
    repository.close();
  }
  await removeEarlierKeys(surroundings, place, name, options);
}

async function removeEarlierKeys(
  surroundings: RunSurroundings,
  place: OpenPlace,
  name: RepositoryName,
  options: { signal?: AbortSignal },
): Promise<void> {
  const backend = prefixedBackend(place.backend, name);
  const repository = await Repository.open(
    backend,
    repositoryPassword(surroundings, place.name, name),
    signalOf(options),
  );
  try {
    // Also those of a change that was cut short before.
    for (const earlier of earlierRepositoryPasswords(surroundings, place.name, name)) {
      const keyId = await keyOf(backend, earlier, options);
      if (keyId !== undefined && keyId !== repository.keyId) await repository.removeKey(keyId, signalOf(options));
    }
  } finally {
    repository.close();
  }
}

async function keyOf(
  backend: ReturnType<typeof prefixedBackend>,
  password: Parameters<typeof Repository.open>[1],
  options: { signal?: AbortSignal },
): Promise<Repository['keyId'] | undefined> {
  try {
    const opened = await Repository.open(backend, password, signalOf(options));
    opened.close();
    return opened.keyId;
  } catch (error) {
    if (isFailure(error, 'repository.wrong-password')) return undefined;
    throw error;
  }
}

async function staleKits({ backend }: OpenPlace, options: { signal?: AbortSignal; keyId: string }): Promise<string[]> {
  const stale: string[] = [];
  for (const name of (await listKits(backend, signalOf(options))).finished) {
    const { recoveryKey } = await readKitManifest(destinationKitFiles(backend, name));
    if (recoveryKey.id !== options.keyId) stale.push(name);
  }
  return stale;
}

async function repositoriesAt(
  surroundings: RunSurroundings,
  place: OpenPlace,
  options: { signal?: AbortSignal },
): Promise<RepositoryName[]> {
  return Object.keys(await presentRepositoryPasswords(surroundings, place, signalOf(options))) as RepositoryName[];
}

async function atPlace<Result>(
  surroundings: RunSurroundings,
  name: string,
  options: { signal?: AbortSignal },
  work: (place: OpenPlace) => Promise<Result>,
): Promise<Result> {
  const place = await openPlace(surroundings, name, signalOf(options));
  try {
    return await work(place);
  } finally {
    await place.close();
  }
}
