// Remote partitions: how each is mounted, what would be cut off, and mounting and unmounting by a person.
import { Failure } from '../../base/failure.ts';
import { type Destination, findDestination } from '../../destinations/destination.ts';
import {
  isPartition,
  listPartitions,
  type Partition,
  remountPartition,
  unmountPartition,
} from '../../destinations/partition.ts';
import { lookAt } from '../../jobs/destination-watch.ts';
import { listJobs } from '../../jobs/job.ts';
import { nextStart } from '../../jobs/timing.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/partitions.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about remote partitions. */
export const partitionRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/partitions',
    allow: 'settings:read',
    summary: 'Destinations on shares that stay mounted: where, how the kernel sees them, what uses them now and next',
    answer: schemas.partitionList,
    async handle({ site }) {
      const all = await listPartitions(site.store);
      return { partitions: all.map((one) => ({ ...one, ...useOf(site, one.name) })) };
    },
  }),
  route({
    method: 'POST',
    path: '/partitions/{name}/remount',
    allow: 'maintenance:write',
    summary: 'Take the mount away, whatever hangs on it, and mount anew',
    body: schemas.partitionOrder,
    answer: schemas.partitionState,
    async handle({ site, caller, params, body }) {
      const place = partitionOf(site, params['name']);
      if (isMounted(await stateOf(site, place))) refuseInUse(site, place.name, body.cutsOff);
      await remountPartition(site, place);
      tellChange(site, caller, 'partition mounted', place.name);
      await lookAt(site, findDestination(site.store, place.id));
      return await stateOf(site, place);
    },
  }),
  route({
    method: 'POST',
    path: '/partitions/{name}/unmount',
    allow: 'maintenance:write',
    summary:
      'Take the mount away until a person mounts it again; backups to it wait, and the destination counts as lost',
    body: schemas.partitionOrder,
    answer: schemas.partitionState,
    async handle({ site, caller, params, body }) {
      const place = partitionOf(site, params['name']);
      refuseInUse(site, place.name, body.cutsOff);
      await unmountPartition(site, place, caller.name);
      tellChange(site, caller, 'partition unmounted', place.name);
      await lookAt(site, findDestination(site.store, place.id));
      return await stateOf(site, place);
    },
  }),
];

function partitionOf(site: ApiSite, name = ''): Destination {
  const place = findDestination(site.store, name);
  if (isPartition(place)) return place;
  throw new Failure('destinations.no-partition', {
    message: `${name} is no share that stays mounted`,
    hint: 'Only CIFS and NFS destinations with a mount point of their own are mounted and unmounted by hand.',
  });
}

async function stateOf({ store }: ApiSite, { name }: Destination): Promise<Partition> {
  const found = (await listPartitions(store)).find((one) => one.name === name);
  return found ?? { name, local: '', type: 'cifs', location: '', state: 'not mounted' };
}

function isMounted({ state }: Partition): boolean {
  return state === 'mounted';
}

/** @throws Failure `destinations.in-use` unless whoever asks knows that a run is cut off. */
function refuseInUse(site: ApiSite, name: string, cutsOff: boolean): void {
  const { running } = useOf(site, name);
  if (running.length === 0 || cutsOff) return;
  throw new Failure('destinations.in-use', {
    message: `${running.map(({ job }) => job).join(', ')} is writing to ${name} now`,
    hint: 'Wait until the run has ended, or say that it may be cut off: what it stored is used by the next one.',
  });
}

function useOf({ desk, store, clock }: ApiSite, name: string): Pick<schemas.PartitionView, 'running' | 'next'> {
  const running = desk
    .live()
    .filter(({ destinations }) => destinations.some((one) => one.destination === name && one.outcome === undefined))
    .map(({ id, job }) => ({ run: id, job }));
  const next = listJobs(store)
    .filter(({ enabled, destinations }) => enabled && destinations.includes(name))
    .map((job) => ({ job: job.name, at: nextStart(job, clock.now()).toISOString() }))
    .sort((one, other) => (one.at < other.at ? -1 : 1));
  return { running, next };
}
