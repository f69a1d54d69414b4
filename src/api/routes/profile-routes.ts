// Profiles of the system backup: kinds with their forms, looking what this machine needs, adding, removing.
import { configFields } from '../../base/secret-schema.ts';
import { addProfile, detectProfiles, plainSettings, removeProfile } from '../../jobs/system-profiles.ts';
import { profileKinds } from '../../sources/trees/profiles/profiles.ts';
import { jobView } from '../job-view.ts';
import { type AnyRoute, route } from '../route.ts';
import { jobView as jobAnswer } from '../schemas/jobs.ts';
import * as schemas from '../schemas/profiles.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about profiles. */
export const profileRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/profile-kinds',
    allow: 'settings:read',
    summary: 'What the system backup knows how to take consistently, with the fields of the forms',
    answer: schemas.profileKinds,
    handle: () => ({
      kinds: profileKinds.map(({ kind, title, about, companions, config }) => ({
        kind,
        title,
        about,
        companions: [...(companions ?? [])],
        fields: configFields(config),
      })),
    }),
  }),
  route({
    method: 'POST',
    path: '/profile-kinds/detect',
    allow: 'settings:write',
    summary: 'Look which profiles this machine needs; changes nothing',
    answer: schemas.foundProfiles,
    isAudited: false,
    async handle() {
      const found = await detectProfiles();
      return { found: found.map(({ kind, config }) => ({ kind: kind.kind, config: plainSettings(kind, config) })) };
    },
  }),
  route({
    method: 'POST',
    path: '/jobs/{name}/profiles',
    allow: 'settings:write',
    summary: 'Take a profile with every run of the system job',
    body: schemas.newProfile,
    answer: jobAnswer,
    subject: ({ name }) => name,
    handle({ site, caller, params, body: { name, kind, config } }) {
      const job = addProfile(site, params['name'] ?? '', { name, kind, values: config });
      tellChange(site, caller, 'profile added', name);
      return jobView(site, job);
    },
  }),
  route({
    method: 'DELETE',
    path: '/jobs/{name}/profiles/{profile}',
    allow: 'settings:write',
    summary: 'Take a profile no longer; snapshots keep what they have',
    answer: jobAnswer,
    handle({ site, caller, params }) {
      const job = removeProfile(site, params['name'] ?? '', params['profile'] ?? '');
      tellChange(site, caller, 'profile removed', params['profile']);
      return jobView(site, job);
    },
  }),
];
