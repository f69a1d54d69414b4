// The plan of a recovery: everything that is known before the first byte is written, and what speaks against it.
import { hostname } from 'node:os';
import { formatBytes } from '../base/quantities.ts';
import { quote } from '../engine/format/go-text.ts';
import type { RecoveryFacts, ServerFacts } from '../sources/trees/recovery-facts.ts';
import type { PackageDifference } from './packages/package-list.ts';
import { type RunningServices, unitOf } from './services.ts';
import type { Survey } from './survey.ts';

/** What is asked for. Without `only` and `databases`: everything. */
export interface Wanted {
  /** Paths of the old machine. */
  only?: readonly string[];
  databases?: readonly string[];
}

/** A server and how it comes back. */
export interface ServerPlan {
  facts: ServerFacts;
  /** Version of the programs that will read the dumps; undefined when there are none. */
  version?: string;
  /** Where those programs come from. */
  from: 'backup' | 'target' | 'running' | 'nowhere';
  dumpBytes: number;
  /** The data folder exists and was not made by this recovery. */
  isInTheWay: boolean;
  /** A server answers here whose data would be replaced. */
  isListening?: boolean;
}

/** How the target's packages differ, and which program of it could install those that are missing. */
export type PackagesPlan = PackageDifference & { program?: 'apt-get' | 'dnf' };

/** A plan. `problems` that are fatal forbid it. */
export interface RecoveryPlan {
  snapshot: { id: string; time: string; host: string };
  target: string;
  /** Everything of a whole machine is brought back. */
  isWhole: boolean;
  /** Data lost at least: from the snapshot to the failure, milliseconds. */
  rpoMs: number;
  system: { was?: string; is?: string };
  files: Pick<Survey, 'files' | 'bytes' | 'unchanged'> & { overwritten: string[] };
  space: Survey['space'];
  time: { bytesPerSecond?: number; sampleBytes: number; estimatedMs?: number };
  packages?: PackagesPlan;
  /** In the order in which they are filled. */
  servers: ServerPlan[];
  copies: string[];
  /** Missing packages that are installed first. */
  install: string[];
  /** Units that run here now: they are stopped before anything is overwritten, and started at the end. */
  stop: string[];
  problems: { isFatal: boolean; text: string }[];
}

/** What the plan is made from. */
export interface PlanInput {
  snapshot: { id: string; time: string; hostname?: string | undefined };
  facts?: RecoveryFacts | undefined;
  wanted: Wanted;
  target: { path: string; isHere: boolean; system?: string; architecture: string };
  survey: Survey;
  servers: ServerPlan[];
  packages?: PackagesPlan | undefined;
  /** Installed first, of the missing packages; empty when nobody asked for that. */
  install?: readonly string[];
  services: RunningServices;
  copies: readonly string[];
  failedAt: Date;
}

// Dumps grow when they become tables and indexes.
const growth = 2;

/** Decides. Pure. */
export function planRecovery(input: PlanInput): RecoveryPlan {
  const { snapshot, facts, target, survey, servers, packages } = input;
  const bytes = survey.bytes + servers.reduce((sum, server) => sum + server.dumpBytes, 0);
  const rate = survey.bytesPerSecond;
  const plan: RecoveryPlan = {
    snapshot: { id: snapshot.id, time: snapshot.time, host: snapshot.hostname ?? '' },
    target: target.path,
    isWhole:
      facts?.folders.includes('/') === true && input.wanted.only === undefined && input.wanted.databases === undefined,
    rpoMs: Math.max(0, input.failedAt.getTime() - Date.parse(snapshot.time)),
    system: {
      ...(facts === undefined ? {} : { was: facts.system.name }),
      ...(target.system === undefined ? {} : { is: target.system }),
    },
    files: { ...survey, overwritten: survey.overwritten.map(quote) },
    space: survey.space,
    time: {
      sampleBytes: survey.sampleBytes,
      ...(rate === undefined ? {} : { bytesPerSecond: rate, estimatedMs: Math.ceil((bytes / rate) * 1000) }),
    },
    ...(packages === undefined ? {} : { packages }),
    servers,
    copies: [...input.copies],
    install: [...(input.install ?? [])],
    stop: isDisturbing(input) ? [...input.services.running] : [],
    problems: [],
  };
  plan.problems.push(...problemsOf(input, plan));
  return plan;
}

