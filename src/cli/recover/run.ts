// One recovery from the command line: open, show what exists, plan, ask, do, report.
import { createWriteStream } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { arch } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Backend } from '../../backends/backend.ts';
import { Failure } from '../../base/failure.ts';
import { languageOf } from '../../base/language.ts';
import { runProgram } from '../../base/program.ts';
import { formatDuration } from '../../base/quantities.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../../engine/repository/indexed-repository.ts';
import { comparePackages, packagesOf, parsePackageList } from '../../recovery/packages.ts';
import { planRecovery, type RecoveryPlan, serverBytes, type Wanted } from '../../recovery/plan.ts';
import { copiesOf, filesOf, recover, type RecoveryEvent, type RecoveryResult } from '../../recovery/recover.ts';
import { TargetRoot } from '../../recovery/root.ts';
import { planServers } from '../../recovery/servers.ts';
import { chosenSnapshot, dumpReader, factsOf, openSystemRepository, systemSnapshots } from '../../recovery/source.ts';
import { sqlSection } from '../../recovery/sql-section.ts';
import { RecoveryState } from '../../recovery/state.ts';
import { type Survey, surveyFiles } from '../../recovery/survey.ts';
import { orbitFolder, type RecoveryFacts } from '../../sources/trees/recovery-facts.ts';
import { systemName } from '../../sources/trees/system-source.ts';
import { ask } from '../ask.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import type { OpeningOptions } from '../kit-opening.ts';
import { exitCodes, printJson, printLine, table } from '../output.ts';
import { progressLine } from '../repo/progress-line.ts';
import { usageFailure } from '../usage.ts';
import { recoveryIdentity } from './key.ts';
import { planLines, resultLines } from './view.ts';

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
  const repository = await openSystemRepository(backend, identity, signal).finally(() => identity.wipe());
  try {
    const snapshots = await systemSnapshots(repository, signal);
    if (options.list) return list(context, snapshots, options);
    const snapshot = chosenSnapshot(snapshots, options.snapshot);
    const indexed = await repository.loadIndex(signal);
    try {
      const facts = await factsOf(indexed, snapshot, signal);
      if (options.output !== undefined) await writeDump(context, indexed, snapshot, facts, options);
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

interface Opened {
  indexed: IndexedRepository;
  snapshot: NamedSnapshot;
  facts: RecoveryFacts | undefined;
}

async function planAndDo(
  context: CliContext,
  { indexed, snapshot, facts }: Opened,
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
  const state = RecoveryState.open(root, { snapshot: snapshot.id, wanted: JSON.stringify(wanted) }, now);
  const failedAt = options.failedAt === undefined ? state.startedAt : timeFrom(options.failedAt);
  const plan = await makePlan(context, { indexed, snapshot, facts }, { root, wanted, state, failedAt });
  if (!options.json) for (const line of planLines(plan, languageOf(context.env))) printLine(context, line);
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
    { indexed, snapshot, facts, wanted, plan, root, state },
    options,
    orbitVersion,
  );
  if (options.json) printJson(context, { plan, result });
  else for (const line of resultLines(result, languageOf(context.env))) printLine(context, line);
  if (result.outcome === 'partial') setExitCode(exitCodes.partial);
}

async function makePlan(
  context: CliContext,
  { indexed, snapshot, facts }: Opened,
  { root, wanted, state, failedAt }: { root: TargetRoot; wanted: Wanted; state: RecoveryState; failedAt: Date },
): Promise<RecoveryPlan> {
  const signal = { signal: context.signal };
  const hasFiles = wanted.only !== undefined || wanted.databases === undefined;
  const { include = [], exclude } = filesOf(wanted, facts);
  const nothing: Survey = { files: 0, bytes: 0, overwritten: [], unchanged: 0, space: [], sampleBytes: 0 };
  const survey = hasFiles ? await surveyFiles(indexed, snapshot, root, { include, exclude }, signal) : nothing;
  const servers = await planServers(indexed, snapshot, facts, wanted, root, state);
  const [first] = survey.space;
  // Tables need room as well, beside the files of the root.
  if (first !== undefined) first.neededBytes += servers.reduce((sum, server) => sum + serverBytes(server), 0);
  const isWhole = facts?.folders.includes('/') === true && wanted.only === undefined && wanted.databases === undefined;
  const packages = isWhole || !hasFiles ? undefined : await packageDifference({ indexed, snapshot, facts }, root);
  const system = root.has('/etc/os-release') ? systemName(root.isHere ? '' : root.path) : undefined;
  return planRecovery({
    snapshot,
    facts,
    wanted,
    target: { path: root.path, isHere: root.isHere, architecture: arch(), ...(system === undefined ? {} : { system }) },
    survey,
    servers,
    packages,
    running: root.isHere ? await runningUnits(facts?.services ?? []) : [],
    copies: copiesOf({ wanted, facts }).map(({ path }) => path),
    failedAt,
  });
}

async function packageDifference({ indexed, snapshot, facts }: Opened, root: TargetRoot) {
  const host = facts?.profiles.find(({ kind }) => kind === 'host');
  const is = packagesOf(root);
  if (host === undefined || is === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of dumpReader(indexed, snapshot)(`${orbitFolder}/${host.name}/packages.tsv`))
    pieces.push(piece);
  return comparePackages(parsePackageList(Buffer.concat(pieces).toString('utf8')), is);
}

async function runningUnits(services: readonly string[]): Promise<string[]> {
  const running: string[] = [];
  for (const unit of services) {
    const { exitCode } = await runProgram('systemctl', ['is-active', '--quiet', unit]).catch(() => ({ exitCode: -1 }));
    if (exitCode === 0) running.push(unit);
  }
  return running;
}

async function confirm(context: CliContext, plan: RecoveryPlan, options: RecoverOptions): Promise<void> {
  if (options.yes) return;
  const question =
    plan.target === '/'
      ? `This machine is changed. Type its name, ${plan.snapshot.host}, to go on: `
      : 'Do it? [yes/no] ';
  const answer = await ask(context, question);
  const isRight =
    plan.target === '/' ? answer === plan.snapshot.host : ['yes', 'sim', 'y', 's'].includes(answer.toLowerCase());
  if (isRight) return;
  throw new Failure('recovery.not-confirmed', {
    message: 'nobody said yes: nothing was changed',
    hint: 'Run it again, or add --yes.',
  });
}

async function carryOut(
  context: CliContext,
  prepared: Opened & { wanted: Wanted; plan: RecoveryPlan; root: TargetRoot; state: RecoveryState },
  options: RecoverOptions,
  orbitVersion: string,
): Promise<RecoveryResult> {
  const line = progressLine(context, options.json === true);
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '');
  const safetyFolder = options.safetyFolder ?? join(prepared.root.path, 'var/lib/orbit-recover', stamp);
  const report = (event: RecoveryEvent): void => {
    if (event.type === 'stage') {
      if (!options.json) line.say(`${event.stage}${event.isDone ? ': done before' : ''}`);
    } else if (event.type !== 'database') line.report(event);
  };
  const started = performance.now();
  try {
    return await recover({ ...prepared, safetyFolder, orbitVersion }, { signal: context.signal, report });
  } finally {
    line.end();
    if (!options.json) line.say(`${formatDuration(performance.now() - started)}`);
  }
}

