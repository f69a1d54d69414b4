// One recovery from the command line: open, show what exists, plan, ask, do, report.
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Backend } from '../../backends/backend.ts';
import { Failure } from '../../base/failure.ts';
import { languageOf } from '../../base/language.ts';
import { formatDuration } from '../../base/quantities.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import { makePlan, type OpenSnapshot, type PlanWanted } from '../../recovery/make-plan.ts';
import type { RecoveryPlan, Wanted } from '../../recovery/plan.ts';
import { recover, type Recovery, type RecoveryEvent, type RecoveryResult } from '../../recovery/recover.ts';
import { TargetRoot } from '../../recovery/root.ts';
import { chosenSnapshot, factsOf, openSystemRepository, systemSnapshots } from '../../recovery/source.ts';
import { RecoveryState } from '../../recovery/state.ts';
import { ask, canAsk } from '../ask.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import type { OpeningOptions } from '../kit-opening.ts';
import { exitCodes, printJson, printLine, table } from '../output.ts';
import { progressLine } from '../repo/progress-line.ts';
import { usageFailure } from '../usage.ts';
import { recoveryIdentity } from './key.ts';
import { writeDump } from './dump.ts';
import { nextSteps, planLines, resultLines, stageLine } from './view.ts';

/** The flags, besides those of the place. */
export interface RecoverOptions extends OpeningOptions {
  list?: boolean;
  snapshot: string;
  target?: string;
  only?: string[];
  database?: string[];
  table?: string;
  output?: string;
  safetyFolder?: string;
  installPackages?: boolean;
  failedAt?: string;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Does what the flags say with the backup at that place. */
export async function recoverFrom(
  context: CliContext,
  backend: Backend,
  options: RecoverOptions,
  orbitVersion: string,
  setExitCode: SetExitCode,
): Promise<void> {
  const identity = await recoveryIdentity(context, backend, options);
  const signal = { signal: context.signal };
  if (context.isTerminal && options.json !== true)
    context.stderr.write('Opening the backup, and comparing it with the target …\n');
  const repository = await openSystemRepository(backend, identity, signal).finally(() => identity.wipe());
  try {
    const snapshots = await systemSnapshots(repository, signal);
    if (options.list) return list(context, snapshots, options);
    const snapshot = chosenSnapshot(snapshots, options.snapshot);
    const indexed = await repository.loadIndex(signal);
    try {
      const facts = await factsOf(indexed, snapshot, signal);
      if (options.output !== undefined) await writeDump(context, { indexed, snapshot, facts }, options);
      else await planAndDo(context, { indexed, snapshot, facts }, options, orbitVersion, setExitCode);
    } finally {
      await indexed.close();
    }
  } finally {
    repository.close();
  }
}

function list(context: CliContext, snapshots: NamedSnapshot[], options: RecoverOptions): void {
  if (options.json)
    return printJson(
      context,
      snapshots.map(({ id, time, hostname, paths }) => ({ id, time, hostname, paths })),
    );
  const rows = snapshots.map(({ id, time, hostname = '', paths }) => [
    id.slice(0, 8),
    time.slice(0, 19),
    hostname,
    paths.join(' '),
  ]);
  for (const line of table(['SNAPSHOT', 'TIME', 'HOST', 'HOLDS'], rows)) printLine(context, line);
}

async function planAndDo(
  context: CliContext,
  open: OpenSnapshot,
  options: RecoverOptions,
  orbitVersion: string,
  setExitCode: SetExitCode,
): Promise<void> {
  if (options.target === undefined)
    throw usageFailure(
      'nobody said where to',
      'Add --target with the new root, such as /mnt/target; / means this very machine.',
    );
  const root = new TargetRoot(resolve(options.target));
  mkdirSync(root.path, { recursive: true });
  const wanted: Wanted = {
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.database === undefined ? {} : { databases: options.database }),
  };
  const now = new Date();
  const state = RecoveryState.open(root, { snapshot: open.snapshot.id, wanted: JSON.stringify(wanted) }, now);
  const failedAt = options.failedAt === undefined ? state.startedAt : timeFrom(options.failedAt);
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, '');
  const safetyFolder = state.safetyFolder(safetyFolderFor(options.safetyFolder, root, stamp));
  const question = { root, wanted, state, failedAt, safetyFolder, installPackages: options.installPackages === true };
  let planned = await showPlan(context, open, question, options);
  if (options.dryRun !== true && (await wantsPackages(context, planned.plan, options)))
    planned = await showPlan(context, open, { ...question, installPackages: true }, options);
  const { plan, packages, overwritten } = planned;
  const fatal = plan.problems.filter(({ isFatal }) => isFatal);
  if (options.dryRun) {
    if (options.json) printJson(context, { plan });
    if (fatal.length > 0) setExitCode(exitCodes.failed);
    return;
  }
  if (fatal.length > 0) {
    throw new Failure('recovery.not-possible', {
      message: fatal.map(({ text }) => text).join('; '),
      hint: 'Nothing was changed. Mend what the plan names, or take a part: --only, --database.',
    });
  }
  await confirm(context, plan, options);
  const result = await carryOut(
    context,
    { ...open, wanted, plan, packages, overwritten, root, state, safetyFolder, orbitVersion },
    options,
  );
  if (options.json) printJson(context, { plan, result });
  else {
    const language = languageOf(context.env);
    for (const line of [...resultLines(result, language), ...nextSteps(plan, language)]) printLine(context, line);
  }
  if (result.outcome === 'partial') setExitCode(exitCodes.partial);
}

