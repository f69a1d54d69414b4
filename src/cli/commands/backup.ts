// `orbit backup`: run backups now, see what ran, set the hour.
import { Command, Option } from 'commander';
import { type App, openApp } from '../../app.ts';
import { systemClock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import { formatDuration } from '../../base/quantities.ts';
import { type Job, backupKinds, findJob, listJobs, saveJob } from '../../jobs/job.ts';
import { type Run, type RunOutcome, listRuns, markInterruptedRuns } from '../../jobs/run.ts';
import { catchUpAfter } from '../../jobs/catch-up.ts';
import { runJob } from '../../jobs/runner.ts';
import type { AcceptedDrop } from '../../jobs/secrets-run.ts';
import { dailyAt } from '../../jobs/schedule.ts';
import { nextStart } from '../../jobs/timing.ts';
import { backupHoldCommands } from '../backup-hold.ts';
import { backupParityCommand } from '../backup-parity.ts';
import { backupRekeyCommand } from '../backup-rekey.ts';
import { backupDeleteCommand } from '../backup-delete.ts';
import { backupRetentionCommand } from '../backup-retention.ts';
import { backupVerifyCommand } from '../backup-verify.ts';
import type { SetExitCode } from '../commands.ts';
import { backupRecoverCommand } from '../backup-recover.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { exitCodes, printJson, printLine, table } from '../output.ts';
import { watchRun } from '../run-progress.ts';
import { runLines } from '../run-view.ts';
import { usageFailure } from '../usage.ts';

interface CreateOptions {
  kind?: string[];
  job?: string[];
  json?: boolean;
  acceptDrop?: string;
}

/** `orbit backup create|list|recover|retention|verify|parity|rekey|protect|unprotect|hold|release|holds|time`. */
export function backupCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('backup').description('run backups now, see what ran, set the hour');
  command
    .command('create')
    .description('run every job that is switched on, and confirm what was sent, in which time, and that it reads back')
    .addOption(new Option('--kind <kind...>', 'only jobs of these kinds').choices([...backupKinds]))
    .option('--job <name...>', 'only these jobs, switched on or not')
    .option('--accept-drop <reason>', 'many secrets are gone on purpose: say why, for the history and the SIEM')
    .option('--force', 'accepted for habit: nothing is asked')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample: orbit backup create --kind secrets system\nExit code 3: a backup was made, something is missing from it.',
    )
    .action(async (options: CreateOptions) => {
      const app = openApp(context.home);
      try {
        await createBackups(context, app, options, setExitCode);
      } finally {
        app.close();
      }
    });
  command
    .command('list')
    .description('list the newest runs and how they ended')
    .option('--job <name>', 'only this job')
    .option('--limit <n>', 'how many', '20')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit backup list --job system --limit 5')
    .action((options: { job?: string; limit: string; json?: boolean }) => {
      const app = openApp(context.home);
      try {
        listBackups(context, app, options);
      } finally {
        app.close();
      }
    });
  command.addCommand(backupRecoverCommand(context, setExitCode));
  command.addCommand(backupRetentionCommand(context, setExitCode));
  command.addCommand(backupDeleteCommand(context, setExitCode));
  command.addCommand(backupVerifyCommand(context, setExitCode));
  command.addCommand(backupParityCommand(context, setExitCode));
  command.addCommand(backupRekeyCommand(context));
  for (const each of backupHoldCommands(context)) command.addCommand(each);
  command
    .command('time')
    .description('show or set the hour at which the jobs run every day')
    .option('--hour <0..24>', 'the hour; 24 is midnight')
    .option('--show', 'show when each job runs next')
    .option('--force', 'accepted for habit: nothing is asked')
    .addHelpText('after', '\nExample: orbit backup time --hour 5')
    .action((options: { hour?: string; show?: boolean }) => {
      const app = openApp(context.home);
      try {
        backupTime(context, app, options);
      } finally {
        app.close();
      }
    });
  return command;
}

async function createBackups(
  context: CliContext,
  app: App,
  options: CreateOptions,
  setExitCode: SetExitCode,
): Promise<void> {
  const started = performance.now();
  const runs: Run[] = [];
  // A job that runs already keeps the others from nothing; it is told at the end.
  let busy: Failure | undefined;
  for (const job of chosenJobs(app, options)) {
    context.signal.throwIfAborted();
    const run = await runNow(context, app, job, options);
    if (run instanceof Failure) {
      busy = run;
      continue;
    }
    const all = [run, ...(await catchUpNow(context, app, run))];
    runs.push(...all);
    if (!options.json) for (const line of all.flatMap(runLines)) printLine(context, line);
  }
  if (busy !== undefined && runs.length === 0) throw busy;
  // Where no service runs beside us, the messages of these runs go out now; what cannot is kept and sent later.
  await app.notifier.deliver({ signal: AbortSignal.any([context.signal, AbortSignal.timeout(deliverWithinMs)]) });
  const outcome = overall(runs);
  const durationMs = Math.round(performance.now() - started);
  if (options.json) printJson(context, { outcome, durationMs, runs });
  else printLine(context, `${sentences[outcome]} Duration: ${formatDuration(durationMs)}.`);
  setExitCode(exitCodeOfOutcome[outcome]);
  if (busy !== undefined) throw busy;
}

