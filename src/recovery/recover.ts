// Carries a plan out: stage by stage, each noted in the target when it is done, so that an interrupted recovery goes on.
import { renameSync, rmSync } from 'node:fs';
import type { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { literalPattern } from '../engine/path-patterns.ts';
import type { RestoreEvent, RestoreResult } from '../engine/restore/events.ts';
import { restore } from '../engine/restore/restore.ts';
import { orbitFolder, type RecoveryFacts } from '../sources/trees/recovery-facts.ts';
import type { RecoveryPlan, ServerPlan, Wanted } from './plan.ts';
import type { TargetRoot } from './root.ts';
import { replaceDatabase } from './running/replace-database.ts';
import { keepSafe, type SafetyCopy } from './safety.ts';
import { dumpReader } from './source.ts';
import { fillMariadb } from './stages/fill-mariadb.ts';
import { type FilledDatabase, fillPostgresql, type ReadDump } from './stages/fill-postgresql.ts';
import { putCopy } from './stages/put-copies.ts';
import type { RecoveryState } from './state.ts';

/** What a recovery tells while it works. */
export type RecoveryEvent =
  | { type: 'stage'; stage: string; isDone: boolean }
  | { type: 'database'; server: string; name: string; tables: number; expected: number }
  | RestoreEvent;

/** What is carried out. */
export interface Recovery {
  indexed: IndexedRepository;
  snapshot: NamedSnapshot;
  facts: RecoveryFacts | undefined;
  wanted: Wanted;
  plan: RecoveryPlan;
  root: TargetRoot;
  state: RecoveryState;
  /** Folder for what was there before; used when something is overwritten. */
  safetyFolder: string;
  orbitVersion: string;
}

/** What came of it. */
export interface RecoveryResult {
  outcome: 'succeeded' | 'partial';
  files?: RestoreResult;
  databases: { server: string; name: string; tables: number; expected: number; before?: string }[];
  copies: number;
  safety?: SafetyCopy;
  /** Data folders that were set aside. */
  setAside: string[];
  isResumed: boolean;
  /** What did not come back; at most 20 lines. */
  problems: string[];
  /** From the first start to now, milliseconds: the time to recover that was reached. */
  rtoMs: number;
  rpoMs: number;
}

const problemsMax = 20;

/** Does it. @throws Failure `restore.*`, `recovery.*`; then the same call goes on where this one stopped. */
export async function recover(recovery: Recovery, options: Operation<RecoveryEvent> = {}): Promise<RecoveryResult> {
  const { plan, root, state, indexed, snapshot } = recovery;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const report = options.report ?? (() => {});
  const read: ReadDump = dumpReader(indexed, snapshot, signal);
  const result: RecoveryResult = {
    outcome: 'succeeded',
    databases: [],
    copies: 0,
    setAside: [],
    isResumed: state.isResumed,
    problems: [],
    rtoMs: 0,
    rpoMs: plan.rpoMs,
  };
  const stage = async (name: string, work: () => Promise<void>): Promise<void> => {
    options.signal?.throwIfAborted();
    report({ type: 'stage', stage: name, isDone: state.isDone(name) });
    if (state.isDone(name)) return;
    await work();
    state.finish(name);
  };
  const hasFiles = plan.files.files > 0;
  if (hasFiles) {
    await stage('safety', async () => {
      if (plan.files.overwritten.length === 0) return;
      const paths = plan.files.overwritten.map((path) => root.at(path));
      result.safety = await keepSafe(recovery.safetyFolder, paths, { ...recovery, ...signal });
    });
  }
  if (hasFiles) {
    await stage('files', async () => {
      result.files = await restore(indexed, snapshot, root.path, {
        ...filesOf(recovery.wanted, recovery.facts),
        overwrite: 'if-changed',
        verify: true,
        ...signal,
        report(event) {
          if (event.type === 'file-skipped') note(result, event.failure);
          report(event);
        },
      });
      if (result.files.outcome === 'partial') result.outcome = 'partial';
    });
  }
  if (plan.servers.length > 0) {
    const fill = async (): Promise<void> => {
      for (const server of plan.servers) await serverStage(recovery, server, read, result, stage, options);
    };
    await (plan.servers.every(({ from }) => from === 'running') ? fill() : root.withKernel(fill));
  }
  for (const copy of copiesOf(recovery)) {
    await stage(`copy ${copy.path}`, async () => {
      await putCopy(root, copy, read);
      result.copies += 1;
    });
  }
  state.remove();
  result.rtoMs = Date.now() - state.startedAt.getTime();
  return result;
}

async function serverStage(
  recovery: Recovery,
  { facts, from }: ServerPlan,
  read: ReadDump,
  result: RecoveryResult,
  stage: (name: string, work: () => Promise<void>) => Promise<void>,
  options: Operation<RecoveryEvent>,
): Promise<void> {
  const { root, state } = recovery;
  const filled = ({ name, tables }: FilledDatabase, before?: string): void => {
    const expected = facts.databases.find((database) => database.name === name)?.tables ?? tables;
    const counted = { server: facts.profile, name, tables, expected };
    result.databases.push({ ...counted, ...(before === undefined ? {} : { before }) });
    options.report?.({ type: 'database', ...counted });
    if (tables >= expected) return;
    result.outcome = 'partial';
    result.problems.push(`${name}: ${tables} of ${expected} tables came back`);
  };
  if (from === 'running') {
    for (const { name, file, tables } of facts.databases) {
      await stage(`database ${facts.profile}/${name}`, async () => {
        const form = facts.engine === 'postgresql' ? 'archive' : 'server';
        const how = { safetyFolder: recovery.safetyFolder, now: new Date() };
        const { before } = await replaceDatabase(root, facts, name, { form, read: () => read(file) }, how);
        filled({ name, tables }, before);
      });
    }
    return;
  }
  await stage(`server ${facts.profile}`, async () => {
    const data = root.at(facts.dataFolder);
    if (state.hasMade(facts.dataFolder)) rmSync(data, { recursive: true, force: true });
    else if (root.has(facts.dataFolder)) {
      // Never removed: whoever recovers in place can go back.
      const aside = `${data}.before-recover-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}`;
      renameSync(data, aside);
      result.setAside.push(aside);
    }
    state.make(facts.dataFolder);
    const fill = facts.engine === 'postgresql' ? fillPostgresql : fillMariadb;
    await fill(root, facts, read, { ...(options.signal === undefined ? {} : { signal: options.signal }), filled });
  });
}

/** Which files of the snapshot are restored. What Orbit added to it is no file of the machine. */
export function filesOf({ only }: Wanted, facts: RecoveryFacts | undefined): { include?: string[]; exclude: string[] } {
  return {
    ...(only === undefined ? {} : { include: only.map(literalPattern) }),
    exclude: facts === undefined ? [] : [orbitFolder],
  };
}

/** Which copies are put back. */
export function copiesOf({ wanted, facts }: Pick<Recovery, 'wanted' | 'facts'>): RecoveryFacts['copies'] {
  const { only, databases } = wanted;
  const all = facts?.copies ?? [];
  if (only !== undefined)
    return all.filter(({ path }) =>
      only.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/$/, '')}/`)),
    );
  return databases === undefined ? all : [];
}

function note(result: RecoveryResult, failure: Failure): void {
  if (result.problems.length < problemsMax) result.problems.push(failure.message);
}
