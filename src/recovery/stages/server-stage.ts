// One database server of a recovery: made anew in the target, or single databases replaced in one that runs.
import { renameSync, rmSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import type { ServerPlan } from '../plan.ts';
import type { UnderWay } from '../recover.ts';
import { type ReplacedDatabase, replaceDatabase } from '../running/replace-database.ts';
import { fallsSilent, unitOf } from '../services.ts';
import { fillMariadb } from './fill-mariadb.ts';
import { type FilledDatabase, fillPostgresql } from './fill-postgresql.ts';

const silenceMsMax = 120_000;

/** Brings it back. @throws Failure `recovery.*` */
export async function serverStage(way: UnderWay, plan: ServerPlan): Promise<void> {
  if (plan.from === 'running') await replaceEach(way, plan);
  else await way.stage(`server ${plan.facts.profile}`, () => makeAnew(way, plan));
}

async function replaceEach(way: UnderWay, { facts }: ServerPlan): Promise<void> {
  const { root, safetyFolder, state } = way.recovery;
  for (const { name, file } of facts.databases) {
    await way.stage(`database ${facts.profile}/${name}`, async () => {
      const form = facts.engine === 'postgresql' ? 'archive' : 'server';
      const how = { safetyFolder, startedAt: state.startedAt, isResumed: state.isResumed };
      const { tables, ...gone } = await replaceDatabase(root, facts, name, { form, read: () => way.read(file) }, how);
      tell(way, facts, { name, tables }, gone);
    });
  }
}

async function makeAnew(way: UnderWay, { facts }: ServerPlan): Promise<void> {
  const { root, state } = way.recovery;
  if (root.isHere && !(await fallsSilent(facts, state.stopped.includes(unitOf(facts)) ? silenceMsMax : 0))) {
    throw new Failure('recovery.server-runs', {
      message: `a server still answers at ${facts.socket}: its data folder ${facts.dataFolder} cannot be replaced`,
      hint: `Stop it (systemctl stop ${unitOf(facts)}, or as it was started), then run the same command again.`,
    });
  }
  const data = root.real(facts.dataFolder);
  if (state.hasMade(facts.dataFolder)) rmSync(data, { recursive: true, force: true });
  else if (root.has(facts.dataFolder)) {
    // Never removed: whoever recovers in place can go back.
    const aside = `${data}.before-recover-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}`;
    state.setAside(aside);
    renameSync(data, aside);
  }
  state.make(facts.dataFolder);
  // Those of an earlier try are filled again.
  state.told.databases = state.told.databases.filter(({ server }) => server !== facts.profile);
  const fill = facts.engine === 'postgresql' ? fillPostgresql : fillMariadb;
  await fill(root, facts, way.read, { ...way.signal, filled: (database) => tell(way, facts, database) });
}

function tell(
  way: UnderWay,
  facts: ServerPlan['facts'],
  { name, tables }: FilledDatabase,
  gone: Omit<ReplacedDatabase, 'tables'> = {},
): void {
  const expected = facts.databases.find((database) => database.name === name)?.tables ?? tables;
  const counted = { server: facts.profile, name, tables, expected };
  way.recovery.state.told.databases.push({ ...counted, ...gone });
  way.report({ type: 'database', ...counted });
  if (tables < expected) way.problem(`${name}: ${tables} of ${expected} tables came back`);
}
