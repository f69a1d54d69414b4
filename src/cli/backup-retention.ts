// `orbit backup retention`: what the jobs' retention lets go now, shown first and then done.
import { Command } from 'commander';
import { tellNote } from '../base/note.ts';
import { listJobs, findJob, type Job } from '../jobs/job.ts';
import { type PlaceRetention, type RetentionDeskEvent, copiesOf, retainJob } from '../jobs/retention-desk.ts';
import { describeRetention } from '../jobs/retention-rule.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { withHome } from './open-home.ts';
import { exitCodes, printFailure, printJson, printLine, table } from './output.ts';
import { printForgetPlan } from './repo/forget-view.ts';
import { usageFailure } from './usage.ts';

interface RetentionOptions {
  job?: string[];
  dryRun?: boolean;
  json?: boolean;
}

/** `orbit backup retention`. */
export function backupRetentionCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('retention')
    .description(
      'apply the retention of jobs now: what goes and why the rest stays is shown before anything is removed',
    )
    .option('--job <name...>', 'only these jobs')
    .option('-n, --dry-run', 'show the plan, remove nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit backup retention --job system --dry-run')
    .action((options: RetentionOptions) =>
      withHome(context, async (app) => {
        const dryRun = options.dryRun === true;
        const answers = [];
        for (const job of chosen(
          options.job?.map((name) => findJob(app.store, name)) ?? listJobs(app.store),
          options,
        )) {
          if (options.json !== true) printLine(context, `${job.name}: keeps ${describeRetention(job.retention)}`);
          const places = await retainJob(app, job, {
            dryRun,
            signal: context.signal,
            report(event) {
              if (options.json !== true) printPlan(context, event);
            },
          });
          if (places.some(({ failure }) => failure !== undefined)) setExitCode(exitCodes.failed);
          answers.push({ job: job.name, dryRun, places: places.map(placeJson) });
          if (options.json !== true) for (const place of places) printPlace(context, place, dryRun);
        }
        if (options.json) printJson(context, answers);
      }),
    );
}

function chosen(jobs: Job[], { job }: RetentionOptions): Job[] {
  const wanted = job === undefined ? jobs.filter(({ retention }) => retention !== undefined) : jobs;
  if (wanted.length > 0) return wanted;
  throw usageFailure('no job has a retention: every copy stays', 'Give one: orbit job set system --keep-daily 7');
}

function printPlan(context: CliContext, event: RetentionDeskEvent): void {
  printLine(context, `at ${event.destination}:`);
  if ('snapshots' in event) return printForgetPlan(context, event.snapshots, event.onlyPlanned);
  const { keep, remove } = event.kits;
  const rows = keep.map(({ name, reasons }) => [name, reasons.join(', ')]);
  if (rows.length > 0) for (const line of table(['KIT', 'STAYS, BECAUSE'], rows)) printLine(context, `  ${line}`);
  for (const name of remove) printLine(context, `  ${event.onlyPlanned ? 'would remove' : 'remove'} ${name}`);
}

function printPlace(context: CliContext, place: PlaceRetention, dryRun: boolean): void {
  const { destination, appendOnly, snapshots, kits, failure } = place;
  if (failure !== undefined) return printFailure(context, failure);
  const count = (snapshots?.removedSnapshots ?? 0) + (kits?.remove.length ?? 0);
  if (appendOnly !== undefined)
    return printLine(context, `${destination}: ${count} would go, but ${tellNote(appendOnly, 'en')}.`);
  printLine(
    context,
    `${destination}: ${count} ${dryRun ? 'would go; nothing was removed: this was a dry run' : 'are gone'}`,
  );
}

function placeJson(place: PlaceRetention): object {
  const { destination, appendOnly, snapshots, failure } = place;
  return {
    destination,
    ...(appendOnly === undefined ? {} : { appendOnly: tellNote(appendOnly, 'en') }),
    ...(failure === undefined ? {} : { failure }),
    ...copiesOf(place),
    ...(snapshots === undefined ? {} : { freedBytes: snapshots.freedBytes }),
  };
}
