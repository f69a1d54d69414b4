// The first-run wizard: its state, and the first recovery key.
import type { z } from 'zod';
import { orbitEvent } from '../../base/event.ts';
import { SecretString } from '../../base/secret-string.ts';
import { startCeremony } from '../../breakglass/ceremony.ts';
import { generatePassphrase } from '../../breakglass/generated-passphrase.ts';
import { findCurrentKey } from '../../breakglass/recovery-key-store.ts';
import { listDestinations } from '../../destinations/destination.ts';
import { listJobs } from '../../jobs/job.ts';
import { listRuns } from '../../jobs/run.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/first-steps.ts';
import type { ApiSite } from '../site.ts';

/** Routes of the wizard. */
export const firstStepsRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/first-steps',
    allow: 'settings:read',
    summary: 'How far the first-run wizard is',
    answer: schemas.firstSteps,
    handle: ({ site }) => readFirstSteps(site),
  }),
  route({
    method: 'PUT',
    path: '/first-steps',
    allow: 'settings:write',
    summary: 'Note what only a person can say about the first-run wizard',
    body: schemas.firstStepsChange,
    answer: schemas.firstSteps,
    handle({ site, body }) {
      keepSaid(site, { ...said(site), ...body });
      return readFirstSteps(site);
    },
  }),
  route({
    method: 'POST',
    path: '/recovery/generated-password',
    allow: 'custody:write',
    summary: 'A master password made by chance; it is kept nowhere',
    answer: schemas.generated,
    hasSecretAnswer: true,
    handle: () => ({ password: generatePassphrase().reveal() }),
  }),
  route({
    method: 'POST',
    path: '/recovery/first-key',
    allow: 'custody:write',
    summary: 'Make the first recovery key under a master password. Later ones need the key before to be opened',
    body: schemas.firstKey,
    answer: schemas.madeKey,
    async handle({ site, caller, body }) {
      const actor = { user: caller.name, role: caller.role };
      site.tell(orbitEvent('ceremony.started', actor, site.clock.now()));
      const key = await startCeremony(site, { masterPassword: new SecretString(body.masterPassword) });
      site.tell(orbitEvent('ceremony.completed', { ...actor, keyId: key.id }, site.clock.now()));
      return { id: key.id, recipient: key.recipient };
    },
  }),
];

function readFirstSteps(site: ApiSite): schemas.FirstSteps {
  const words = said(site);
  const { sources = false, proof = false, isLeft = false } = words;
  const jobs = listJobs(site.store);
  const isKept = listDestinations(site.store).some(({ name }) => jobs.some((job) => job.destinations.includes(name)));
  const hasGood = listRuns(site.store, { kind: 'secrets', outcome: 'succeeded', limit: 1 }).length > 0;
  const hasKey = findCurrentKey(site.store) !== undefined;
  const done = { key: hasKey, sources, destination: isKept, backup: hasGood, proof };
  // Whoever set everything up on the command line is not asked again.
  const isSetUpElsewhere = hasGood && Object.keys(words).length === 0;
  return { done, isLeft, isOver: isLeft || isSetUpElsewhere || Object.values(done).every(Boolean) };
}

const name = 'console:first-steps';

function said({ store }: ApiSite): z.infer<typeof schemas.firstStepsChange> {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
  return row === undefined ? {} : schemas.firstStepsChange.parse(JSON.parse(String(row['value'])));
}

function keepSaid({ store }: ApiSite, value: object): void {
  store.database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(name, JSON.stringify(value));
}
