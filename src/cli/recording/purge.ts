// `orbit recording purge`: free the source of recordings whose copies are proved. It only shows, until it is told to do it.
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { listJobs } from '../../jobs/job.ts';
import { type PurgeReport, purgeRecordings } from '../../jobs/recording-purge.ts';
import type { CliContext } from '../context.ts';
import { deliverNow } from '../deliver-now.ts';
import { liveLine } from '../live-line.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { writeNewFile } from '../secret/new-file.ts';
import { usageFailure } from '../usage.ts';
import { whoRuns } from './with-recording.ts';

interface PurgeFlags {
  olderThan?: string;
  remove?: boolean;
  reportTo?: string;
  json?: boolean;
}

/** `orbit recording purge`. */
export function purgeCommand(context: CliContext): Command {
  return new Command('purge')
    .description('remove recordings at their source after their copies at every destination were read and compared')
    .option('--older-than <days>', 'only those not changed for so many days, 1 to 3650')
    .option('--remove', 'really remove; without it nothing is touched, the report tells what would be')
    .option('--report-to <file>', 'write the report to this new file, as JSON')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nWhat is under legal hold, tagged prevent-purge, or below a folder with a file .orbit-prevent-purge stays.\n\nExample: orbit recording purge --older-than 90 --report-to purge.json --remove',
    )
    .action((flags: PurgeFlags) =>
      withHome(context, async (app) => {
        const days = Number(flags.olderThan);
        if (!Number.isInteger(days) || days < 1 || days > 3650)
          throw usageFailure('it takes an age of 1 to 3650 days', 'Give --older-than 90, for example.');
        const jobs = listJobs(app.store).flatMap((job) => (job.kind === 'recordings' ? [job] : []));
        const line = liveLine(context);
        for (const job of jobs) {
          let judged = 0;
          const report = await purgeRecordings(app, job, {
            user: whoRuns(),
            olderThanDays: days,
            isDryRun: flags.remove !== true,
            signal: context.signal,
            report: () => line.show(`${formatCount((judged += 1))} recordings`),
          });
          line.clear();
          if (flags.reportTo !== undefined)
            writeNewFile(flags.reportTo, Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`));
          if (flags.json) printJson(context, report);
          else printReport(context, report);
        }
        await deliverNow(context, app);
      }),
    );
}

function printReport(context: CliContext, report: PurgeReport): void {
  for (const { outcome, path, why } of report.recordings) printLine(context, `${why ?? outcome}: ${path}`);
  const what = `${formatCount(report.removed)} recordings, ${formatBytes(report.removedBytes)}`;
  printLine(context, report.isDryRun ? `Would be removed: ${what}. Nothing was touched.` : `Removed: ${what}.`);
  printLine(context, `${formatCount(report.stays)} stay.`);
}
