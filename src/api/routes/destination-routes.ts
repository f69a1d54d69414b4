// Destinations: kinds and their forms, adding with a test first, testing, removing with what would be lost.
import { backendKinds } from '../../backends/kinds.ts';
import { type HostKey, hostKeyFrom, scanHostKeys } from '../../backends/ssh/host-key.ts';
import { requireApproval } from '../../accounts/approval.ts';
import { orbitEvent } from '../../base/event.ts';
import { configFields } from '../../base/secret-schema.ts';
import { authorizedKeysLine } from '../../destinations/authorize.ts';
import { changeDestination, prepareAndTest, serverToConfirm } from '../../destinations/change.ts';
import {
  type Destination,
  addDestination,
  changedConfig,
  findDestination,
  kindOf,
  listDestinations,
  locationOf,
  parseConfig,
  removeDestination,
} from '../../destinations/destination.ts';
import { ensureSshKey } from '../../destinations/ssh-key.ts';
import { confirmHostKey } from '../../destinations/trust.ts';
import { lookAt } from '../../jobs/destination-watch.ts';
import { type Job, findJob, listJobs, saveJob } from '../../jobs/job.ts';
import { findLockRenewal } from '../../jobs/lock-renewal.ts';
import { movedDestination } from '../../jobs/settings-approval.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/destinations.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about destinations. */
export const destinationRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/destination-kinds',
    allow: 'settings:read',
    summary: 'The kinds of destination, with the fields of their forms',
    answer: schemas.destinationKinds,
    handle: () => ({
      kinds: backendKinds.map(({ kind, title, config, sshServer }) => ({
        kind,
        title,
        isSsh: sshServer !== undefined,
        fields: configFields(config),
      })),
    }),
  }),
  route({
    method: 'GET',
    path: '/destinations',
    allow: 'settings:read',
    summary: 'All destinations and how they are',
    answer: schemas.destinationList,
    handle: ({ site }) => ({ destinations: listDestinations(site.store).map((place) => viewOf(site, place)) }),
  }),
  route({
    method: 'POST',
    path: '/destinations/host-keys',
    allow: 'settings:write',
    summary: 'Ask the server of a destination for its host keys, for a person to compare',
    body: schemas.draft,
    answer: schemas.hostKeys,
    isAudited: false,
    async handle({ body }) {
      const kind = kindOf(body.kind);
      const server = kind.sshServer?.(parseConfig(kind, body.config));
      const keys: HostKey[] = server === undefined ? [] : await scanHostKeys(server.host, server.port);
      return { keys: keys.map(({ type, fingerprint }) => ({ type, fingerprint })) };
    },
  }),
  route({
    method: 'POST',
    path: '/destinations/authorized-keys',
    allow: 'settings:write',
    summary: "Orbit's public key, and the authorized_keys line that ties it to the folder",
    body: schemas.authorizeQuestion,
    answer: schemas.authorizedKeys,
    async handle({ site, body }) {
      const kind = kindOf(body.kind);
      const config = parseConfig(kind, body.config);
      const { publicLine } = await ensureSshKey(site.store, site.instanceKey, String(config['sshKey'] ?? 'orbit'));
      const options = {
        right: body.right,
        ...(body.from === undefined || body.from === '' ? {} : { from: body.from }),
      };
      return { publicLine, line: await authorizedKeysLine(kind.kind, config, publicLine, options) };
    },
  }),
  route({
    method: 'GET',
    path: '/ssh-key',
    allow: 'settings:read',
    summary: "Orbit's own SSH key, its public half; the first call makes it",
    answer: schemas.sshKey,
    handle: ({ site }) => ensureSshKey(site.store, site.instanceKey),
  }),
  route({
    method: 'POST',
    path: '/destinations',
    allow: 'settings:write',
    summary: 'Add a destination: test it, and keep it when it works',
    body: schemas.newDestination,
    answer: schemas.addedDestination,
    subject: ({ name }) => name,
    async handle({ site, caller, body }) {
      const { store, instanceKey } = site;
      const kind = kindOf(body.kind);
      const settings = parseConfig(kind, body.config);
      for (const job of body.jobs) findJob(store, job);
      const server = kind.sshServer?.(settings);
      const expected = body.hostKey === undefined ? {} : { expected: body.hostKey };
      const pins = server === undefined ? {} : { hostKey: await confirmHostKey(server, expected) };
      if (typeof settings['sshKey'] === 'string') await ensureSshKey(store, instanceKey, settings['sshKey']);
      const { name, config } = body;
      const added = addDestination(store, instanceKey, { name, kind: kind.kind, config, pins }, site.clock);
      // A first test that fails is no loss: nobody is told, whoever adds it sees it.
      const { result: probe } = await prepareAndTest(site, added);
      if (!probe.isUsable && body.ifNotUsable === 'discard') {
        removeDestination(store, added.id);
        return { isKept: false, probe };
      }
      for (const job of body.jobs) addToJob(site, findJob(store, job), name);
      tellChange(site, caller, 'destination added', name);
      return { isKept: true, probe, destination: viewOf(site, findDestination(store, added.id)) };
    },
  }),
  route({
    method: 'PUT',
    path: '/destinations/{name}',
    allow: 'settings:write',
    summary: 'Change the settings of a destination: test them, and keep them when they work',
    body: schemas.destinationChange,
    answer: schemas.addedDestination,
    async handle({ site, caller, params, body, request }) {
      const { store, instanceKey } = site;
      const place = findDestination(store, params['name'] ?? '');
      const { config, ifNotUsable } = body;
      const moved = movedDestination(place, changedConfig(store, instanceKey, place, config));
      if (moved !== undefined) requireApproval(site, moved, personOf(caller, request));
      const expected = body.hostKey === undefined ? {} : { expected: body.hostKey };
      const server = serverToConfirm(site, place, config, body.hostKey !== undefined);
      const hostKey = server === undefined ? undefined : await confirmHostKey(server, expected);
      const change = { config, ifNotUsable, ...(hostKey === undefined ? {} : { hostKey }) };
      const { isKept, probe } = await changeDestination(site, place, change);
      if (!isKept) return { isKept, probe };
      tellChange(site, caller, 'destination changed', place.name);
      return { isKept: true, probe, destination: viewOf(site, findDestination(store, place.id)) };
    },
  }),
  route({
    method: 'POST',
    path: '/destinations/{name}/test',
    allow: 'settings:test',
    summary: 'Write, read back, compare, list and delete at a destination, and say how it is',
    body: schemas.testOptions,
    answer: schemas.testedDestination,
    async handle({ site, params, body }) {
      const before = findDestination(site.store, params['name'] ?? '');
      const place = await lookAt(site, before, undefined, body);
      const probe = place.lastProbe ?? { at: place.createdAt, isUsable: false, worries: [] };
      return { probe, destination: viewOf(site, place) };
    },
  }),
  route({
    method: 'GET',
    path: '/destinations/{name}/removal',
    allow: 'settings:read',
    summary: 'What would end if this destination were removed',
    answer: schemas.removalLoss,
    handle({ site, params }) {
      const place = findDestination(site.store, params['name'] ?? '');
      const jobs = jobsAt(site, place.name);
      return {
        location: locationOf(place),
        jobs: jobs.map(({ name }) => name),
        jobsWithoutCopy: jobs.filter(({ destinations }) => destinations.length === 1).map(({ name }) => name),
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/destinations/{name}',
    allow: 'settings:write',
    summary: 'Forget a destination, also in the jobs that use it; what lies there stays',
    answer: nothing,
    handle({ site, caller, params, request }) {
      const place = findDestination(site.store, params['name'] ?? '');
      requireApproval(site, { action: 'destination.remove', subject: place.name }, personOf(caller, request));
      for (const job of jobsAt(site, place.name)) {
        saveJob(site.store, { ...job, destinations: job.destinations.filter((name) => name !== place.name) });
      }
      removeDestination(site.store, place.id);
      const facts = { user: caller.name, role: caller.role, destination: place.name, location: locationOf(place) };
      site.tell(orbitEvent('destination.removed', facts, site.clock.now()));
      return {};
    },
  }),
];

function addToJob(site: ApiSite, job: Job, destination: string): void {
  saveJob(site.store, { ...job, destinations: [...new Set([...job.destinations, destination])] });
}

function jobsAt(site: ApiSite, destination: string): Job[] {
  return listJobs(site.store).filter((job) => job.destinations.includes(destination));
}

function viewOf(site: ApiSite, place: Destination) {
  const { name, kind, config, state, stateSince, createdAt, pins, lastProbe, appendOnly } = place;
  const lockedUntil = findLockRenewal(site.store, name)?.lockedUntil;
  return {
    name,
    kind,
    kindTitle: kindOf(kind).title,
    location: locationOf(place),
    config,
    state,
    stateSince,
    createdAt,
    onThisMachine: kind === 'folder' && pins.mount === undefined,
    ...(pins.hostKey === undefined ? {} : { hostKeyFingerprint: hostKeyFrom(pins.hostKey).fingerprint }),
    ...(pins.mount === undefined ? {} : { mount: `${pins.mount.source} (${pins.mount.type})` }),
    ...(lastProbe === undefined ? {} : { lastProbe }),
    ...(appendOnly === undefined ? {} : { appendOnly }),
    ...(lockedUntil === undefined ? {} : { lockedUntil: lockedUntil.toISOString() }),
    jobs: jobsAt(site, name).map((job) => job.name),
  };
}
