// Gathers what a plan is made from: the snapshot, the target, what runs here.
import { statSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import type { Operation } from '../base/operation.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { orbitFolder, type RecoveryFacts } from '../sources/trees/recovery-facts.ts';
import { systemName } from '../sources/trees/system-source.ts';
import { managedDifference } from './packages/package-managers.ts';
import { planRecovery, type RecoveryPlan, serverBytes, type Wanted } from './plan.ts';
import { copiesOf, filesOf, type PackagesToInstall } from './recover.ts';
import type { TargetRoot } from './root.ts';
import { planServers } from './servers.ts';
import { runningServices } from './services.ts';
import { dumpReader } from './source.ts';
import type { RecoveryState } from './state.ts';
import { addNeed, emptySurvey, surveyFiles } from './survey.ts';

/** A snapshot that is open. */
export interface OpenSnapshot {
  indexed: IndexedRepository;
  snapshot: NamedSnapshot;
  facts: RecoveryFacts | undefined;
}

/** What is wanted, and where. */
export interface PlanWanted {
  root: TargetRoot;
  wanted: Wanted;
  state: RecoveryState;
  failedAt: Date;
  safetyFolder: string;
  /** Missing packages are installed first. */
  installPackages: boolean;
}

/** A plan, and what its packages are installed with. */
export interface MadePlan {
  plan: RecoveryPlan;
  /** Paths of the target that will be overwritten, byte by byte as they are. */
  overwritten: Buffer[];
  packages?: PackagesToInstall;
}

/** Makes the plan; nothing is changed. */
export async function makePlan(
  open: OpenSnapshot,
  { root, wanted, state, failedAt, safetyFolder, installPackages }: PlanWanted,
  options: Operation = {},
): Promise<MadePlan> {
  const { indexed, snapshot, facts } = open;
  const hasFiles = wanted.only !== undefined || wanted.databases === undefined;
  const { include = [], exclude } = filesOf(wanted, facts);
  const survey = hasFiles ? await surveyFiles(indexed, snapshot, root, { include, exclude }, options) : emptySurvey();
  const copies = copiesOf({ wanted, facts }).map(({ path }) => path);
  for (const path of copies) {
    const existing = statSync(root.real(path), { throwIfNoEntry: false });
    if (existing === undefined) continue;
    survey.overwritten.push(Buffer.from(root.inside(path)));
    survey.overwrittenBytes += existing.size;
  }
  const servers = await planServers(indexed, snapshot, facts, wanted, root, state);
  // Tables need room as well, where their data folder is; what is overwritten is kept.
  for (const server of servers) addNeed(survey, root.real(server.facts.dataFolder), serverBytes(server));
  addNeed(survey, safetyFolder, survey.overwrittenBytes);
  const isWhole = facts?.folders.includes('/') === true && wanted.only === undefined && wanted.databases === undefined;
  const list = (name: string): Promise<string> => hostText(open, name);
  const found = isWhole || !hasFiles ? undefined : await managedDifference(root, list);
  const manager = found?.manager;
  const program = manager?.canInstall(root) === true ? manager.program : undefined;
  // Those of an earlier try that were installed since are not missing any more, but may not be marked yet as they were.
  const begun = state.isDone('packages') ? [] : state.installing;
  const install = installPackages && program !== undefined ? [...new Set([...begun, ...(found?.missing ?? [])])] : [];
  const system = root.has('/etc/os-release') ? systemName(root.isHere ? '' : root.path) : undefined;
  const plan = planRecovery({
    snapshot,
    facts,
    wanted,
    target: { path: root.path, isHere: root.isHere, architecture: arch(), ...(system === undefined ? {} : { system }) },
    survey,
    servers,
    packages:
      found === undefined
        ? undefined
        : { missing: found.missing, differing: found.differing, ...(program === undefined ? {} : { program }) },
    install,
    services: root.isHere ? await runningServices(facts?.services ?? []) : { hasSystemd: false, running: [] },
    copies,
    failedAt,
  });
  const { overwritten } = survey;
  if (manager === undefined || install.length === 0) return { plan, overwritten };
  const byHand = manager.byHand === undefined ? '' : await list(manager.byHand);
  return { plan, overwritten, packages: { manager, byHand: byHand.split('\n').filter((name) => name !== '') } };
}

// What the host profile kept; empty when there is none.
async function hostText({ indexed, snapshot, facts }: OpenSnapshot, name: string): Promise<string> {
  const host = facts?.profiles.find(({ kind }) => kind === 'host');
  if (host === undefined) return '';
  const pieces: Uint8Array[] = [];
  for await (const piece of dumpReader(indexed, snapshot)(join(orbitFolder, host.name, name))) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