// A folder or a database that goes into a running server leaves the others alone.
function isDisturbing({ target, servers, copies, wanted }: PlanInput): boolean {
  if (!target.isHere) return false;
  const isWhole = wanted.only === undefined && wanted.databases === undefined;
  return isWhole || copies.length > 0 || servers.some(({ from }) => from !== 'running');
}

/** What a server's tables need besides its dump's size. */
export function serverBytes(server: Pick<ServerPlan, 'dumpBytes'>): number {
  return server.dumpBytes * growth;
}

function problemsOf(input: PlanInput, plan: RecoveryPlan): RecoveryPlan['problems'] {
  const { facts, target, wanted } = input;
  const problems: RecoveryPlan['problems'] = [];
  const { hasSystemd } = input.services;
  if (isDisturbing(input) && !hasSystemd && (facts?.services.length ?? 0) > 0) {
    const names = facts?.services.join(', ');
    problems.push(
      warning(`no systemd runs here: stop these yourself before you say yes, and start them afterwards: ${names}`),
    );
  }
  for (const { place, neededBytes, freeBytes } of plan.space) {
    if (neededBytes > freeBytes)
      problems.push(fatal(`${place} needs ${formatBytes(neededBytes)} and has ${formatBytes(freeBytes)} free`));
  }
  problems.push(...plan.servers.flatMap((server) => serverProblems(server, plan)));
  for (const name of wanted.databases ?? []) {
    if (!plan.servers.some(({ facts: server }) => server.databases.some((database) => database.name === name)))
      problems.push(fatal(`there is no database '${name}' in this snapshot`));
  }
  if (facts === undefined)
    problems.push(warning('this snapshot says nothing of itself: only its files can be brought back'));
  if (facts !== undefined && facts.system.architecture !== target.architecture)
    problems.push(
      warning(
        `the old machine was ${facts.system.architecture}, this one is ${target.architecture}: its programs will not run here`,
      ),
    );
  for (const note of facts?.notes ?? []) problems.push(warning(`the backup said of itself: ${note}`));
  if (target.isHere && plan.snapshot.host !== hostname())
    problems.push(warning(`the snapshot is of ${plan.snapshot.host}, this machine is ${hostname()}`));
  return problems;
}

/** What speaks against filling that server. */
export function serverProblems(
  { facts: server, version, from, isInTheWay, isListening }: ServerPlan,
  { install, stop }: Pick<RecoveryPlan, 'install' | 'stop'>,
): RecoveryPlan['problems'] {
  const problems: RecoveryPlan['problems'] = [];
  const title = `${server.engine} ${server.version} (${server.profile})`;
  if (from === 'nowhere')
    problems.push(
      install.length > 0
        ? warning(`${title}: its programs are expected of the packages that are installed first`)
        : fatal(`${title}: its programs are neither in the backup nor in the target: install them first`),
    );
  else if (version !== undefined && isOlder(server.engine, version, server.version))
    problems.push(fatal(`${title}: the programs are older (${version}); a dump never goes back into an older server`));
  else if (version !== undefined && isOlder(server.engine, server.version, version))
    problems.push(warning(`${title}: the programs are of version ${version}`));
  if (isInTheWay) problems.push(warning(`${server.dataFolder} exists: it is set aside under another name`));
  if (isListening === true && !stop.includes(unitOf(server)))
    problems.push(
      fatal(`${title}: a server answers at ${server.socket}, and no unit that can be stopped runs it: stop it first`),
    );
  return problems;
}

function fatal(text: string): RecoveryPlan['problems'][number] {
  return { isFatal: true, text };
}

function warning(text: string): RecoveryPlan['problems'][number] {
  return { isFatal: false, text };
}

/** The numbers within which dumps go back: PostgreSQL's first one, MariaDB's first two. */
function majorOf(engine: ServerFacts['engine'], version: string): number[] {
  return version
    .split('.')
    .slice(0, engine === 'postgresql' ? 1 : 2)
    .map(Number);
}

/** True when a server of `version` is older than one of `than`, by the numbers that matter. */
export function isOlder(engine: ServerFacts['engine'], version: string, than: string): boolean {
  const [ours, theirs] = [majorOf(engine, version), majorOf(engine, than)];
  const at = theirs.findIndex((number, index) => number !== ours[index]);
  return at !== -1 && (ours[at] ?? 0) < (theirs[at] ?? 0);
}
