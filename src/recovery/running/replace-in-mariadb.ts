// MariaDB cannot rename a database: what is there is dumped into a file first, and put back from it when need be.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { commandOutput } from '../../engine/backup/command-stream.ts';
import { runningAs } from '../../sources/trees/account.ts';
import { dumpName } from '../../sources/trees/dump-name.ts';
import type { TargetRoot } from '../root.ts';
import { sqlSection } from '../sql-section.ts';
import { notRestored } from '../stages/fill-postgresql.ts';
import type { Dump, ReplacedDatabase, ReplaceOptions } from './replace-database.ts';
import { stampOf } from './replace-stamp.ts';
import { mariadbClient, type RunningServer, toMariadb } from './running-server.ts';

/** Replaces it; @throws Failure `recovery.database-not-restored`, then it is as it was. */
export async function replaceInMariadb(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  { safetyFolder, startedAt, isResumed }: ReplaceOptions,
): Promise<ReplacedDatabase> {
  const file = (ending: string): string => join(safetyFolder, `${dumpName(name)}-${ending}.sql`);
  const kept = file(stampOf(startedAt));
  // While the database is being replaced, its dump is called so. Other servers may have one of the same name.
  const replacing = file(`replacing-${createHash('sha256').update(server.socket).digest('hex').slice(0, 8)}`);
  const isCutOff = existsSync(replacing);
  if (isResumed && !isCutOff && existsSync(kept)) return { before: kept };

  const exists = await isThere(root, server, name);
  const since = isCutOff && exists ? file(`since-${stampOf(new Date())}`) : undefined;
  if (exists) await dumpTo(since ?? replacing, root, server, name);
  const hasOld = exists || isCutOff;
  const why = await fill(root, server, name, dump);
  if (why !== undefined) {
    if (hasOld) await putBack(root, server, name, replacing);
    if (hasOld) renameSync(replacing, kept);
    const found = since === undefined ? '' : `, before it was first replaced; what was there since lies in ${since}`;
    throw notRestored(name, `${why}${hasOld ? `; it is as it was, from ${kept}${found}` : ''}`);
  }
  if (!hasOld) return {};
  renameSync(replacing, kept);
  return { before: kept, ...(since === undefined ? {} : { since }) };
}

async function isThere(root: TargetRoot, server: RunningServer, name: string): Promise<boolean> {
  const sql = `SELECT 1 FROM information_schema.schemata WHERE schema_name = ${literal(name)};\n`;
  const { exitCode, stdout, stderr } = await mariadbClient(root, server, sql);
  if (exitCode !== 0) throw notRestored(name, stderr);
  return stdout.trim() === '1';
}

// Under its name it is whole.
async function dumpTo(path: string, root: TargetRoot, server: RunningServer, name: string): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const kinds = ['--single-transaction', '--routines', '--events', '--triggers', '--hex-blob'];
  const args = [...toMariadb(server), ...kinds, '--', name];
  const command = { path, command: 'mariadb-dump', args, ...(root.isHere ? runningAs('root') : {}) };
  const part = `${path}.part`;
  await pipeline(commandOutput(command), createWriteStream(part, { mode: 0o600, flush: true }));
  renameSync(part, path);
}

// Gives what the client said when it could not.
async function fill(root: TargetRoot, server: RunningServer, name: string, dump: Dump): Promise<string | undefined> {
  const emptied = await mariadbClient(root, server, anew(name));
  if (emptied.exitCode !== 0) return emptied.stderr;
  const input = dump.form === 'server' ? sqlSection(dump.read(), { database: name }) : dump.read();
  const done = await mariadbClient(root, server, input, name);
  return done.exitCode === 0 ? undefined : done.stderr;
}

async function putBack(root: TargetRoot, server: RunningServer, name: string, from: string): Promise<void> {
  await mariadbClient(root, server, anew(name));
  const back = await mariadbClient(root, server, createReadStream(from) as AsyncIterable<Uint8Array>, name);
  if (back.exitCode !== 0) throw notRestored(name, `${back.stderr}; as it was before it lies in ${from}`);
}

function anew(name: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(name)}; CREATE DATABASE ${quoted(name)};\n`;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