// One database's or one table's dump as a file, for whoever wants to look before anything is replaced.
async function writeDump(
  context: CliContext,
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  facts: RecoveryFacts | undefined,
  { database: names = [], table: tableName, output = '' }: RecoverOptions,
): Promise<void> {
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw usageFailure(
      '--output writes one database',
      'Name one: --database NAME, and --table NAME for one table of it.',
    );
  const server = facts?.servers.find(({ databases }) => databases.some((database) => database.name === name));
  const found = server?.databases.find((database) => database.name === name);
  if (server === undefined || found === undefined) {
    const all = facts?.servers.flatMap(({ databases }) => databases.map((database) => database.name)).join(', ') ?? '';
    throw usageFailure(`there is no database '${name}' in this snapshot`, `There are: ${all || 'none'}.`);
  }
  const dump = dumpReader(indexed, snapshot, { signal: context.signal })(found.file);
  const file = createWriteStream(output, { flags: 'wx', mode: 0o600 });
  if (server.engine === 'mariadb') {
    const section = tableName === undefined ? { database: name } : { database: name, table: tableName };
    await pipeline(sqlSection(dump, section), file);
  } else if (tableName === undefined) await pipeline(dump, file);
  else await writeTable(dump, tableName, file);
  printLine(context, `${output}: ${name}${tableName === undefined ? '' : `, ${tableName}`}`);
}

async function writeTable(
  dump: AsyncIterable<Uint8Array>,
  tableName: string,
  file: NodeJS.WritableStream,
): Promise<void> {
  const here = new TargetRoot('/');
  const { exitCode, stderr } = await here.run('pg_restore', ['-f', '-', '-t', tableName], {
    input: dump,
    output: file,
  });
  if (exitCode !== 0)
    throw new Failure('recovery.database-not-restored', { message: stderr.trim(), hint: 'Is the table’s name right?' });
}

function timeFrom(text: string): Date {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw usageFailure(`'${text}' is no time`, 'Such as 2026-11-26T03:10:00Z.');
  return new Date(time);
}
