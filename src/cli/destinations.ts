// The store and the key that every command on destinations works with, opened and closed around it.
import type { DestinationContext } from '../destinations/open.ts';
import { openInstanceKey } from '../store/instance-key.ts';
import { openStore } from '../store/store.ts';
import type { CliContext } from './context.ts';

/** Runs `work` with the data folder's destinations. @throws Failure `store.*`. */
export async function withDestinations(
  context: CliContext,
  work: (destinations: DestinationContext) => Promise<void>,
): Promise<void> {
  const store = openStore(context.home);
  try {
    const instanceKey = openInstanceKey(context.home);
    await work({ store, instanceKey, home: context.home, signal: context.signal });
  } finally {
    store.close();
  }
}
