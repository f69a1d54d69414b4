// A destination opened for one run: its backend, which retries and reads back, and a meter on it.
import type { Backend } from '../backends/backend.ts';
import { type Meter, meteredBackend } from '../backends/metered.ts';
import type { Operation } from '../base/operation.ts';
import { findDestination, openDestination } from '../destinations/destinations.ts';
import type { RunSurroundings } from './surroundings.ts';

/** An open destination. What `backend.save` stored was read back from the place and found equal. */
export interface OpenPlace {
  name: string;
  backend: Backend;
  meter: Meter;
  close(): Promise<void>;
}

/** Opens a destination by name. @throws Failure `destinations.*`, `backend.*` when it is unknown or out of reach. */
export async function openPlace(
  surroundings: RunSurroundings,
  name: string,
  options: Operation<never>,
): Promise<OpenPlace> {
  const destination = findDestination(surroundings.store, name);
  const opened = await openDestination(surroundings, destination, signalOf(options));
  const { backend, meter } = meteredBackend(opened);
  return { name, backend, meter, close: () => backend.close() };
}

/** Only the signal of an operation's options, for a call whose events are others. */
export function signalOf(options: { signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}