// What an earlier recovery kept stays: the next one's copy lies beside it.
function safetyFolderFor(given: string | undefined, root: TargetRoot, stamp: string): string {
  if (given === undefined) return join(root.path, 'var/lib/orbit-recover', stamp);
  return existsSync(join(given, 'files')) ? join(given, stamp) : given;
}

async function showPlan(context: CliContext, open: OpenSnapshot, question: PlanWanted, { json }: RecoverOptions) {
  const planned = await makePlan(open, question, { signal: context.signal });
  if (!json) for (const line of planLines(planned.plan, languageOf(context.env))) printLine(context, line);
  return planned;
}

// Only who recovers everything, and sits there, is asked; scripts say --install-packages.
async function wantsPackages(
  context: CliContext,
  { packages, install }: RecoveryPlan,
  { only, yes, json }: RecoverOptions,
): Promise<boolean> {
  const missing = packages?.missing.length ?? 0;
  if (missing === 0 || install.length > 0 || packages?.program === undefined) return false;
  if (only !== undefined || yes || json || !canAsk(context)) return false;
  return isYes(await ask(context, `Install the ${missing} missing packages first, by ${packages.program}? [yes/no] `));
}

function isYes(answer: string): boolean {
  return ['yes', 'sim', 'y', 's'].includes(answer.toLowerCase());
}

async function confirm(context: CliContext, plan: RecoveryPlan, options: RecoverOptions): Promise<void> {
  if (options.yes) return;
  const { host, id } = plan.snapshot;
  // Enter alone is no answer, also where the backup does not say what machine it is of.
  const [what, wanted] = host === '' ? ['the first 8 digits of the snapshot', id.slice(0, 8)] : ['its name', host];
  const question =
    plan.target === '/' ? `This machine is changed. Type ${what}, ${wanted}, to go on: ` : 'Do it? [yes/no] ';
  const answer = await ask(context, question);
  const isRight = plan.target === '/' ? answer === wanted : isYes(answer);
  if (isRight) return;
  throw new Failure('recovery.not-confirmed', {
    message: 'nobody said yes: nothing was changed',
    hint: 'Run it again, or add --yes.',
  });
}

async function carryOut(context: CliContext, recovery: Recovery, options: RecoverOptions): Promise<RecoveryResult> {
  const line = progressLine(context, options.json === true);
  const report = (event: RecoveryEvent): void => {
    if (event.type === 'stage') {
      const text = stageLine(event.stage, event.isDone, recovery.plan, languageOf(context.env));
      if (!options.json && text !== undefined) line.say(text);
    } else if (event.type !== 'database') line.report(event);
  };
  const started = performance.now();
  const { files, bytes } = recovery.plan.files;
  line.report({ type: 'scanned', files, bytes, isComplete: true });
  try {
    return await recover(recovery, { signal: context.signal, report });
  } catch (error) {
    const stopped = recovery.state.stopped.join(' ');
    if (stopped !== '')
      line.say(`Stopped still: ${stopped}. The same command goes on and starts them; or: systemctl start ${stopped}`);
    throw error;
  } finally {
    line.end();
    if (!options.json) line.say(`${formatDuration(performance.now() - started)}`);
  }
}

function timeFrom(text: string): Date {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw usageFailure(`'${text}' is no time`, 'Such as 2026-11-26T03:10:00Z.');
  return new Date(time);
}