async function runNow(context: CliContext, app: App, job: Job, options: CreateOptions): Promise<Run | Failure> {
  const watch = watchRun(context);
  const acceptDrop = acceptedDrop(options);
  try {
    return await runJob(app, job, {
      startedBy: 'person',
      signal: context.signal,
      report: watch.report,
      ...(acceptDrop === undefined ? {} : { acceptDrop }),
    });
  } catch (error) {
    if (isFailure(error, 'jobs.already-running')) return error;
    throw error;
  } finally {
    watch.end();
  }
}

// Without a service beside us nobody else would do it; a service that does it already is left to it.
async function catchUpNow(context: CliContext, app: App, run: Run): Promise<Run[]> {
  const watch = watchRun(context);
  try {
    return await catchUpAfter(app, run, { signal: context.signal, report: watch.report });
  } catch (error) {
    if (isFailure(error, 'jobs.already-running') || context.signal.aborted) return [];
    throw error;
  } finally {
    watch.end();
  }
}

function acceptedDrop({ acceptDrop, job }: CreateOptions): AcceptedDrop | undefined {
  if (acceptDrop === undefined) return undefined;
  if (job === undefined)
    throw usageFailure('--accept-drop goes with --job', 'Name the job whose secrets are gone on purpose.');
  if (acceptDrop.trim().length < 3)
    throw usageFailure('--accept-drop needs a reason', 'Say in a few words why they are gone.');
  return { reason: acceptDrop.trim().slice(0, 500), by: actor().user };
}

const deliverWithinMs = 20_000;

const sentences: Record<RunOutcome, string> = {
  succeeded: 'Everything is backed up and was read back.',
  partial: 'Backed up, but not everything: see above.',
  failed: 'Not backed up: see above.',
  cancelled: 'Stopped before it was done.',
  skipped: 'Nothing to do.',
};

const exitCodeOfOutcome: Record<RunOutcome, number> = {
  succeeded: exitCodes.done,
  partial: exitCodes.partial,
  failed: exitCodes.failed,
  cancelled: exitCodes.interrupted,
  skipped: exitCodes.done,
};

function chosenJobs(app: App, options: CreateOptions): Job[] {
  if (options.job !== undefined) return options.job.map((name) => findJob(app.store, name));
  const kinds = new Set<string>(options.kind ?? backupKinds);
  const jobs = listJobs(app.store).filter((job) => job.enabled && kinds.has(job.kind));
  if (jobs.length > 0) return jobs;
  throw usageFailure(
    'there is no job of that kind switched on',
    'See orbit job list; orbit start makes the first jobs.',
  );
}

// The worst word wins; some that failed beside some that did not is a partial backup. What was caught up was not missed.
function overall(runs: Run[]): RunOutcome {
  const caughtUp = new Set(
    runs.flatMap(({ job, destination, outcome }) =>
      destination && outcome === 'succeeded' ? [`${job} ${destination}`] : [],
    ),
  );
  const outcomeOf = ({ job, outcome = 'failed', results }: Run): RunOutcome => {
    const left = results.filter(
      (result) => result.outcome !== 'skipped' || !caughtUp.has(`${job} ${result.destination}`),
    );
    return outcome === 'partial' && left.every((result) => result.outcome === 'succeeded') ? 'succeeded' : outcome;
  };
  const outcomes = new Set(runs.map(outcomeOf));
  if (outcomes.has('cancelled')) return 'cancelled';
  if (outcomes.size === 1) return [...outcomes][0] ?? 'failed';
  return outcomes.has('failed') || outcomes.has('partial') ? 'partial' : 'succeeded';
}

function listBackups(context: CliContext, app: App, options: { job?: string; limit: string; json?: boolean }): void {
  markInterruptedRuns(app.store, app.clock);
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1)
    throw usageFailure(`'${options.limit}' is not a number`, 'Example: --limit 20');
  const runs = listRuns(app.store, { limit, ...(options.job === undefined ? {} : { job: options.job }) });
  if (options.json) return printJson(context, runs);
  const rows = runs.map((run) => [
    String(run.id),
    new Date(run.startedAt).toLocaleString('sv'),
    run.job,
    run.outcome ?? 'running',
    run.endedAt === undefined ? '' : formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt)),
    run.results.map((result) => `${result.destination}: ${result.outcome}`).join(', ') || (run.failure?.code ?? ''),
  ]);
  for (const line of table(['RUN', 'STARTED', 'JOB', 'OUTCOME', 'TOOK', 'DESTINATIONS'], rows))
    printLine(context, line);
}

function backupTime(context: CliContext, app: App, options: { hour?: string; show?: boolean }): void {
  if (options.hour !== undefined) {
    if (!/^\d{1,2}$/.test(options.hour) || Number(options.hour) > 24) {
      throw usageFailure(`'${options.hour}' is not an hour`, 'Give a whole number from 0 to 24.');
    }
    const schedule = dailyAt(Number(options.hour));
    for (const job of listJobs(app.store)) saveJob(app.store, { ...job, schedule });
  }
  for (const job of listJobs(app.store)) {
    const next = nextStart(job, systemClock.now()).toLocaleString('sv');
    printLine(context, `${job.name}: ${job.enabled ? `next run ${next}` : 'switched off'} (${job.schedule})`);
  }
}
