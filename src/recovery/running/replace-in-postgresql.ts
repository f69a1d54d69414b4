// A database of PostgreSQL is renamed, which takes no time and no space, and can be undone; then the dump makes it anew.
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { TargetRoot } from '../root.ts';
import { countPostgresTables } from '../../sources/trees/postgres-tables.ts';
import { notRestored } from '../stages/fill-postgresql.ts';
import { said } from '../stages/said.ts';
import type { Dump, ReplacedDatabase, ReplaceOptions } from './replace-database.ts';
import { stampOf } from './replace-stamp.ts';
import { psql, type RunningServer, toPostgresql } from './running-server.ts';
import { notFilled, whyNot } from './why-not.ts';

// While it is being replaced the old one is called NAME_replacing_TIME, and NAME_before_TIME as soon as the new one is whole.
const stampPattern = /^\d{14}$/;
const headCharacters = 64 * 1024;
// What a name may have, less the longest of our endings.
const nameBytesMax = 63 - '_replacing_20260101000000'.length;

/** Replaces it; @throws Failure `recovery.database-not-restored`, then it is as it was. */
export async function replaceInPostgresql(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  { startedAt, isResumed }: ReplaceOptions,
): Promise<ReplacedDatabase> {
  const from = name === 'postgres' ? 'template1' : 'postgres';
  const must = async (sql: string, database = from): Promise<string> => {
    const result = await psql(root, server, database, sql);
    if (result.exitCode !== 0) throw notRestored(name, said(result));
    return result.stdout.trim();
  };
  const count = async (): Promise<number> => Number(await must(`${countPostgresTables};`, name));
  const rename = (one: string, other: string): string =>
    `ALTER DATABASE ${identifier(one)} RENAME TO ${identifier(other)};`;
  const beside = besideName(name);
  const kept = (stamp: string): string => `${beside}_before_${stamp}`;
  const there = new Set(JSON.parse(await must('SELECT json_agg(datname) FROM pg_database;')) as string[]);
  const replacing = `${beside}_replacing_`;
  const cutOff = [...there].find(
    (other) => other.startsWith(replacing) && stampPattern.test(other.slice(replacing.length)),
  );
  const exists = there.has(name);
  const stamp = cutOff?.slice(replacing.length) ?? stampOf(startedAt);
  if (isResumed && cutOff === undefined && exists && there.has(kept(stamp)))
    return { before: kept(stamp), tables: await count() };

  const old = cutOff ?? (exists ? `${replacing}${stamp}` : undefined);
  const since = cutOff !== undefined && exists ? `${beside}_since_${stampOf(new Date())}` : undefined;
  const aside = since ?? old;
  if (exists && aside !== undefined) {
    const out = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(name)} AND pid <> pg_backend_pid();`;
    await must(`${out}\n${rename(name, aside)}`);
  }
  const failed = await whyNot(() => fill(root, server, name, dump, from));
  if (failed !== undefined) {
    await must(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE);`);
    if (old !== undefined) await must(rename(old, name));
    const now = `; it is as it was before it was first replaced, ${since} is what was there since`;
    throw notFilled(name, failed, since === undefined ? '' : now);
  }
  const tables = await count();
  if (old === undefined) return { tables };
  await must(rename(old, kept(stamp)));
  return { before: kept(stamp), tables, ...(since === undefined ? {} : { since }) };
}

// Gives what the program said when it could not.
async function fill(
  root: TargetRoot,
  server: RunningServer,
  name: string,
  dump: Dump,
  from: string,
): Promise<string | undefined> {
  const { program, env } = toPostgresql(server);
  const how = { account: server.account, env };
  if (dump.form === 'archive') {
    const owner = await archivedName(root, server, dump);
    if (owner !== undefined && owner !== name) return `the dump is one of the database '${owner}'`;
    const args = ['--exit-on-error', '-w', '--create', '-d', from];
    const done = await root.run(program('pg_restore'), args, { ...how, input: dump.read() });
    return done.exitCode === 0 ? undefined : said(done);
  }
  const made = await psql(root, server, from, `CREATE DATABASE ${identifier(name)};`);
  if (made.exitCode !== 0) return said(made);
  const done = await root.run(program('psql'), ['-X', '-q', '-w', '-v', 'ON_ERROR_STOP=1'], {
    account: server.account,
    env: { ...env, PGDATABASE: name },
    input: dump.read(),
  });
  return done.exitCode === 0 ? undefined : said(done);
}

// Which database an archive makes, by the head of its list of contents; undefined when that cannot be told.
async function archivedName(root: TargetRoot, server: RunningServer, dump: Dump): Promise<string | undefined> {
  const { program, env } = toPostgresql(server);
  let head = '';
  const output = new Writable({
    write(piece: Buffer, _encoding, done) {
      if (head.length < headCharacters) head += piece.toString('utf8');
      done();
    },
  });
  await root.run(program('pg_restore'), ['--list'], { account: server.account, env, input: dump.read(), output });
  return /^; +dbname: (.*)$/m.exec(head)?.[1];
}

// PostgreSQL cuts names that are too long; two that begin alike must not meet.
function besideName(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= nameBytesMax) return name;
  const mark = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  let end = nameBytesMax - mark.length - 1;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString('utf8')}_${mark}`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
