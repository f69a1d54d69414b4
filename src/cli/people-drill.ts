// `orbit drill people`: guides the people in the room through opening a kit, with the clock running, and keeps a signed report.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { App } from '../app.ts';
import { Failure } from '../base/failure.ts';
import { note } from '../base/note.ts';
import { formatCount, formatDuration } from '../base/quantities.ts';
import { chooseSecret, compareWithSource, compareWithVault } from '../breakglass/drills/compare-opened.ts';
import type { DrillReport } from '../breakglass/drills/drill-report.ts';
import { manifestName, sha256Hex } from '../breakglass/kit/manifest.ts';
import { openDigestKey } from '../breakglass/kit/record-digest.ts';
import { keepAndTell, reportHead } from '../jobs/drill.ts';
import { DrillLog } from '../jobs/drill-log.ts';
import { listJobs } from '../jobs/job.ts';
import { openSecretSource } from '../sources/secrets/kinds.ts';
import type { SecretRecord } from '../sources/secrets/secret-record.ts';
import { ask, canAsk } from './ask.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { deliverNow } from './deliver-now.ts';
import { drillLine, stepLines } from './drill-view.ts';
import { type OpeningOptions, withOpeningOptions } from './kit-opening.ts';
import { withHome } from './open-home.ts';
import { exitCodes, printJson, printLine } from './output.ts';
import { chooseKit, type ChosenKit } from './people-drill-kit.ts';
import { openByPeople } from './people-drill-opening.ts';
import { usageFailure } from './usage.ts';

/** What the people's drill takes by flags; the rest is asked on the terminal. */
export interface PeopleDrillOptions extends OpeningOptions {
  destination?: string;
  kit?: string;
  people?: string[];
  secret?: string;
  json?: boolean;
}

/** See the head of this file. */
export function peopleCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return withOpeningOptions(
    new Command('people').description(
      'the drill with people: open a kit together, step by step and timed; no value is shown',
    ),
  )
    .option('--destination <name>', 'take the newest kit from this destination')
    .option('--kit <path>', 'take the kit in this folder, or the newest one of a destination that was copied here')
    .option('--people <name...>', "who is in the room, as 'Name: role'")
    .option('--secret <name>', 'the secret to compare with the vault (else one is drawn at random)')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      "\nExample: orbit drill people --destination vault-b --people 'Ana Souza: custodian' 'Rui Lima: auditor'",
    )
    .action((options: PeopleDrillOptions) => peopleDrill(context, options, setExitCode));
}

async function peopleDrill(context: CliContext, options: PeopleDrillOptions, setExitCode: SetExitCode): Promise<void> {
  if (!existsSync(join(context.home, 'orbit.db'))) throw noInstance(context.home);
  await withHome(context, async (app) => {
    const say = (line = ''): void => void (options.json || printLine(context, line));
    say('Drill with people. Nothing that is secret will be shown; what you type is not echoed.');
    const people = await whoIsHere(context, options);
    const start = await chooseKit(context, app, options);
    if (canAsk(context)) await ask(context, '\nThe clock starts when you press Enter. Ready? ');
    const startedAt = app.clock.now();
    const log = new DrillLog((step) => stepLines(step).forEach(say));
    let kit: ChosenKit | undefined;
    try {
      kit = await start(log);
      await rehearse(context, app, { kit, options, log });
    } catch (error) {
      context.signal.throwIfAborted();
      if (log.failed === undefined) log.fail('opening', error);
    } finally {
      await kit?.close();
    }
    const { report, files } = keepAndTell(app, {
      ...reportHead(app, log, startedAt),
      way: 'people',
      kind: 'secrets',
      startedBy: 'person',
      people,
      copy: { ...log.copy, ...start.copy },
    });
    await deliverNow(context, app);
    if (report.result === 'failed') setExitCode(exitCodes.failed);
    if (options.json) return printJson(context, { ...report, files });
    say();
    say(drillLine(report));
    if (report.firstReadableMs !== undefined)
      say(`From the start to the first readable password: ${formatDuration(report.firstReadableMs)}`);
    say(`The signed report, to be printed: ${files.pages.en}, ${files.pages.pt}`);
  });
}

