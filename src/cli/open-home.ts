// Opens the data folder for commands that need the vault, and closes it whatever happens.
import { type Clock, systemClock } from '../base/clock.ts';
import { openVault, type Vault } from '../sources/secrets/vault/vault.ts';
import { type InstanceKey, openInstanceKey } from '../store/instance-key.ts';
import { openStore, type Store } from '../store/store.ts';
import type { CliContext } from './context.ts';

/** What lies in an open data folder. */
export interface OpenHome {
  store: Store;
  key: InstanceKey;
  vault: Vault;
  clock: Clock;
}

/** Runs `work` with the data folder open; the first use makes it. */
export async function withHome<Result>(
  context: CliContext,
  work: (home: OpenHome) => Result | Promise<Result>,
): Promise<Result> {
  const store = openStore(context.home);
  try {
    const key = openInstanceKey(context.home);
    return await work({ store, key, vault: openVault(store, key, systemClock), clock: systemClock });
  } finally {
    store.close();
  }
}
