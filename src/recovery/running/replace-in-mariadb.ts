// MariaDB cannot rename a database: what is there is dumped into a file first, and put back from it when need be.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isFailure } from '../../base/failure.ts';
import { commandOutput } from '../../engine/backup/command-stream.ts';
import { runningAs } from '../../sources/trees/account.ts';
import { dumpName } from '../../sources/trees/dump-name.ts';
import type { TargetRoot } from '../root.ts';
import { sqlSection } from '../sql-section.ts';
import { largestPacket } from '../../sources/trees/runbook-commands.ts';
import { countMariadbTables, mariadbText } from '../stages/fill-mariadb.ts';
import { notRestored } from '../stages/fill-postgresql.ts';
import { said } from '../stages/said.ts';
import type { Dump, ReplacedDatabase, ReplaceOptions } from './replace-database.ts';
import { stampOf } from './replace-stamp.ts';
import { mariadbClient, type RunningServer, toMariadb } from './running-server.ts';
import { notFilled, whyNot } from './why-not.ts';

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
  const ask = async (sql: string): Promise<string> => {
    const result = await mariadbClient(root, server, `${sql};\n`);
    if (result.exitCode !== 0) throw notRestored(name, said(result));
    return result.stdout.trim();
  };
  const count = async (): Promise<number> => Number(await ask(countMariadbTables(name)));
  if (isResumed && !isCutOff && existsSync(kept)) return { before: kept, tables: await count() };

  const look = await ask(
    `SELECT CONCAT('CHARACTER SET ', default_character_set_name, ' COLLATE ', default_collation_name)
       FROM information_schema.schemata WHERE schema_name = ${mariadbText(name)}`,
  );
  const exists = look !== '';
  const since = isCutOff && exists ? file(`since-${stampOf(new Date())}`) : undefined;
  if (exists) await dumpTo(since ?? replacing, root, server, { name, look });
  const hasOld = exists || isCutOff;
  const setBack = await takeLargest(ask);
  try {
    const failed = await whyNot(() => fill(root, server, { name, look }, dump));
    if (failed !== undefined) {
      if (hasOld) await putBack(root, server, name, replacing);
      if (hasOld) renameSync(replacing, kept);
      const found = since === undefined ? '' : `, before it was first replaced; what was there since lies in ${since}`;
      const now = hasOld ? `; it is as it was, from ${kept}${found}` : '';
      throw notFilled(name, failed, now);
    }
  } finally {
    await setBack();
  }
  const tables = await count();
  if (!hasOld) return { tables };
  renameSync(replacing, kept);
  return { before: kept, tables, ...(since === undefined ? {} : { since }) };
}

// A row of a dump may be larger than what the server takes at once: the programs that wrote it sent it in another form.
async function takeLargest(ask: (sql: string) => Promise<string>): Promise<() => Promise<void>> {
  const usual = Number(await ask('SELECT @@GLOBAL.max_allowed_packet'));
  const set = async (bytes: number): Promise<void> => void (await ask(`SET GLOBAL max_allowed_packet = ${bytes}`));
  try {
    await set(largestPacket);
  } catch (error) {
    // A user who may not: most dumps have no such row.
    if (!isFailure(error, 'recovery.database-not-restored')) throw error;
    return async () => {};
  }
  return () => set(usual);
}

// A database, and how it was made: tables say that of themselves, those that are made later do not.
interface Made {
  name: string;
  look: string;
}

// Under its name it is whole.
async function dumpTo(path: string, root: TargetRoot, server: RunningServer, { name, look }: Made): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const kinds = ['--single-transaction', '--routines', '--events', '--triggers', '--hex-blob'];
  const args = [...toMariadb(server), ...kinds, '--', name];
  const command = { path, command: 'mariadb-dump', args, ...(root.isHere ? runningAs('root') : {}) };
  const part = `${path}.part`;
  const text = async function* (): AsyncGenerator<Uint8Array> {
    yield* commandOutput(command);
    yield Buffer.from(`ALTER DATABASE ${look};\n`);
  };
  await pipeline(text, createWriteStream(part, { mode: 0o600, flush: true }));
  renameSync(part, path);
}

// Gives what the client said when it could not. The dump of a whole server makes the database itself, as it was then.
async function fill(
  root: TargetRoot,
  server: RunningServer,
  { name, look }: Made,
  dump: Dump,
): Promise<string | undefined> {
  const isWhole = dump.form === 'server';
  const emptied = await mariadbClient(root, server, isWhole ? removed(name) : `${anew(name)} ${look};\n`);
  if (emptied.exitCode !== 0) return said(emptied);
  const input = isWhole ? sqlSection(dump.read(), { database: name }) : dump.read();
  const done = await mariadbClient(root, server, input, isWhole ? undefined : name);
  return done.exitCode === 0 ? undefined : said(done);
}

async function putBack(root: TargetRoot, server: RunningServer, name: string, from: string): Promise<void> {
  await mariadbClient(root, server, `${anew(name)};\n`);
  const back = await mariadbClient(root, server, createReadStream(from) as AsyncIterable<Uint8Array>, name);
  if (back.exitCode !== 0) throw notRestored(name, `${said(back)}; as it was before it lies in ${from}`);
}

function removed(name: string): string {
  return `DROP DATABASE IF EXISTS ${quoted(name)};\n`;
}

function anew(name: string): string {
  return `${removed(name)}CREATE DATABASE ${quoted(name)}`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
