// `orbit job`: what is protected, where to, when.
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { openApp } from '../../app.ts';
import { systemClock } from '../../base/clock.ts';
import { orbitEvent } from '../../base/event.ts';
import { findDestination } from '../../destinations/destination.ts';
import {
  defaultWaitMinutes,
  findJob,
  type Job,
  listJobs,
  lossPolicies,
  type LossPolicy,
  saveJob,
} from '../../jobs/job.ts';
import { describeRetention } from '../../jobs/retention-rule.ts';
import { requireJobApproval } from '../../jobs/settings-approval.ts';
import { cronOf } from '../../jobs/schedule.ts';
import { type JobTiming, jobTiming, nextStart } from '../../jobs/timing.ts';
import type { Store } from '../../store/store.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { hookCommand } from '../job-hooks.ts';
import { type JobKeepFlags, retentionOf, withJobKeepFlags } from '../job-retention.ts';
import { outputCommand } from '../job-outputs.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

interface SetOptions extends JobKeepFlags {
  enable?: boolean;
  disable?: boolean;
  folder?: string[];
  noFolder?: string[];
  exclude?: string[];
  fileSystemSnapshots?: 'auto' | 'off';
  destination?: string[];
  schedule?: string;
  notBetween?: string[];
  anyHour?: boolean;
  jitter?: string;
  timeZone?: string;
  quietSeconds?: string;
  immutable?: 'yes' | 'no';
  whenLost?: LossPolicy;
  waitMinutes?: string;
  onChange?: 'yes' | 'no';
}

/** `orbit job list|show|set|output|hook`. */
export function jobCommand(context: CliContext): Command {
  const command = new Command('job').description('what is protected, where to, and when').enablePositionalOptions();
  command
    .command('list')
    .description('list the jobs')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      withStore(context, (store) => {
        const jobs = listJobs(store);
        if (options.json) return printJson(context, jobs);
        for (const line of table(['JOB', 'ON', 'PROTECTS', 'TO', 'NEXT RUN'], jobs.map(jobRow)))
          printLine(context, line);
      }),
    );
  command
    .command('show <name>')
    .description('show one job as JSON')
    .action((name: string) => withStore(context, (store) => printJson(context, findJob(store, name))));
  withJobKeepFlags(command.command('set <name>'))
    .description('change a job')
    .option('--enable', 'switch it on')
    .option('--disable', 'switch it off')
    .option('--folder <path...>', 'protect these folders too')
    .option('--without-folder <path...>', 'no longer protect these folders')
    .option('--exclude <pattern...>', 'leave out what matches (system only)')
    .addOption(
      new Option('--file-system-snapshots <when>', 'read from snapshots of btrfs, LVM and ZFS (system only)').choices([
        'auto',
        'off',
      ]),
    )
    .option('--destination <name...>', 'keep a whole copy at each of these, instead of where it was')
    .option(
      '--schedule <when>',
      "when it runs: 'every day at 05:00', 'every 4 hours', 'weekdays at 22:30', or '0 5 * * *'",
    )
    .option('--not-between <hours...>', 'start no run in these hours, such as 08:00-18:00')
    .option('--any-hour', 'start runs in any hour again')
    .option('--jitter <minutes>', 'start up to so many minutes later, to spread the load; 0 for none')
    .option('--time-zone <zone>', 'the zone of the schedule, such as America/Sao_Paulo')
    .option('--quiet-seconds <n>', 'a recording that changed less than this ago waits (recordings only)')
    .addOption(
      new Option(
        '--immutable <yes|no>',
        'whether finished recordings never change: moved ones are not read again (recordings only)',
      ).choices(['yes', 'no']),
    )
    .addOption(
      new Option(
        '--when-lost <what>',
        'when a destination is lost: let it catch up later, wait for it first, or leave it',
      ).choices([...lossPolicies]),
    )
    .option('--wait-minutes <n>', 'how long --when-lost wait waits')
    .addOption(
      new Option('--on-change <yes|no>', 'whether a change in the vault starts a run (secrets only)').choices([
        'yes',
        'no',
      ]),
    )
    .addHelpText('after', '\nExample: orbit job set recordings --enable --folder /srv/recordings')
    .action((name: string, options: SetOptions & { withoutFolder?: string[] }) =>
      withHome(context, ({ store, clock, tell }) => {
        const before = findJob(store, name);
        const job = changedJob(before, { ...options, noFolder: options.withoutFolder ?? [] });
        for (const destination of job.destinations) findDestination(store, destination);
        if (requireJobApproval({ store, clock, tell }, before, job, actor())) {
          tell(orbitEvent('retention.weakened', { ...actor(), job: name, kind: job.kind }, clock.now()));
        }
        saveJob(store, job);
        printLine(
          context,
          `${job.name}: ${job.enabled ? 'on' : 'off'}, ${protects(job)}, to ${job.destinations.join(', ')}, keeps ${describeRetention(job.retention)}; ${whenLost(job)}`,
        );
      }),
    );
  command.addCommand(outputCommand(context, (work) => withStore(context, work)));
  command.addCommand(hookCommand(context, (work) => withStore(context, work)));
  return command;
}

