// Changing a destination: the new settings are tested, and the old ones come back when the new ones do not work.
import { type Failure, isFailure } from '../base/failure.ts';
import {
  type Destination,
  changedConfig,
  changeSettings,
  findDestination,
  fullConfig,
  kindOf,
  takeBackSettings,
} from './destination.ts';
import { type DestinationContext, type ProbedDestination, prepareDestination, probeDestination } from './open.ts';
import type { ProbeResult } from './probe.ts';

/** What is to change: the settings whole, but for secrets that stay; the host key when it was confirmed anew. */
export interface DestinationChange {
  config: Record<string, unknown>;
  hostKey?: string;
  /** What becomes of settings that do not work. */
  ifNotUsable: 'keep' | 'discard';
}

/** @throws Failure `destinations.bad-config`, `config.secret-needed`; what is wrong with the place is in the result */
export async function changeDestination(
  context: DestinationContext,
  { id }: Destination,
  { config, hostKey, ifNotUsable }: DestinationChange,
): Promise<{ isKept: boolean; probe: ProbeResult }> {
  const { store, instanceKey } = context;
  const before = changeSettings(store, instanceKey, id, { config, ...(hostKey === undefined ? {} : { hostKey }) });
  const { result: probe } = await prepareAndTest(context, findDestination(store, id));
  if (probe.isUsable || ifNotUsable === 'keep') return { isKept: true, probe };
  takeBackSettings(store, id, before);
  await probeDestination(context, findDestination(store, id));
  return { isKept: false, probe };
}

/** The SSH server whose host key has to be confirmed before the change: another one than before, or any when `isAsked`. */
export function serverToConfirm(
  { store, instanceKey }: DestinationContext,
  place: Destination,
  config: Record<string, unknown>,
  isAsked: boolean,
): { host: string; port: number } | undefined {
  const kind = kindOf(place.kind);
  const server = kind.sshServer?.(changedConfig(store, instanceKey, place, config));
  const before = kind.sshServer?.(fullConfig(store, instanceKey, place));
  const isSame = server?.host === before?.host && server?.port === before?.port;
  return isSame && !isAsked ? undefined : server;
}

/** Makes its folder and tests it. What went wrong first is the cause of the rest. */
export async function prepareAndTest(context: DestinationContext, added: Destination): Promise<ProbedDestination> {
  let trouble: Failure | undefined;
  try {
    await prepareDestination(context, added);
  } catch (error) {
    if (!isFailure(error)) throw error;
    trouble = error;
  }
  const probed = await probeDestination(context, findDestination(context.store, added.id));
  if (trouble === undefined || probed.result.isUsable) return probed;
  const { code, message, hint } = trouble;
  return {
    ...probed,
    result: { ...probed.result, failure: { code, message, ...(hint === undefined ? {} : { hint }) } },
  };
}
