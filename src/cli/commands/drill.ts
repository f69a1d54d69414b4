// `orbit drill`: rehearses the emergency, and keeps signed reports of it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { Failure } from '../../base/failure.ts';
import { formatDuration } from '../../base/quantities.ts';
import { listDrills, loadDrill, reportFiles } from '../../breakglass/drills/drill-store.ts';
import { verifyReport } from '../../breakglass/drills/signed-report.ts';
import { signingKeys } from '../../breakglass/signing-key.ts';
import { drillTargets, type HeldDrill, holdDrill } from '../../jobs/drill.ts';
import { type DrillPlan, drillPlan, saveDrillPlan } from '../../jobs/drill-plan.ts';
import { backupKinds } from '../../jobs/job.ts';
import { nextRun } from '../../jobs/schedule.ts';
import { openStore } from '../../store/store.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { deliverNow } from '../deliver-now.ts';
import { drillLine, stepLines } from '../drill-view.ts';
import { withHome } from '../open-home.ts';
import { exitCodes, printJson, printLine, table } from '../output.ts';
import { peopleCommand } from '../people-drill.ts';
import { usageFailure } from '../usage.ts';

/** `orbit drill run|people|list|show|verify|plan`. */
export function drillCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('drill').description('rehearse the emergency: fetch, open, compare; keep signed reports');
  command
    .command('run')
    .description('restore a random sample from each destination, now, and compare it with the snapshot and the source')
    .option('--destination <name...>', 'only these destinations')
    .addOption(new Option('--kind <kind...>', 'only these kinds').choices([...backupKinds]))
    .option('--sample <n>', 'files drawn from each snapshot')
    .option('--read <size>', 'packs drawn at random are read whole up to so much, such as 500M; 0 for none')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit drill run --destination vault-b --kind system --sample 50')
    .action((options: RunOptions) => run(context, options, setExitCode));
  command.addCommand(peopleCommand(context, setExitCode));
  command
    .command('list')
    .description('the drills that were held, newest first')
    .option('--limit <n>', 'how many', '20')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit drill list')
    .action((options: { limit: string; json?: boolean }) => list(context, options));
  command
    .command('show <id>')
    .description('what a drill tested and found; `latest` is the newest')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample: orbit drill show latest')
    .action((id: string, options: { json?: boolean }) => show(context, id, options));
  command
    .command('verify <file>')
    .description('check the signature of a report (JSON or page); needs no server, no database and no network')
    .option('--signer <fingerprint>', 'the fingerprint that must have signed it, as `orbit ceremony status` shows it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit drill verify drill-20261123T050000Z-1a2b3c.json')
    .action((file: string, options: { signer?: string; json?: boolean }) => verify(context, file, options));
  command
    .command('plan')
    .description('show or change when drills are held by themselves and how often people must')
    .option('--schedule <cron>', 'minute hour day month weekday')
    .option('--sample <n>', 'files drawn from each snapshot')
    .option('--people-every-days <n>', 'people open a kit at least so often')
    .option('--on', 'hold drills by the schedule')
    .option('--off', 'hold none by themselves')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit drill plan --schedule '0 3 * * 6' --sample 100")
    .action((options: PlanOptions) => plan(context, options));
  return command.addHelpText('after', '\nExample: orbit drill run');
}

interface RunOptions {
  destination?: string[];
  kind?: string[];
  sample?: string;
  read?: string;
  json?: boolean;
}

async function run(context: CliContext, options: RunOptions, setExitCode: SetExitCode): Promise<void> {
  await withHome(context, async (app) => {
    const targets = drillTargets(app.store, {
      ...(options.kind === undefined ? {} : { kinds: options.kind }),
      ...(options.destination === undefined ? {} : { destinations: options.destination }),
    });
    if (targets.length === 0)
      throw usageFailure('there is nothing to test by that', 'See orbit job list for kinds and destinations.');
    const { sample, readBytes } = drillPlan(app.store);
    const held: HeldDrill[] = [];
    for (const target of targets) {
      context.signal.throwIfAborted();
      const drill = await holdDrill(app, target, {
        startedBy: 'person',
        signal: context.signal,
        sample: options.sample === undefined ? sample : wholeNumber('--sample', options.sample, 1),
        readBytes: options.read === undefined ? readBytes : sizeOf(options.read),
      });
      held.push(drill);
      if (!options.json) print(context, drill);
    }
    await deliverNow(context, app);
    if (options.json)
      printJson(
        context,
        held.map(({ report, files }) => ({ ...report, files })),
      );
    if (held.some(({ report }) => report.result === 'failed')) setExitCode(exitCodes.failed);
  });
}

function print(context: CliContext, { report, files }: HeldDrill): void {
  printLine(context, drillLine(report));
  for (const step of report.steps) for (const line of stepLines(step)) printLine(context, line);
  printLine(context, `    report ${files.json}`);
}

