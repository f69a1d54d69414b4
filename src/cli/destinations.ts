// The store and the key that every command on destinations works with, opened and closed around it.
import type { DestinationContext } from '../destinations/open.ts';
import { openApp } from '../app.ts';
import type { CliContext } from './context.ts';

/** Runs `work` with the data folder's destinations. @throws Failure `store.*`. */
export async function withDestinations(
  context: CliContext,
  work: (destinations: DestinationContext) => Promise<void>,
): Promise<void> {
  const app = openApp(context.home);
  try {
    await work({ store: app.store, instanceKey: app.instanceKey, home: context.home, signal: context.signal });
  } finally {
    app.close();
  }
}
