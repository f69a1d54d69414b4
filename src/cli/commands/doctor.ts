// `orbit doctor` and `orbit healthcheck run`: what is wrong, what to do about it, and the same in a folder for whoever helps.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Finding, examine } from '../../api/doctor.ts';
import type { App } from '../../app.ts';
import { Failure } from '../../base/failure.ts';
import { listRuns } from '../../jobs/run.ts';
import { readReadiness } from '../../jobs/readiness.ts';
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
        else for (const line of linesOf(findings)) printLine(context, line);
        setExitCode(exitCodeFor(findings));
      }),
    );
}

/** `orbit healthcheck run [--out FOLDER]`, the documented name. */
export function healthcheckCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('healthcheck').description('write a health report, to be sent to whoever helps');
  command
    .command('run')
    .description('examine the instance and write health.json and health.txt; no secret is in them')
    .option('--out <folder>', 'where to', '.')
    .option('--force', 'accepted for habit: nothing is asked')
    .addHelpText('after', '\nExample: orbit healthcheck run --out /tmp/health')
    .action((options: { out: string }) =>
      withHome(context, async (app) => {
        const report = await reportOf(app);
        try {
          if (!existsSync(options.out)) await mkdir(options.out, { mode: 0o700 });
          await writeFile(join(options.out, 'health.json'), `${JSON.stringify(report, null, 2)}\n`);
          await writeFile(join(options.out, 'health.txt'), `${textOf(report).join('\n')}\n`);
        } catch (error) {
          throw new Failure('cli.report-not-written', {
            message: `the report cannot be written to ${options.out}`,
            hint: 'Give a folder that you may write, with --out.',
            cause: error,
          });
        }
        printLine(context, `Done: ${join(options.out, 'health.json')} and health.txt`);
        setExitCode(exitCodeFor(report.findings));
      }),
    );
  return command;
}

interface Report {
  made: string;
  orbit: string;
  node: string;
  system: string;
  home: string;
  findings: Finding[];
  readiness: ReturnType<typeof readReadiness>;
  runs: ReturnType<typeof listRuns>;
}

async function reportOf(app: App): Promise<Report> {
  return {
    made: app.clock.now().toISOString(),
    orbit: app.version,
    node: process.versions.node,
    system: `${process.platform}-${process.arch} ${release()}`,
    home: app.home,
    findings: await examine(app),
    readiness: readReadiness(app.store, app.clock),
    runs: listRuns(app.store, { limit: 50 }),
  };
}

function textOf({ made, orbit, node, system, home, findings, runs }: Report): string[] {
  return [
    `Health of Orbit at ${made}`,
    `Orbit ${orbit}, Node ${node}, ${system}, data folder ${home}`,
    '',
    ...linesOf(findings),
    '',
    'The newest runs:',
    ...runs.map(({ id, job, startedAt, outcome, failure }) =>
      [`  ${id}`, startedAt, job, outcome ?? 'running', failure?.code ?? ''].join('  ').trimEnd(),
    ),
  ];
}

const signs = { ok: '  ok     ', warning: '  WARN   ', broken: '  BROKEN ' };

function linesOf(findings: Finding[]): string[] {
  const lines = findings.flatMap(({ check, verdict, found, cure }) => [
    `${signs[verdict]}${check}: ${found}`,
    ...(cure === undefined ? [] : [`           → ${cure}`]),
  ]);
  const count = (verdict: Finding['verdict']): number => findings.filter((each) => each.verdict === verdict).length;
  const summary = `${count('broken')} broken, ${count('warning')} warnings, ${count('ok')} well.`;
  return [...lines, summary];
}

function exitCodeFor(findings: Finding[]): number {
  if (findings.some(({ verdict }) => verdict === 'broken')) return exitCodes.failed;
  return findings.some(({ verdict }) => verdict === 'warning') ? exitCodes.partial : exitCodes.done;
}
