// Replaces one database of a server that runs, data and schema, and keeps what was there before.
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { commandOutput } from '../../engine/backup/command-stream.ts';
import { runningAs } from '../../sources/trees/account.ts';
import { dumpName } from '../../sources/trees/dump-name.ts';
import type { TargetRoot } from '../root.ts';
import { sqlSection } from '../sql-section.ts';
import { notRestored } from '../stages/fill-postgresql.ts';
import { mariadbClient, psql, type RunningServer, toMariadb, toPostgresql } from './running-server.ts';

/** A dump as it streams, and what it is. */
export interface Dump {
  /** `archive`: of pg_dump, custom format. `server`: SQL of a whole MariaDB server. `database`: SQL of one database. */
  form: 'archive' | 'server' | 'database';
  read(): AsyncIterable<Uint8Array>;
}

/** Where the database as it was before has gone. */
export interface ReplacedDatabase {
  /** A database (PostgreSQL) or a file (MariaDB); undefined when there was none. */
  before?: string;
}

/** Replaces it. When that fails, the database is as it was. @throws Failure `recovery.database-not-restored` */
export async function replaceDatabase(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  options: { safetyFolder: string; now: Date },
): Promise<ReplacedDatabase> {
  const stamp = options.now.toISOString().slice(0, 19).replace(/[-:T]/g, '');
  return server.engine === 'postgresql'
    ? await replaceInPostgresql(root, server, name, dump, stamp)
    : await replaceInMariadb(root, server, name, dump, join(options.safetyFolder, `${dumpName(name)}-${stamp}.sql`));
}

// The old one is renamed: that takes no time and no space, and it can be renamed back.
async function replaceInPostgresql(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  stamp: string,
): Promise<ReplacedDatabase> {
  const { program, env } = toPostgresql(server);
  const must = async (sql: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await psql(root, server, name === 'postgres' ? 'template1' : 'postgres', sql);
    if (exitCode !== 0) throw notRestored(name, stderr);
    return stdout.trim();
  };
  const before = `${name.slice(0, 40)}_before_${stamp}`;
  const exists = (await must(`SELECT 1 FROM pg_database WHERE datname = ${literal(name)};`)) === '1';
  const out = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(name)} AND pid <> pg_backend_pid();`;
  if (exists) await must(`${out}\nALTER DATABASE ${identifier(name)} RENAME TO ${identifier(before)};`);
  const into = dump.form === 'archive' ? ['--create', '-d', name === 'postgres' ? 'template1' : 'postgres'] : [];
  if (dump.form !== 'archive') await must(`CREATE DATABASE ${identifier(name)};`);
  const done =
    dump.form === 'archive'
      ? await root.run(program('pg_restore'), ['--exit-on-error', '-w', ...into], {
          account: server.account,
          env,
          input: dump.read(),
        })
      : await root.run(program('psql'), ['-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1'], {
          account: server.account,
          env: { ...env, PGDATABASE: name },
          input: dump.read(),
        });
  if (done.exitCode === 0) return exists ? { before } : {};
  await must(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE);`);
  if (exists) await must(`ALTER DATABASE ${identifier(before)} RENAME TO ${identifier(name)};`);
  throw notRestored(name, done.stderr);
}

// MariaDB cannot rename a database: what is there is dumped into a file first, and put back from it when need be.
async function replaceInMariadb(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  safety: string,
): Promise<ReplacedDatabase> {
  const found = await mariadbClient(
    root,
    server,
    `SELECT 1 FROM information_schema.schemata WHERE schema_name = ${literal(name)};\n`,
  );
  if (found.exitCode !== 0) throw notRestored(name, found.stderr);
  const exists = found.stdout.trim() === '1';
  if (exists) await dumpMariadb(root, server, name, safety);
  const anew = `DROP DATABASE IF EXISTS ${quoted(name)}; CREATE DATABASE ${quoted(name)};\n`;
  const emptied = await mariadbClient(root, server, anew);
  if (emptied.exitCode !== 0) throw notRestored(name, emptied.stderr);
  const input = dump.form === 'server' ? sqlSection(dump.read(), { database: name }) : dump.read();
  const done = await mariadbClient(root, server, input, name);
  if (done.exitCode === 0) return exists ? { before: safety } : {};
  if (exists) await putBack(root, server, name, safety, anew);
  throw notRestored(name, `${done.stderr}${exists ? `; it is as it was, from ${safety}` : ''}`);
}

async function dumpMariadb(root: TargetRoot, server: RunningServer, name: string, safety: string): Promise<void> {
  mkdirSync(join(safety, '..'), { recursive: true, mode: 0o700 });
  const args = [
    ...toMariadb(server),
    '--single-transaction',
    '--routines',
    '--events',
    '--triggers',
    '--hex-blob',
    '--',
    name,
  ];
  const file = { path: safety, command: 'mariadb-dump', args, ...(root.isHere ? runningAs('root') : {}) };
  await pipeline(commandOutput(file), createWriteStream(safety, { mode: 0o600, flags: 'wx' }));
}

async function putBack(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  safety: string,
  anew: string,
): Promise<void> {
  const { createReadStream } = await import('node:fs');
  await mariadbClient(root, server, anew);
  const back = await mariadbClient(root, server, createReadStream(safety) as AsyncIterable<Uint8Array>, name);
  if (back.exitCode !== 0) throw notRestored(name, `${back.stderr}; as it was before it lies in ${safety}`);
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