function changedJob({ retention, timing, ...job }: Job, options: SetOptions): Job {
  if (options.enable && options.disable)
    throw usageFailure('--enable and --disable contradict each other', 'Give one.');
  const shared = {
    enabled: options.enable ? true : options.disable ? false : job.enabled,
    destinations: options.destination ?? job.destinations,
    schedule:
      options.schedule === undefined ? job.schedule : cronOf(options.schedule, options.timeZone ?? job.timeZone),
    ...timingOf(timing, options),
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    ...retentionOf(retention, options),
    ...lossPolicyOf(options),
  };
  if (options.onChange !== undefined && job.kind !== 'secrets')
    throw usageFailure('--on-change is for the secrets job', 'Only a change in the vault can start a run.');
  const added = (options.folder ?? []).map((folder) => resolve(folder));
  const removed = new Set((options.noFolder ?? []).map((folder) => resolve(folder)));
  const folders = (old: string[]): string[] =>
    [...new Set([...old, ...added])].filter((folder) => !removed.has(folder));
  switch (job.kind) {
    case 'secrets':
      if (added.length > 0)
        throw usageFailure('the secrets job reads secret sources, not folders', 'See orbit secret.');
      return { ...job, ...shared, ...(options.onChange === undefined ? {} : { onChange: options.onChange === 'yes' }) };
    case 'system':
      return {
        ...job,
        ...shared,
        plan: {
          ...job.plan,
          folders: folders(job.plan.folders),
          excludes: [...new Set([...job.plan.excludes, ...(options.exclude ?? [])])],
          ...(options.fileSystemSnapshots === undefined ? {} : { stills: options.fileSystemSnapshots }),
        },
      };
    case 'recordings': {
      const plan = { ...job.plan, folders: folders(job.plan.folders) };
      if (options.quietSeconds !== undefined) plan.quietSeconds = wholeNumber(options.quietSeconds);
      if (options.immutable !== undefined) plan.immutable = options.immutable === 'yes';
      if (shared.enabled && plan.folders.length === 0) {
        throw usageFailure('there is no folder of recordings yet', 'Add --folder /path/to/recordings.');
      }
      return { ...job, ...shared, plan };
    }
  }
}

function lossPolicyOf({ whenLost, waitMinutes }: SetOptions): Pick<Job, 'whenLost' | 'waitMinutes'> {
  if (waitMinutes !== undefined && !/^[1-9]\d{0,4}$/.test(waitMinutes))
    throw usageFailure(`'${waitMinutes}' is not a number of minutes`, 'Give a whole number from 1, such as 30.');
  return {
    ...(whenLost === undefined ? {} : { whenLost }),
    ...(waitMinutes === undefined ? {} : { waitMinutes: Number(waitMinutes) }),
  };
}

function timingOf(before: JobTiming | undefined, options: SetOptions): { timing?: JobTiming } {
  const { jitter, notBetween, anyHour } = options;
  const windows = notBetween?.map((text) => {
    const match = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text);
    if (match === null) throw usageFailure(`'${text}' are no hours`, 'Give them as 08:00-18:00.');
    return { from: match[1] ?? '', until: match[2] ?? '' };
  });
  const hours = anyHour === true ? undefined : (windows ?? before?.notBetween);
  const minutes = jitter === undefined ? before?.jitterMinutes : wholeNumber(jitter);
  const wanted = {
    ...(hours === undefined ? {} : { notBetween: hours }),
    ...(minutes === undefined || minutes === 0 ? {} : { jitterMinutes: minutes }),
  };
  const timing = jobTiming.safeParse(wanted);
  if (!timing.success)
    throw usageFailure('these hours or minutes cannot be used', 'Hours as 08:00-18:00; up to 720 minutes.');
  return Object.keys(timing.data).length === 0 ? {} : { timing: timing.data };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw usageFailure(`'${text}' is not a number of seconds`, 'Give a whole number, such as 60.');
  return Number(text);
}

function jobRow(job: Job): string[] {
  const next = job.enabled ? nextStart(job, systemClock.now()).toLocaleString('sv') : '–';
  return [job.name, job.enabled ? 'yes' : 'no', protects(job), job.destinations.join(', '), next];
}

function whenLost({ whenLost: policy = 'resume', waitMinutes = defaultWaitMinutes }: Job): string {
  if (policy === 'fail') return 'a lost destination is left out';
  return policy === 'wait'
    ? `waits ${waitMinutes} min for a lost destination`
    : 'a lost destination catches up when it is back';
}

function protects(job: Job): string {
  if (job.kind === 'secrets') return job.plan.sources.map((source) => source.name).join(', ');
  const folders = job.plan.folders.length === 0 ? 'no folder yet' : job.plan.folders.join(', ');
  const commands = job.kind === 'system' ? job.plan.commands.length : 0;
  const profiles = job.kind === 'system' ? (job.plan.profiles ?? []).map(({ name }) => name) : [];
  return [
    folders,
    ...(commands === 0 ? [] : [`the output of ${commands} commands`]),
    ...(profiles.length === 0 ? [] : [`profiles ${profiles.join(', ')}`]),
  ].join(' and ');
}

function withStore<Result>(context: CliContext, work: (store: Store) => Result): Result {
  const app = openApp(context.home);
  try {
    return work(app.store);
  } finally {
    app.close();
  }
}
