// The drill of database dumps: each is restored into an empty scratch server of its own on this machine, and its tables are
// counted. The servers listen on a socket that nobody else reaches, and are gone afterwards.
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';
import { type Note, note } from '../base/note.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { serverBytes, type ServerPlan } from '../recovery/plan.ts';
import { TargetRoot } from '../recovery/root.ts';
import { planServers } from '../recovery/servers.ts';
import { dumpReader, factsOf } from '../recovery/source.ts';
import { fillMariadb } from '../recovery/stages/fill-mariadb.ts';
import { fillPostgresql } from '../recovery/stages/fill-postgresql.ts';
import type { DrillLog, StepNotes } from './drill-log.ts';

// A drill may use so much of what is free, never more.
const shareOfFree = 0.5;

/** Holds the step where the snapshot has dumps. @throws Failure `drill.tables-missing`, `recovery.database-not-restored` */
export async function drillDatabases(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  log: DrillLog,
  signal?: AbortSignal,
): Promise<void> {
  const operation = signal === undefined ? {} : { signal };
  const facts = await factsOf(indexed, snapshot, operation);
  if (facts === undefined || facts.servers.length === 0) return;
  await log.step('databases', async (noted) => {
    noted.facts['servers'] = facts.servers.length;
    const root = new TargetRoot('/');
    const plans = await planServers(indexed, snapshot, facts, { isScratch: true }, root);
    const read = dumpReader(indexed, snapshot, operation);
    for (const plan of plans) {
      const why = await obstacle(plan, root);
      if (why !== undefined) noted.notes.push(why);
      else await fillScratch(plan, root, read, noted, signal);
    }
  });
}

async function obstacle(plan: ServerPlan, root: TargetRoot): Promise<Note | undefined> {
  const { profile, account } = plan.facts;
  if (plan.from === 'nowhere') return note('drill.no-server', { profile });
  if (process.getuid?.() !== 0) return note('drill.not-root', { profile });
  try {
    root.account(account);
  } catch {
    return note('drill.no-account', { profile, account });
  }
  const { bavail, bsize } = await statfs(tmpdir());
  const isTooLarge = serverBytes(plan) > bavail * bsize * shareOfFree;
  return isTooLarge ? note('drill.no-room', { profile, folder: tmpdir() }) : undefined;
}

async function fillScratch(
  { facts }: ServerPlan,
  root: TargetRoot,
  read: (path: string) => AsyncIterable<Uint8Array>,
  { facts: noted, notes }: StepNotes,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orbit-drill-'));
  // The server's account passes through to the two folders that are its own.
  chmodSync(folder, 0o711);
  const scratch = { ...facts, dataFolder: join(folder, 'data') };
  const counted = { databases: 0, tables: 0 };
  try {
    const fill = facts.engine === 'postgresql' ? fillPostgresql : fillMariadb;
    await fill(root, scratch, read, {
      work: join(folder, 'work'),
      ...(signal === undefined ? {} : { signal }),
      filled({ name, tables }) {
        const expected = facts.databases.find((database) => database.name === name)?.tables ?? 0;
        if (tables < expected) throw tablesMissing(name, tables, expected);
        counted.databases += 1;
        counted.tables += tables;
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
  noted['databases'] = Number(noted['databases'] ?? 0) + counted.databases;
  noted['tables'] = Number(noted['tables'] ?? 0) + counted.tables;
  const { profile, engine, version } = facts;
  notes.push(note('drill.server-filled', { profile, engine, version, ...counted }));
}

function tablesMissing(name: string, tables: number, expected: number): Failure {
  return new Failure('drill.tables-missing', {
    message: `the dump of '${name}' gave ${tables} tables of ${expected}`,
    hint: 'Make a new backup and hold the drill again; see whether somebody changed the database while it was dumped.',
  });
}
