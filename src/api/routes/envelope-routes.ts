// Envelopes of kits: which part of the secrets opens with which team's keys. Each change counts from the next kit on.
import { requireApproval } from '../../accounts/approval.ts';
import {
  describeEnvelope,
  type Envelope,
  isInEnvelope,
  listEnvelopes,
  planEnvelope,
  removeEnvelope,
  saveEnvelope,
} from '../../breakglass/envelope.ts';
import type { FastifyRequest } from 'fastify';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import * as schemas from '../schemas/envelopes.ts';
import { readSecretItems } from '../../reports/secret-items.ts';
import type { ApiSite, Caller } from '../site.ts';
import { tellChange } from '../tell-change.ts';

const setting = 'envelopes of kits';

/** Routes about envelopes. */
export const envelopeRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/envelopes',
    allow: 'custody:read',
    summary: 'Parts of every kit that a team opens with its own keys, and how many secrets lie in each',
    answer: schemas.envelopeList,
    async handle({ site }) {
      const items = await readSecretItems(site);
      return { envelopes: listEnvelopes(site.store).map((envelope) => viewOf(envelope, items)) };
    },
  }),
  route({
    method: 'POST',
    path: '/envelopes',
    allow: 'custody:write',
    summary: 'Make an envelope; the next kit has it, besides everything else',
    body: schemas.envelopeInput,
    answer: schemas.envelopeView,
    subject: ({ title }) => title,
    handle: ({ site, caller, request, body }) => set(site, { caller, request }, body),
  }),
  route({
    method: 'PUT',
    path: '/envelopes/{id}',
    allow: 'custody:write',
    summary: 'Give an envelope another title, other groups and recipients; kits that were made keep theirs',
    body: schemas.envelopeInput,
    answer: schemas.envelopeView,
    handle: ({ site, caller, request, params, body }) => set(site, { caller, request }, body, params['id']),
  }),
  route({
    method: 'DELETE',
    path: '/envelopes/{id}',
    allow: 'custody:write',
    summary: 'Make kits without this envelope from now on; those that were made keep it',
    answer: schemas.envelopeView,
    async handle({ site, caller, params }) {
      const items = await readSecretItems(site);
      const removed = removeEnvelope(site.store, params['id'] ?? '');
      tellChange(site, caller, setting, `- ${removed.title}`);
      return viewOf(removed, items);
    },
  }),
  route({
    method: 'GET',
    path: '/secret-groups',
    allow: 'custody:read',
    summary: 'The groups of the secrets as they were last read, and how many lie in each and below',
    answer: schemas.secretGroups,
    async handle({ site }) {
      const counts = new Map<string, { path: string[]; records: number }>();
      for (const { groups } of await readSecretItems(site)) {
        for (let depth = 1; depth <= groups.length; depth += 1) {
          const path = groups.slice(0, depth);
          const name = JSON.stringify(path);
          const known = counts.get(name);
          if (known === undefined) counts.set(name, { path, records: 1 });
          else known.records += 1;
        }
      }
      return { groups: [...counts.values()].sort((a, b) => (a.path.join('\0') < b.path.join('\0') ? -1 : 1)) };
    },
  }),
];

async function set(
  site: ApiSite,
  { caller, request }: { caller: Caller; request: FastifyRequest },
  wanted: Omit<Envelope, 'id'>,
  id?: string,
): Promise<schemas.EnvelopeView> {
  const items = await readSecretItems(site);
  const plan = planEnvelope(site.store, wanted, id);
  const { title } = plan.envelope;
  const detail = describeEnvelope(plan.envelope);
  // A kit that is made stays open to its keys: nobody opens a part of the secrets to a further one alone.
  if (plan.opensMore)
    requireApproval(site, { action: 'envelope.open', subject: title, detail }, personOf(caller, request));
  const envelope = saveEnvelope(site, plan);
  tellChange(site, caller, setting, `${title}: ${detail}`);
  return viewOf(envelope, items);
}

function viewOf(envelope: Envelope, items: readonly { groups: string[] }[]): schemas.EnvelopeView {
  return { ...envelope, records: items.filter(({ groups }) => isInEnvelope(envelope, groups)).length };
}
