// Opens the data folder's channels for a command, and closes it whatever happens.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { systemClock } from '../../base/clock.ts';
import { type Notifier, openNotifier } from '../../notify/notifier.ts';
import { openInstanceKey } from '../../store/instance-key.ts';
import { openStore, type Store } from '../../store/store.ts';
import type { CliContext } from '../context.ts';

/** Runs `work` with the channels of the data folder. */
export async function withNotifier<Result>(
  context: CliContext,
  work: (notifier: Notifier, store: Store) => Result | Promise<Result>,
): Promise<Result> {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const store = openStore(context.home);
  try {
    const key = openInstanceKey(context.home);
    return await work(
      openNotifier({ store, key, clock: systemClock, context: { hostName: hostname(), version } }),
      store,
    );
  } finally {
    store.close();
  }
}
