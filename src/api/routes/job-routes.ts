// Settings > Backup: what is protected, where to, when.
import { orbitEvent } from '../../base/event.ts';
import { Failure } from '../../base/failure.ts';
import { findDestination } from '../../destinations/destination.ts';
import { type Job, findJob, listJobs, saveJob } from '../../jobs/job.ts';
import { retentionRule } from '../../jobs/retention-rule.ts';
import { cronOf, nextRuns } from '../../jobs/schedule.ts';
import { secretsJob } from '../../jobs/secret-sources.ts';
import { requireJobApproval } from '../../jobs/settings-approval.ts';
import { jobView, runsShown, scheduleView } from '../job-view.ts';
import { personOf } from '../person-of.ts';
import { type AnyRoute, route } from '../route.ts';
import { readDrop } from '../drop.ts';
import * as schemas from '../schemas/jobs.ts';
import { startedRun } from '../schemas/runs.ts';
import { tellChange } from '../tell-change.ts';

/** Routes about jobs and their schedules. */
export const jobRoutes: AnyRoute[] = [
  route({
    method: 'GET',
    path: '/settings/backup',
    allow: 'settings:read',
    summary: 'Every job: what, where to, when, with the next runs',
    answer: schemas.backupSettings,
    handle: ({ site }) => ({
      jobs: listJobs(site.store).map((job) => jobView(site, job)),
      machineTimeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    }),
  }),
  route({
    method: 'PUT',
    path: '/jobs/{name}',
    allow: 'settings:write',
    summary: 'Change a job; what is not named stays',
    body: schemas.jobChange,
    answer: schemas.jobView,
    handle({ site, caller, params, body, request }) {
      const before = findJob(site.store, params['name'] ?? '');
      const job = changedJob(before, body);
      for (const destination of job.destinations) findDestination(site.store, destination);
      const isLess = requireJobApproval(site, before, job, personOf(caller, request));
      saveJob(site.store, job);
      if (isLess) {
        const facts = { user: caller.name, role: caller.role, job: job.name, kind: job.kind };
        site.tell(orbitEvent('retention.weakened', facts, site.clock.now()));
      }
      tellChange(site, caller, Object.keys(body).join(', '), job.name);
      return jobView(site, job);
    },
  }),
  route({
    method: 'GET',
    path: '/schedule',
    allow: 'settings:read',
    summary: 'The next five runs of a schedule',
    query: schemas.scheduleQuestion,
    answer: schemas.scheduleAnswer,
    handle: ({ site, query }) => ({
      ...scheduleView(cronOf(query.schedule, query.timeZone || undefined)),
      next: nextRuns(
        cronOf(query.schedule, query.timeZone || undefined),
        site.clock.now(),
        runsShown,
        query.timeZone || undefined,
      ).map((at) => at.toISOString()),
    }),
  }),
  route({
    method: 'GET',
    path: '/jobs/{name}/drop',
    allow: 'backups:run',
    summary:
      'Secrets that the last good run read and that their source does not name now; asks the sources, reads no value',
    answer: schemas.drop,
    handle: ({ site, params }) => readDrop(site, secretsJob(site.store, params['name'] ?? '')),
  }),
  route({
    method: 'POST',
    path: '/jobs/{name}/runs',
    allow: 'backups:run',
    summary: 'Start a run of a job now',
    body: schemas.runStart,
    answer: startedRun,
    async handle({ site, caller, params, body }) {
      const reason = body.acceptDrop;
      const options = reason === undefined ? {} : { acceptDrop: { reason, by: caller.name } };
      const { run } = await site.desk.start(findJob(site.store, params['name'] ?? ''), 'person', options);
      return { run };
    },
  }),
];

function changedJob(job: Job, change: schemas.JobChange): Job {
  const { timeZone: zone, retention: rule, timing: moved, ...others } = job;
  const timing = change.timing === undefined ? moved : (change.timing ?? undefined);
  const retention = change.retention === undefined ? rule : (change.retention ?? undefined);
  const timeZone = change.timeZone === undefined ? zone : (change.timeZone ?? undefined);
  const shared = {
    enabled: change.enabled ?? job.enabled,
    destinations: change.destinations ?? job.destinations,
    schedule: change.schedule === undefined ? job.schedule : cronOf(change.schedule, timeZone),
    ...(timing === undefined ? {} : { timing }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(retention === undefined || Object.keys(retention).length === 0
      ? {}
      : { retention: retentionRule.parse(retention) }),
    ...(change.whenLost === undefined ? {} : { whenLost: change.whenLost }),
    ...(change.waitMinutes === undefined ? {} : { waitMinutes: change.waitMinutes }),
  };
  if (change.onChange !== undefined && job.kind !== 'secrets') throw notOfKind(job);
  const isSystems = change.hooks !== undefined || change.fileSystemSnapshots !== undefined;
  if (isSystems && job.kind !== 'system') throw notOfKind(job);
  const isRecordings = change.quietSeconds !== undefined || change.immutable !== undefined;
  if (isRecordings && job.kind !== 'recordings') throw notOfKind(job);
  const folders = change.folders === undefined ? undefined : [...new Set(change.folders)];
  switch (job.kind) {
    case 'secrets':
      if (folders !== undefined || change.excludes !== undefined) throw notOfKind(job);
      return { ...others, ...shared, ...(change.onChange === undefined ? {} : { onChange: change.onChange }) };
    case 'system': {
      const plan = {
        ...job.plan,
        folders: folders ?? job.plan.folders,
        excludes: change.excludes ?? job.plan.excludes,
        ...(change.hooks === undefined ? {} : { hooks: change.hooks }),
        ...(change.fileSystemSnapshots === undefined ? {} : { stills: change.fileSystemSnapshots }),
      };
      return { ...others, ...shared, plan } as Job;
    }
    case 'recordings': {
      if (change.excludes !== undefined) throw notOfKind(job);
      const quietSeconds = change.quietSeconds ?? job.plan.quietSeconds;
      const immutable = change.immutable ?? job.plan.immutable;
      const plan = {
        ...job.plan,
        folders: folders ?? job.plan.folders,
        quietSeconds,
        ...(immutable === undefined ? {} : { immutable }),
      };
      if (shared.enabled && plan.folders.length === 0) {
        throw new Failure('jobs.no-folder', {
          message: 'the backup of session files has no folder yet',
          hint: 'Name the folder that holds the recordings.',
        });
      }
      return { ...others, ...shared, plan } as Job;
    }
  }
}

function notOfKind(job: Job): Failure {
  return new Failure('jobs.not-of-kind', {
    message: `the job '${job.name}' is of the kind ${job.kind}, which has no such setting`,
    hint: 'Folders belong to system and recordings, exclusions and programs around a run to system, the quiet time and whether they never change to recordings, runs on a change to secrets.',
  });
}
