// Carries a plan out: stage by stage, each noted in the target when it is done, so that an interrupted recovery goes on.
import { existsSync } from 'node:fs';
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { literalPattern } from '../engine/path-patterns.ts';
import type { RestoreEvent, RestoreResult } from '../engine/restore/events.ts';
import { restore } from '../engine/restore/restore.ts';
import { type RecoveryFacts, staysOut } from '../sources/trees/recovery-facts.ts';
import type { PackageManager } from './packages/package-manager.ts';
import { clearLeftovers, markedRoot } from './leftovers.ts';
import { type RecoveryPlan, type ServerPlan, serverProblems, type Wanted } from './plan.ts';
import type { TargetRoot } from './root.ts';
import { keepSafe } from './safety.ts';
import { planServers } from './servers.ts';
import { startServices, stopServices } from './services.ts';
import { dumpReader } from './source.ts';
import type { ReadDump } from './stages/fill-postgresql.ts';
import { journalEnds, putCopy } from './stages/put-copies.ts';
import { serverStage } from './stages/server-stage.ts';
import type { RecoveryState, SafetyCopy } from './state.ts';

/** What a recovery tells while it works. */
export type RecoveryEvent =
  | { type: 'stage'; stage: string; isDone: boolean }
  | { type: 'database'; server: string; name: string; tables: number; expected: number }
  | RestoreEvent;

/** Who installs packages, and which of them a person had asked for. */
export interface PackagesToInstall {
  manager: PackageManager;
  byHand: readonly string[];
}

/** What is carried out. */
export interface Recovery {
  indexed: IndexedRepository;
  snapshot: NamedSnapshot;
  facts: RecoveryFacts | undefined;
  wanted: Wanted;
  plan: RecoveryPlan;
  /** Paths of the target that are overwritten: kept before. */
  overwritten: readonly Buffer[];
  /** With what the plan's packages are installed. */
  packages?: PackagesToInstall | undefined;
  root: TargetRoot;
  state: RecoveryState;
  /** Folder for what was there before; used when something is overwritten. */
  safetyFolder: string;
  orbitVersion: string;
}

/** What came of it. */
export interface RecoveryResult {
  outcome: 'succeeded' | 'partial';
  /** Packages that were missing and are installed now. */
  installed: number;
  files?: RestoreResult;
  databases: RecoveryState['told']['databases'];
  copies: number;
  safety?: SafetyCopy;
  /** Data folders that were set aside. */
  setAside: string[];
  /** Units that were stopped and run again. */
  restarted: string[];
  isResumed: boolean;
  /** What did not come back; at most 20 lines. */
  problems: string[];
  /** From the first start to now, milliseconds: the time to recover that was reached. */
  rtoMs: number;
  rpoMs: number;
}

/** One recovery under way, as its stages see it. */
export interface UnderWay {
  recovery: Recovery;
  result: RecoveryResult;
  read: ReadDump;
  signal: { signal?: AbortSignal };
  report(event: RecoveryEvent): void;
  /** Does the work and notes that it is done, or passes over what was done before. */
  stage(name: string, work: () => Promise<void>): Promise<void>;
  /** Something did not come back as it was. */
  problem(text: string): void;
}

const problemsMax = 20;

/** Does it. @throws Failure `restore.*`, `recovery.*`; then the same call goes on where this one stopped. */
export async function recover(wanted: Recovery, options: Operation<RecoveryEvent> = {}): Promise<RecoveryResult> {
  const { plan, state } = wanted;
  const root = markedRoot(wanted.root, state);
  const recovery = { ...wanted, root };
  const way = underWay(recovery, options);
  const { result } = way;
  if (state.isResumed) await clearLeftovers(root, state, way.signal);
  const servers = await packagesStage(way);
  // Services are stopped and started at each try: somebody may have started them since, and what was stopped again must start again.
  const eachTime = async (stage: string, work: () => Promise<void>): Promise<void> => {
    options.signal?.throwIfAborted();
    way.report({ type: 'stage', stage, isDone: false });
    await work();
  };
  if (plan.stop.length > 0) {
    await eachTime('stop services', async () => {
      state.stop(plan.stop);
      await stopServices(plan.stop);
    });
  }
  // Done once also where there is nothing to keep: what a resumed recovery overwrites, it wrote itself.
  await way.stage('safety', () => safetyStage(way));
  if (plan.files.files > 0) await way.stage('files', () => filesStage(way));
  if (servers.length > 0) {
    const fill = async (): Promise<void> => {
      for (const server of servers) await serverStage(way, server);
    };
    const isRunning = servers.every(({ from }) => from === 'running');
    await (isRunning ? fill() : root.withKernel(fill, (point) => state.mount(point)));
  }
  for (const copy of copiesOf(recovery)) {
    await way.stage(`copy ${copy.path}`, async () => {
      await putCopy(root, copy, way.read);
      state.told.copies += 1;
    });
  }
  if (state.stopped.length > 0) {
    await eachTime('start services', async () => {
      const problems = await startServices(state.stopped);
      for (const problem of problems) way.problem(problem);
      if (problems.length === 0) result.restarted = [...state.stopped];
    });
  }
  const { packages, safety, setAside, databases, copies } = state.told;
  const { installed } = packages;
  Object.assign(result, { installed, setAside, databases, copies, ...(safety === undefined ? {} : { safety }) });
  state.remove();
  result.rtoMs = Date.now() - state.startedAt.getTime();
  return result;
}

