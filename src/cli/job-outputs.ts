// `orbit job output`: programs whose output becomes a file of the system snapshot, such as a database dump.
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { Command } from 'commander';
import { saveJob } from '../jobs/job.ts';
import { systemJobOf } from '../jobs/system-profiles.ts';
import type { Store } from '../store/store.ts';
import type { CliContext } from './context.ts';
import { printLine } from './output.ts';
import { usageFailure } from './usage.ts';

/** `orbit job output add|remove`. `withStore` opens the instance for one command. */
export function outputCommand(context: CliContext, withStore: (work: (store: Store) => void) => void): Command {
  const command = new Command('output')
    .description('keep the output of programs in the system snapshot')
    .enablePositionalOptions();
  command
    .command('add <path> <program> [args...]')
    .description(
      'make the output of a program the file <path> of each snapshot; a program that fails refuses the snapshot',
    )
    .option('--job <name>', 'the job', 'system')
    .passThroughOptions()
    .addHelpText(
      'after',
      '\nExample: orbit job output add /databases/vault.dump pg_dump -Fc vault\nArguments are visible to everybody on the machine: let the program find its password by itself (~/.pgpass).',
    )
    .action((path: string, program: string, args: string[], options: { job: string }) =>
      withStore((store) => {
        const job = systemJobOf(store, options.job);
        if (!isAbsolute(path) || path.endsWith('/')) {
          throw usageFailure(`'${path}' is not an absolute path of a file`, 'Such as /databases/vault.dump.');
        }
        const others = job.plan.commands.filter((output) => output.path !== path);
        const output = { path, command: findProgram(program, context.env), args };
        saveJob(store, { ...job, plan: { ...job.plan, commands: [...others, output] } });
        printLine(context, `${job.name}: ${path} will be what ${output.command} prints`);
      }),
    );
  command
    .command('remove <path>')
    .description('keep that output no longer')
    .option('--job <name>', 'the job', 'system')
    .addHelpText('after', '\nExample: orbit job output remove /databases/vault.dump')
    .action((path: string, options: { job: string }) =>
      withStore((store) => {
        const job = systemJobOf(store, options.job);
        const commands = job.plan.commands.filter((output) => output.path !== path);
        if (commands.length === job.plan.commands.length) {
          const paths = job.plan.commands.map((output) => output.path).join(', ') || 'none';
          throw usageFailure(`the job '${job.name}' keeps no output at ${path}`, `It keeps: ${paths}.`);
        }
        saveJob(store, { ...job, plan: { ...job.plan, commands } });
        printLine(context, `${job.name}: ${path} is no longer kept`);
      }),
    );
  return command;
}

// Kept with its whole path: the service may run with another PATH than the person who sets this up.
function findProgram(program: string, env: NodeJS.ProcessEnv): string {
  const folders = program.includes('/') ? [''] : (env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(delimiter);
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      if (isAbsolute(path)) return path;
    } catch {
      // Looked for in the next folder.
    }
  }
  throw usageFailure(`there is no program '${program}'`, 'Give the whole path of a program that may be run.');
}