async function rehearse(
  context: CliContext,
  app: App,
  { kit, options, log }: { kit: ChosenKit; options: PeopleDrillOptions; log: DrillLog },
): Promise<void> {
  const opened = await log.step('opening', ({ facts }) => openByPeople(context, app, { kit, options, facts }));
  log.readable();
  const { manifest, secrets, isSignerKnown } = opened;
  log.copy.madeAt = manifest.created;
  log.copy.recoveryKey = manifest.recoveryKey.id;
  log.copy.fingerprint = sha256Hex(await kit.files.load(manifestName));
  await log.step('count', ({ facts, notes }) => {
    // openKit has compared the number with the signed manifest already; here both are written down.
    Object.assign(facts, { secrets: secrets.length, promised: manifest.records });
    for (const { id, records } of manifest.sources) notes.push(`${id}: ${formatCount(records)}`);
    if (!isSignerKnown) notes.push('Nobody vouched for who signed this kit.');
  });
  const digestKey = openDigestKey(app.store, app.instanceKey);
  if (manifest.digestKey === digestKey.id) {
    await log.step('digests', async ({ facts }) => {
      facts['equal'] = (await compareWithSource(opened, kit.files, digestKey)) ?? 0;
    });
  } else log.skip('digests', note('drill.foreign-kit'));
  const wanted = options.secret ?? (canAsk(context) ? await askForSecret(context) : '');
  await log.step('chosen-secret', async ({ facts, notes }) => {
    const chosen = chooseSecret(opened, wanted);
    facts['chosen'] = wanted === '' ? 'at random' : 'by people';
    facts['hasPassword'] = chosen.record.password.length > 0;
    const source = builtinSource(app, chosen.sourceId);
    if (source === undefined) notes.push('It comes from a vault that is not asked for a drill; see the digests.');
    else facts['vaultToday'] = compareWithVault(chosen, await todaysRecord(app, source, chosen.record.id), digestKey);
  });
}

async function askForSecret(context: CliContext): Promise<string> {
  return await ask(context, 'Which secret shall be compared, unseen, with the vault? (its name; Enter for any) ');
}

type SourcePlan = { name: string; kind: string; config: unknown };

// Only Orbit's own vault is read for a drill: reading others costs custody, audit entries or limits.
function builtinSource(app: App, sourceId: string): SourcePlan | undefined {
  const sources = listJobs(app.store).flatMap((job) => (job.kind === 'secrets' ? job.plan.sources : []));
  return sources.find(({ name, kind }) => name === sourceId && kind === 'builtin');
}

async function todaysRecord(app: App, plan: SourcePlan, id: string): Promise<SecretRecord | undefined> {
  const source = await openSecretSource(plan.kind, plan.config, app);
  try {
    for await (const record of source.read({})) if (record.id === id) return record;
    return undefined;
  } finally {
    await source.close();
  }
}

async function whoIsHere(context: CliContext, options: PeopleDrillOptions): Promise<DrillReport['people']> {
  const lines = [...(options.people ?? [])];
  if (lines.length === 0 && canAsk(context)) {
    context.stderr.write('Who is in the room? One line each, as Name: role. Enter ends.\n');
    for (let isDone = false; !isDone; ) {
      const line = await ask(context, `  ${lines.length + 1}. `, { isNeeded: lines.length === 0 });
      if (line === '') isDone = true;
      else lines.push(line);
    }
  }
  if (lines.length === 0)
    throw usageFailure('nobody was named', "Say who is in the room: --people 'Ana Souza: custodian'");
  return lines.slice(0, 100).map((line) => {
    const [name = '', ...role] = line.split(':');
    return { name: name.trim().slice(0, 200), role: role.join(':').trim().slice(0, 200) };
  });
}

function noInstance(home: string): Failure {
  return new Failure('drill.no-instance', {
    message: `there is no Orbit in ${home} that could sign a report of this drill`,
    hint: 'Run it where Orbit’s data folder is (ORBIT_HOME). To rehearse on another machine, open open.html there and bring its record back: orbit kit opened FILE.',
  });
}
