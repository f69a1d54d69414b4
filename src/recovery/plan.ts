// The plan of a recovery: everything that is known before the first byte is written, and what speaks against it.
import { hostname } from 'node:os';
import { formatBytes } from '../base/quantities.ts';
import type { RecoveryFacts, ServerFacts } from '../sources/trees/recovery-facts.ts';
import type { PackageDifference } from './packages.ts';
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
}

/** A plan. `problems` that are fatal forbid it. */
export interface RecoveryPlan {
  snapshot: { id: string; time: string; host: string };
  target: string;
  /** Data lost at least: from the snapshot to the failure, milliseconds. */
  rpoMs: number;
  system: { was?: string; is?: string };
  files: Pick<Survey, 'files' | 'bytes' | 'unchanged' | 'overwritten'>;
  space: Survey['space'];
  time: { bytesPerSecond?: number; sampleBytes: number; estimatedMs?: number };
  packages?: PackageDifference;
  /** In the order in which they are filled. */
  servers: ServerPlan[];
  copies: string[];
  /** Units that run here now and must rest meanwhile. */
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
  packages?: PackageDifference | undefined;
  running: readonly string[];
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
    rpoMs: Math.max(0, input.failedAt.getTime() - Date.parse(snapshot.time)),
    system: {
      ...(facts === undefined ? {} : { was: facts.system.name }),
      ...(target.system === undefined ? {} : { is: target.system }),
    },
    files: survey,
    space: survey.space,
    time: {
      sampleBytes: survey.sampleBytes,
      ...(rate === undefined ? {} : { bytesPerSecond: rate, estimatedMs: Math.ceil((bytes / rate) * 1000) }),
    },
    ...(packages === undefined ? {} : { packages }),
    servers,
    copies: [...input.copies],
    stop: target.isHere && servers.length > 0 ? [...input.running] : [],
    problems: [],
  };
  plan.problems.push(...problemsOf(input, plan));
  return plan;
}

/** What a server's tables need besides its dump's size. */
export function serverBytes(server: Pick<ServerPlan, 'dumpBytes'>): number {
  return server.dumpBytes * growth;
}

function problemsOf({ facts, target, wanted }: PlanInput, plan: RecoveryPlan): RecoveryPlan['problems'] {
  const fatal = (text: string) => ({ isFatal: true, text });
  const warning = (text: string) => ({ isFatal: false, text });
  const problems: RecoveryPlan['problems'] = [];
  for (const { place, neededBytes, freeBytes } of plan.space) {
    if (neededBytes > freeBytes)
      problems.push(fatal(`${place} needs ${formatBytes(neededBytes)} and has ${formatBytes(freeBytes)} free`));
  }
  for (const { facts: server, version, from, isInTheWay } of plan.servers) {
    const title = `${server.engine} ${server.version} (${server.profile})`;
    if (from === 'nowhere')
      problems.push(fatal(`${title}: its programs are neither in the backup nor in the target: install them first`));
    else if (version !== undefined && isOlder(server.engine, version, server.version))
      problems.push(
        fatal(`${title}: the programs are older (${version}); a dump never goes back into an older server`),
      );
    else if (version !== undefined && isOlder(server.engine, server.version, version))
      problems.push(warning(`${title}: the programs are of version ${version}`));
    if (isInTheWay) problems.push(warning(`${server.dataFolder} exists: it is set aside under another name`));
  }
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
  if (target.isHere && plan.snapshot.host !== hostname())
    problems.push(warning(`the snapshot is of ${plan.snapshot.host}, this machine is ${hostname()}`));
  return problems;
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
