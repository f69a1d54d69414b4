// A job as the API shows it.
import { existsSync } from 'node:fs';
import { defaultWaitMinutes, type Job } from '../jobs/job.ts';
import { wordsOfCron } from '../jobs/plain-schedule.ts';
import { missingCompanions, plainSettings, profilesOf } from '../jobs/system-profiles.ts';
import { nextStarts } from '../jobs/timing.ts';
import { profileKind } from '../sources/trees/profiles/profiles.ts';
import type { JobView } from './schemas/jobs.ts';
import type { ApiSite } from './site.ts';

/** So many next runs are shown. */
export const runsShown = 5;

/** See the head of this file. */
export function jobView(site: ApiSite, job: Job): JobView {
  const folders = job.kind === 'secrets' ? [] : job.plan.folders;
  const next = job.enabled ? nextStarts(job, site.clock.now(), runsShown) : [];
  return {
    name: job.name,
    kind: job.kind,
    enabled: job.enabled,
    destinations: job.destinations,
    ...scheduleView(job.schedule),
    ...(job.timing === undefined ? {} : { timing: job.timing }),
    ...(job.timeZone === undefined ? {} : { timeZone: job.timeZone }),
    next: next.map((at) => at.toISOString()),
    folders,
    missingFolders: folders.filter((folder) => !existsSync(folder)),
    ...systemView(job),
    ...(job.kind === 'recordings'
      ? { quietSeconds: job.plan.quietSeconds, immutable: job.plan.immutable ?? false }
      : {}),
    ...(job.retention === undefined ? {} : { retention: job.retention }),
    whenLost: job.whenLost ?? 'resume',
    waitMinutes: job.waitMinutes ?? defaultWaitMinutes,
    ...(job.kind === 'secrets' ? { onChange: job.onChange ?? true } : {}),
    sources: job.kind === 'secrets' ? job.plan.sources.map(({ name }) => name) : [],
  };
}

/** A schedule, in words too where words can say it. */
export function scheduleView(schedule: string): Pick<JobView, 'schedule' | 'words'> {
  const [en, pt] = [wordsOfCron(schedule, 'en'), wordsOfCron(schedule, 'pt')];
  return { schedule, ...(en === undefined || pt === undefined ? {} : { words: { en, pt } }) };
}

function systemView(job: Job): Pick<JobView, 'excludes' | 'commands' | 'profiles' | 'hooks' | 'fileSystemSnapshots'> {
  if (job.kind !== 'system') return { excludes: [], commands: [], profiles: [] };
  return {
    excludes: job.plan.excludes,
    commands: job.plan.commands.map(({ path }) => path),
    profiles: profilesOf(job).map(({ name, kind, config }) => {
      const known = profileKind(kind);
      const settings = plainSettings(known, (config ?? {}) as Record<string, unknown>);
      return { name, kind, title: known.title, config: settings, missing: [...missingCompanions(job, known)] };
    }),
    hooks: job.plan.hooks ?? { before: [], after: [] },
    fileSystemSnapshots: job.plan.stills ?? 'auto',
  };
}