async function list(context: CliContext, options: { limit: string; json?: boolean }): Promise<void> {
  await withHome(context, (app) => {
    const drills = listDrills(app.store, wholeNumber('--limit', options.limit, 1));
    if (options.json) return printJson(context, drills);
    const rows = drills.map((drill) => [
      drill.id,
      drill.way === 'people' ? 'people' : drill.kind,
      drill.destination,
      drill.result,
      formatDuration(Date.parse(drill.endedAt) - Date.parse(drill.startedAt)),
      drill.failure?.message ?? drill.copy?.slice(0, 24) ?? '',
    ]);
    for (const line of table(['DRILL', 'OF', 'DESTINATION', 'RESULT', 'TOOK', 'COPY'], rows)) printLine(context, line);
  });
}

async function show(context: CliContext, id: string, options: { json?: boolean }): Promise<void> {
  await withHome(context, (app) => {
    const { report } = loadDrill(app, id);
    if (options.json) return printJson(context, report);
    const { pages } = reportFiles(context.home, report.id);
    printLine(context, `${drillLine(report)}, ${report.startedAt}`);
    for (const step of report.steps) for (const line of stepLines(step)) printLine(context, line);
    for (const person of report.people)
      printLine(context, `    ${person.name}${person.role === '' ? '' : `, ${person.role}`}`);
    for (const file of report.sample) printLine(context, `    ${file.path}  ${file.how}, source: ${file.source}`);
    printLine(context, `    to print: ${pages.en}, ${pages.pt}`);
  });
}

function verify(context: CliContext, file: string, options: { signer?: string; json?: boolean }): void {
  const verified = verifyReport(file, readGiven(file));
  const isKnown =
    options.signer === undefined ? isOurs(context, verified.signer) : sameDigits(options.signer, verified.fingerprint);
  if (isKnown === false) {
    throw new Failure('drill.unknown-signer', {
      message: `${file} is whole, and was signed by another key: ${verified.fingerprint}`,
      hint: 'Anybody can make a report of their own. Compare the fingerprint with `orbit ceremony status` of the Orbit it should come from.',
    });
  }
  const { id, form, fingerprint, report } = verified;
  if (options.json) {
    return printJson(context, {
      id,
      form,
      fingerprint,
      isSignerKnown: isKnown === true,
      result: report?.result ?? null,
    });
  }
  printLine(context, `The ${form === 'json' ? 'report' : 'page'} of drill ${id} is as it was signed.`);
  if (report !== undefined) printLine(context, drillLine(report));
  printLine(context, `Signed by ${fingerprint}`);
  if (isKnown === undefined)
    printLine(
      context,
      'Whose key that is cannot be told here: compare it with `orbit ceremony status`, or give --signer.',
    );
}

// True or false where there is a data folder to compare with, undefined where there is none.
function isOurs(context: CliContext, signer: Buffer): boolean | undefined {
  if (!existsSync(join(context.home, 'orbit.db'))) return undefined;
  const store = openStore(context.home);
  try {
    return signingKeys(store).some((key) => key.equals(signer));
  } finally {
    store.close();
  }
}

function sameDigits(given: string, fingerprint: string): boolean {
  return given.replaceAll(/[\s:]/g, '').toLowerCase() === fingerprint.replaceAll(' ', '');
}

interface PlanOptions {
  schedule?: string;
  sample?: string;
  peopleEveryDays?: string;
  on?: boolean;
  off?: boolean;
  json?: boolean;
}

async function plan(context: CliContext, options: PlanOptions): Promise<void> {
  await withHome(context, (app) => {
    const now = drillPlan(app.store);
    const next: DrillPlan = {
      ...now,
      ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
      ...(options.sample === undefined ? {} : { sample: wholeNumber('--sample', options.sample, 1) }),
      ...(options.peopleEveryDays === undefined
        ? {}
        : { peopleEveryDays: wholeNumber('--people-every-days', options.peopleEveryDays, 1) }),
      ...(options.on === true ? { enabled: true } : {}),
      ...(options.off === true ? { enabled: false } : {}),
    };
    if (JSON.stringify(next) !== JSON.stringify(now)) saveDrillPlan(app.store, next);
    if (options.json) return printJson(context, next);
    const when = next.enabled
      ? `next ${nextRun(next.schedule, app.clock.now()).toLocaleString('sv')} (${next.schedule})`
      : 'switched off';
    printLine(context, `automatic drills: ${when}, ${next.sample} files of each snapshot`);
    printLine(context, `drills with people: every ${next.peopleEveryDays} days`);
  });
}

function wholeNumber(flag: string, text: string, min: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
  throw usageFailure(`${flag} ${text} is not a whole number from ${min}`, `Example: ${flag} 20`);
}

function sizeOf(text: string): number {
  const found = /^(\d{1,6})([KMGT]?)$/i.exec(text);
  if (found === null) throw usageFailure(`--read ${text} is not a size`, 'Such as 500M or 2G.');
  return Number(found[1]) * 1024 ** ' KMGT'.indexOf(found[2]?.toUpperCase() || ' ');
}

function readGiven(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure('cli.unreadable-file', {
      message: `${file} cannot be read`,
      hint: 'Check its name and rights.',
      cause: error,
    });
  }
}