function underWay(recovery: Recovery, options: Operation<RecoveryEvent>): UnderWay {
  const { plan, state, indexed, snapshot } = recovery;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const report = options.report ?? (() => {});
  const result: RecoveryResult = {
    outcome: 'succeeded',
    installed: 0,
    databases: [],
    copies: 0,
    setAside: [],
    restarted: [],
    isResumed: state.isResumed,
    problems: [],
    rtoMs: 0,
    rpoMs: plan.rpoMs,
  };
  return {
    recovery,
    result,
    read: dumpReader(indexed, snapshot, signal),
    signal,
    report,
    async stage(name, work) {
      options.signal?.throwIfAborted();
      report({ type: 'stage', stage: name, isDone: state.isDone(name) });
      if (state.isDone(name)) return;
      await work();
      state.finish(name);
    },
    problem(text) {
      result.outcome = 'partial';
      if (result.problems.length < problemsMax) result.problems.push(text);
    },
  };
}

// Gives the servers as they can be filled now: programs may have come with the packages.
async function packagesStage({ recovery, signal, stage, problem }: UnderWay): Promise<ServerPlan[]> {
  const { plan, root, indexed, snapshot, facts, wanted, state } = recovery;
  const { packages } = recovery;
  if (plan.install.length === 0 || packages === undefined) return plan.servers;
  await stage('packages', async () => {
    const { manager, byHand } = packages;
    const install = () => manager.install(root, { missing: plan.install, byHand }, signal);
    state.install(plan.install);
    const absent = await root.withKernel(install, (point) => state.mount(point));
    state.told.packages = { installed: plan.install.length - absent.length, absent };
  });
  const { absent } = state.told.packages;
  if (absent.length > 0) problem(`packages that no source here has: ${absent.slice(0, 50).join(', ')}`);
  const servers = await planServers(indexed, snapshot, facts, wanted, root, state);
  const now = { install: [], stop: plan.stop };
  const fatal = servers.flatMap((server) => serverProblems(server, now)).filter(({ isFatal }) => isFatal);
  if (fatal.length === 0) return servers;
  throw new Failure('recovery.not-possible', {
    message: fatal.map(({ text }) => text).join('; '),
    hint: 'Packages were installed, nothing else was changed. Install what is missing by hand, then run the same command again.',
  });
}

async function safetyStage({ recovery, signal }: UnderWay): Promise<void> {
  const { overwritten, root, state, safetyFolder, orbitVersion } = recovery;
  if (overwritten.length === 0) return;
  const target = Buffer.from(root.isHere ? '' : root.path);
  const paths = overwritten.map((path) => Buffer.concat([target, path]));
  // What SQLite keeps beside a database belongs to it.
  const journals = paths
    .flatMap((path) => journalEnds.map((end) => Buffer.concat([path, Buffer.from(end)])))
    .filter((path) => existsSync(path));
  const isAgain = state.hasMade(safetyFolder);
  state.make(safetyFolder);
  const how = { orbitVersion, ...signal, isAgain };
  state.told.safety = await keepSafe(safetyFolder, onceEach([...paths, ...journals]), how);
}

function onceEach(paths: readonly Buffer[]): Buffer[] {
  return [...new Map(paths.map((path) => [path.toString('latin1'), path])).values()];
}

async function filesStage({ recovery, result, signal, report, problem }: UnderWay): Promise<void> {
  const { root, indexed, snapshot, state } = recovery;
  result.files = await restore(indexed, snapshot, root.path, {
    ...filesOf(recovery.wanted, recovery.facts),
    overwrite: 'if-changed',
    verify: true,
    clearsLeft: state.isResumed,
    ...signal,
    report(event) {
      if (event.type === 'file-skipped') problem(event.failure.message);
      report(event);
    },
  });
  if (result.files.outcome === 'partial') result.outcome = 'partial';
}

/** Which files of the snapshot are restored. */
export function filesOf({ only }: Wanted, facts: RecoveryFacts | undefined): { include?: string[]; exclude: string[] } {
  return {
    ...(only === undefined ? {} : { include: only.map(literalPattern) }),
    exclude:
      facts === undefined ? [] : staysOut(facts).filter((path) => only?.some((each) => isIn(each, path)) !== true),
  };
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`);
}

/** Which copies are put back. */
export function copiesOf({ wanted, facts }: Pick<Recovery, 'wanted' | 'facts'>): RecoveryFacts['copies'] {
  const { only, databases } = wanted;
  const all = facts?.copies ?? [];
  if (only !== undefined) return all.filter(({ path }) => only.some((folder) => isIn(path, folder)));
  return databases === undefined ? all : [];
}
