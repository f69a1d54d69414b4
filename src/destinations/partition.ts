// Partitions: destinations on shares that stay mounted at a place of their own, as people see them in `df`.
import { cifsSettings, type CifsConfig } from '../backends/kinds/cifs-kind.ts';
import { nfsSettings, type NfsConfig } from '../backends/kinds/nfs-kind.ts';
import { maskedOptions } from '../backends/mounted/mount-options.ts';
import { currentMounts, mountAt } from '../backends/mounted/mount-table.ts';
import { type MountedSettings, mountLocally } from '../backends/mounted/mounted-backend.ts';
import { detachShare, isWanted, unmountShare } from '../backends/mounted/mounter.ts';
import { systemClock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import {
  type Destination,
  findDestination,
  fullConfig,
  listDestinations,
  locationOf,
  savePins,
} from './destination.ts';
import type { DestinationContext } from './open.ts';

/** A partition and how it is now. */
export interface Partition {
  name: string;
  local: string;
  type: 'cifs' | 'nfs';
  location: string;
  state: 'mounted' | 'not mounted' | 'something else is mounted there';
  /** A person took it away, and it stays away until one mounts it again. */
  unmounted?: { by: string; at: string };
  /** What the kernel says of it; a password is never shown. */
  kernelOptions?: string;
}

/** The destination that is mounted at `local`, or undefined. */
export function partitionAt(store: Store, local: string): Destination | undefined {
  return listDestinations(store).find((one) => isPartition(one) && one.config['local'] === local);
}

/** The destination that is mounted at `local`. @throws Failure `destinations.no-partition`. */
export function findPartition(store: Store, local: string): Destination {
  const found = partitionAt(store, local);
  if (found !== undefined) return found;
  const points = listDestinations(store)
    .filter(isPartition)
    .map((one) => String(one.config['local']));
  throw new Failure('destinations.no-partition', {
    message: `no partition of Orbit's belongs at ${local}`,
    hint:
      points.length === 0
        ? 'Add one: orbit partition --remote-host HOST --remote-path /share'
        : `There are ${points.join(', ')}; choose with --local.`,
  });
}

/** All partitions, as the kernel sees them now. Never hangs. */
export async function listPartitions(store: Store): Promise<Partition[]> {
  const mounts = await currentMounts();
  return listDestinations(store)
    .filter(isPartition)
    .map((one) => {
      const local = String(one.config['local']);
      const type = one.kind as Partition['type'];
      const found = mountAt(mounts, local);
      const isOurs = found !== undefined && isWanted({ type, source: sourceOf(one) }, found);
      return {
        name: one.name,
        local,
        type,
        location: locationOf(one),
        state: found === undefined ? 'not mounted' : isOurs ? 'mounted' : 'something else is mounted there',
        ...(one.pins.unmounted === undefined ? {} : { unmounted: one.pins.unmounted }),
        ...(isOurs ? { kernelOptions: maskedOptions(found.options) } : {}),
      };
    });
}

/** Takes the mount away, whatever hangs on it, and mounts anew. @throws Failure `backend.*`. */
export async function remountPartition(context: DestinationContext, destination: Destination): Promise<void> {
  const local = String(destination.config['local']);
  const found = mountAt(await currentMounts(), local);
  const settings = mountSettings(context, destination);
  if (found !== undefined && isWanted(settings, found)) await detachShare(local);
  await mountLocally({ ...settings, local }, context.signal);
  const { unmounted: _, ...pins } = findDestination(context.store, destination.id).pins;
  savePins(context.store, destination.id, pins);
}

/**
 * Takes the mount away and keeps it away until a person mounts it again; the destination stays. Something else that is mounted
 * there is left alone. False when it was not mounted.
 */
export async function unmountPartition(
  { store, clock = systemClock }: Pick<DestinationContext, 'store' | 'clock'>,
  destination: Destination,
  by: string,
): Promise<boolean> {
  // First, so that nobody who finds it gone mounts it again.
  const { pins } = findDestination(store, destination.id);
  savePins(store, destination.id, { ...pins, unmounted: { by, at: clock.now().toISOString() } });
  return await takeMountAway(destination);
}

/** Takes the mount of a destination away that is not kept. False when it was not mounted. */
export async function takeMountAway(destination: Destination): Promise<boolean> {
  const local = String(destination.config['local']);
  const found = mountAt(await currentMounts(), local);
  const wanted = { type: destination.kind as Partition['type'], source: sourceOf(destination) };
  if (found === undefined || !isWanted(wanted, found)) return false;
  await unmountShare(local);
  return true;
}

/** True for a share that stays mounted at a place of its own. */
export function isPartition({ kind, config }: Destination): boolean {
  return (kind === 'cifs' || kind === 'nfs') && typeof config['local'] === 'string';
}

/** How a partition's destination is mounted, its password included. */
export function mountSettings(context: DestinationContext, destination: Destination): MountedSettings {
  const config: unknown = fullConfig(context.store, context.instanceKey, destination);
  const surroundings = { spoolFolder: `${context.home}/spool` };
  return destination.kind === 'cifs'
    ? cifsSettings(config as CifsConfig, surroundings)
    : nfsSettings(config as NfsConfig, surroundings);
}

function sourceOf({ kind, config }: Destination): string {
  const host = String(config['host']);
  const path = String(config['path']);
  if (kind === 'cifs') return `//${host}/${path.split('/')[1] ?? ''}`;
  return `${host.includes(':') ? `[${host}]` : host}:${path}`;
}
