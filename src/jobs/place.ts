// A destination opened for one run: looked at first, then its backend, which retries and reads back, and a meter on it.
import type { Backend } from '../backends/backend.ts';
import { type Meter, meteredBackend } from '../backends/metered.ts';
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { findDestination } from '../destinations/destination.ts';
import { openDestination } from '../destinations/open.ts';
import { lookAndOpen } from './destination-watch.ts';
import type { RunSurroundings } from './surroundings.ts';

/** An open destination. What `backend.save` stored was read back from the place and found equal. */
export interface OpenPlace {
  name: string;
  backend: Backend;
  meter: Meter;
  close(): Promise<void>;
}

/**
 * Opens a destination by name after it passed its probe.
 * @throws Failure `destinations.*`, or the `backend.*` failure of the probe
 */
export async function openPlace(
  surroundings: RunSurroundings,
  name: string,
  options: Operation<never>,
): Promise<OpenPlace> {
  const { destination, probed } = await lookAndOpen(surroundings, findDestination(surroundings.store, name), {
    ...signalOf(options),
    keepOpen: true,
  });
  const trouble = destination.lastProbe?.failure;
  if (options.signal?.aborted || trouble !== undefined) await probed?.close();
  options.signal?.throwIfAborted();
  if (trouble !== undefined) {
    const { code, message, hint } = trouble;
    throw new Failure(code, { message, ...(hint === undefined ? {} : { hint }) });
  }
  const opened = await openDestination({ ...surroundings, ...signalOf(options) }, destination, probed);
  const { backend, meter } = meteredBackend(opened);
  return { name, backend, meter, close: () => backend.close() };
}

/** Only the signal of an operation's options, for a call whose events are others. */
export function signalOf(options: { signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}
