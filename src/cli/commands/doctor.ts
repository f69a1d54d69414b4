// `orbit doctor` and `orbit healthcheck run`: what is wrong, what to do about it, and all of it in one zip for whoever helps.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { examine } from '../../api/doctor.ts';
import type { Finding } from '../../api/finding.ts';
import { findingLines, healthReportName, healthZip, makeHealthReport } from '../../api/health-report.ts';
import { Failure } from '../../base/failure.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { exitCodes, printJson, printLine } from '../output.ts';

/** `orbit doctor [--json]`. */
export function doctorCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('doctor')
    .description('look at everything, and say what to do about each trouble; changes nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit doctor\nExit code 3: there are warnings; 1: something is broken.')
    .action((options: { json?: boolean }) =>
      withHome(context, async (app) => {
        const findings = await examine(app);
        if (options.json) printJson(context, { findings });
        else for (const line of findingLines(findings)) printLine(context, line);
        setExitCode(exitCodeFor(findings));
      }),
    );
}

/** `orbit healthcheck run [--out FOLDER]`, the documented name. */
export function healthcheckCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('healthcheck').description('write a health report, to be sent to whoever helps');
  command
    .command('run')
    .description('examine the instance and its machine, and write one zip; no secret is in it')
    .option('--out <folder>', 'where to', '.')
    .option('--force', 'accepted for habit: nothing is asked')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit healthcheck run --out /tmp/health')
    .action((options: { out: string; json?: boolean }) =>
      withHome(context, async (app) => {
        const report = await makeHealthReport(app);
        const made = app.clock.now();
        const name = healthReportName(made);
        const file = join(options.out, `${name}.zip`);
        try {
          if (!existsSync(options.out)) await mkdir(options.out, { mode: 0o700 });
          await writeFile(file, healthZip(report, name, made), { mode: 0o600, flag: 'wx' });
        } catch (error) {
          throw new Failure('cli.report-not-written', {
            message: `the report cannot be written to ${options.out}`,
            hint: 'Give a folder that you may write, with --out.',
            cause: error,
          });
        }
        if (options.json) printJson(context, { file, files: report.files.map((each) => each.name) });
        else printLine(context, `Done: ${file}`);
        setExitCode(exitCodeFor(report.findings));
      }),
    );
  return command;
}

function exitCodeFor(findings: Finding[]): number {
  if (findings.some(({ verdict }) => verdict === 'broken')) return exitCodes.failed;
  return findings.some(({ verdict }) => verdict === 'warning') ? exitCodes.partial : exitCodes.done;
}
