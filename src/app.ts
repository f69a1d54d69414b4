// Builds and connects everything: the one place that knows every room.
import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from './base/clock.ts';
import { type Vault, openVault } from './sources/secrets/vault/vault.ts';
import { type InstanceKey, openInstanceKey } from './store/instance-key.ts';
import { type Store, openStore } from './store/store.ts';

/** An open instance. */
export interface App {
  readonly home: string;
  readonly version: string;
  readonly store: Store;
  readonly instanceKey: InstanceKey;
  readonly vault: Vault;
  readonly clock: Clock;
  close(): void;
}

/** Opens the instance whose data folder is `home`, making it when it is not there. */
export function openApp(home: string, clock: Clock = systemClock): App {
  const store = openStore(home);
  const instanceKey = openInstanceKey(home);
  return {
    home,
    version: orbitVersion(),
    store,
    instanceKey,
    vault: openVault(store, instanceKey, clock),
    clock,
    close: () => store.close(),
  };
}

/** The version in package.json. */
export function orbitVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
