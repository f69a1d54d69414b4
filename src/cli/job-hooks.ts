// `orbit job hook`: programs that run before and after a backup of the system.
import { isAbsolute } from 'node:path';
import { Command } from 'commander';
import type { Hook } from '../jobs/hook-fields.ts';
import { type JobOf, saveJob } from '../jobs/job.ts';
import { systemJobOf } from '../jobs/system-profiles.ts';
import type { Store } from '../store/store.ts';
import type { CliContext } from './context.ts';
import { printLine } from './output.ts';
import { usageFailure } from './usage.ts';

/** `orbit job hook add|clear`. `withStore` opens the instance for one command. */
export function hookCommand(context: CliContext, withStore: (work: (store: Store) => void) => void): Command {
  const command = new Command('hook')
    .description('programs that run before and after each backup of the system')
    .enablePositionalOptions();
  command
    .command('add <when> <program> [args...]')
    .description('run a program before (which can refuse the backup) or after (always) each run')
    .option('--job <name>', 'the job', 'system')
    .option('--timeout-seconds <n>', 'stopped and failed after this', '300')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExample: orbit job hook add before /usr/bin/systemctl stop reports.service\nThe output of the newest run lies in <data folder>/hooks/<job>.log. Arguments are visible to everybody on the machine.',
    )
    .action((when: string, program: string, args: string[], options: { job: string; timeoutSeconds: string }) =>
      withStore((store) => {
        if (when !== 'before' && when !== 'after') throw usageFailure(`'${when}' is no time`, 'Say before or after.');
        if (!isAbsolute(program)) throw usageFailure(`'${program}' is no absolute path`, 'Give the whole path.');
        if (!/^[1-9]\d{0,4}$/.test(options.timeoutSeconds) || Number(options.timeoutSeconds) > 86_400)
          throw usageFailure(`'${options.timeoutSeconds}' is no number of seconds`, 'Give 1 to 86400.');
        const added: Hook = { command: program, args, timeoutSeconds: Number(options.timeoutSeconds) };
        const job = systemJobOf(store, options.job);
        const hooks = hooksOf(job);
        saveJob(store, { ...job, plan: { ...job.plan, hooks: { ...hooks, [when]: [...hooks[when], added] } } });
        printLine(context, `${job.name}: ${program} runs ${when} each backup`);
      }),
    );
  command
    .command('clear')
    .description('run nothing before and after any more')
    .option('--job <name>', 'the job', 'system')
    .addHelpText('after', '\nExample: orbit job hook clear')
    .action((options: { job: string }) =>
      withStore((store) => {
        const job = systemJobOf(store, options.job);
        saveJob(store, { ...job, plan: { ...job.plan, hooks: { before: [], after: [] } } });
        printLine(context, `${job.name}: nothing runs before and after any more`);
      }),
    );
  return command;
}

function hooksOf({ plan }: JobOf<'system'>): { before: Hook[]; after: Hook[] } {
  return plan.hooks ?? { before: [], after: [] };
}
