// An instance with a recovery key, and kits made by it, for tests.
import { randomBytes } from 'node:crypto';
import type { Backend } from '../../src/backends/backend.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { type CeremonyOptions, startCeremony } from '../../src/breakglass/ceremony.ts';
import {
  backUpSecrets,
  type SecretsBackup,
  type SecretsBackupResult,
} from '../../src/breakglass/kit/back-up-secrets.ts';
import type { SecretRecord } from '../../src/sources/secrets/secret-record.ts';
import { type InstanceKey, instanceKeyFrom } from '../../src/store/instance-key.ts';
import { memoryStore, type Store } from '../../src/store/store.ts';

/** Master passwords that pass the estimator. */
export const masterPasswords = [
  'cinder parole ostrich magnet huddle trowel',
  'jacaré vidro tambor feltro anzol crivo',
  'velvet 91 acorn bishop tundra lemon',
].map((text) => new SecretString(text));

/** An instance that can hold ceremonies and back secrets up. */
export interface KitSite {
  store: Store;
  instanceKey: InstanceKey;
  clock: ReturnType<typeof fixedClock>;
  workFactor: number;
  /** Backs these secrets up as source `s1`, a minute after the last time. */
  backUp(
    backend: Backend,
    secrets: Iterable<SecretRecord>,
    changes?: Partial<SecretsBackup>,
  ): Promise<SecretsBackupResult>;
}

/** A fresh instance in memory, or over a given store, after its ceremony with the first master password. */
export async function kitSite(
  ceremony: CeremonyOptions = {},
  given: { store?: Store; instanceKey?: InstanceKey } = {},
): Promise<KitSite> {
  const site: KitSite = {
    store: given.store ?? memoryStore(),
    instanceKey: given.instanceKey ?? instanceKeyFrom(randomBytes(32)),
    clock: fixedClock(new Date('2026-11-23T04:00:00Z')),
    workFactor: 10,
    async backUp(backend, secrets, changes = {}) {
      site.clock.advance(60_000);
      const kept = [...secrets];
      return await backUpSecrets({
        store: site.store,
        instanceKey: site.instanceKey,
        clock: site.clock,
        backend,
        scope: 'secrets/here',
        runId: 'run-1',
        sources: [{ id: 's1', title: 'Vault', read: () => kept }],
        ...changes,
      });
    },
  };
  const [first] = masterPasswords;
  await startCeremony(site, first === undefined ? ceremony : { masterPassword: first, ...ceremony });
  return site;
}
