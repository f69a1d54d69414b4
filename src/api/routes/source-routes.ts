// Secret sources: kinds and their forms, adding and changing with a test first, testing, removing.
import { configFields } from '../../base/secret-schema.ts';
import { listJobs } from '../../jobs/job.ts';
import {
  addSource,
  changedSource,
  findSource,
  type PlannedSource,
  refuseTakenSource,
  removeSource,
  secretsJob,
  testSource,
} from '../../jobs/secret-sources.ts';
import { secretSourceKind, secretSourceKinds } from '../../sources/secrets/kinds.ts';
import { shownSourceSettings } from '../../sources/secrets/source-settings.ts';
import { type AnyRoute, route } from '../route.ts';
import { nothing } from '../schemas/common.ts';
import * as schemas from '../schemas/sources.ts';
import type { ApiSite } from '../site.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about secret sources. */
export const sourceRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/source-kinds',
    allow: 'settings:read',
    summary: 'The kinds of secret source, with the fields of their forms',
    answer: schemas.sourceKinds,
    handle: () => ({
      kinds: secretSourceKinds.map(({ kind, title, config }) => ({ kind, title, fields: configFields(config) })),
    }),
  }),
  route({
    method: 'GET',
    path: '/sources',
    allow: 'settings:read',
    summary: 'Where the secrets of kits come from',
    answer: schemas.sourceList,
    handle: ({ site }) => ({
      sources: listJobs(site.store).flatMap((job) =>
        job.kind === 'secrets' ? job.plan.sources.map((source) => viewOf(site, job.name, source)) : [],
      ),
    }),
  }),
  route({
    method: 'POST',
    path: '/sources',
    allow: 'settings:write',
    summary: 'Let a job read a further source: sign in and read it once, and keep it when that works',
    body: schemas.newSource,
    answer: schemas.addedSource,
    async handle({ site, caller, body: { job, name, kind, config } }) {
      refuseTakenSource(secretsJob(site.store, job), name);
      const test = await testSource(site, { name, kind, config }, { reads: true });
      const source = addSource(site, job, { name, kind, values: config });
      tellChange(site, caller, 'secret source added', name);
      return { source: viewOf(site, job, source), test };
    },
  }),
  route({
    method: 'POST',
    path: '/jobs/{job}/sources/{name}/test',
    allow: 'settings:test',
    summary: 'Sign in to a source, read everything as a run would, and keep nothing',
    answer: schemas.testedSource,
    handle: ({ site, params }) =>
      testSource(site, findSource(secretsJob(site.store, params['job'] ?? ''), params['name'] ?? ''), { reads: true }),
  }),
  route({
    method: 'PUT',
    path: '/jobs/{job}/sources/{name}',
    allow: 'settings:write',
    summary: 'Change the settings of a source: sign in and read it once, and keep them when that works',
    body: schemas.sourceChange,
    answer: schemas.addedSource,
    async handle({ site, caller, params, body }) {
      const { job = '', name = '' } = params;
      const changed = changedSource(site, job, name, body.config);
      const test = await testSource(site, changed, { reads: true });
      const source = addSource(site, job, { ...changed, values: changed.config });
      tellChange(site, caller, 'secret source changed', name);
      return { source: viewOf(site, job, source), test };
    },
  }),
  route({
    method: 'DELETE',
    path: '/jobs/{job}/sources/{name}',
    allow: 'settings:write',
    summary: 'No longer read a source; kits that hold its secrets stay as they are',
    answer: nothing,
    handle({ site, caller, params }) {
      removeSource(site, params['job'] ?? '', params['name'] ?? '');
      tellChange(site, caller, 'secret source removed', params['name']);
      return {};
    },
  }),
];

function viewOf({ vault }: ApiSite, job: string, { name, kind, config }: PlannedSource) {
  const { title } = secretSourceKind(kind);
  return { job, name, kind, kindTitle: title, ...shownSourceSettings(vault, config) };
}
