// Makes a PostgreSQL server anew in the target and fills it: an empty cluster like the old one, roles, then each database.
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../../base/failure.ts';
import type { ServerFacts } from '../../sources/trees/recovery-facts.ts';
import { countPostgresTables } from '../../sources/trees/postgres-tables.ts';
import { initdbArgs, restoreArgs } from '../../sources/trees/runbook-commands.ts';
import type { InsideResult, TargetRoot } from '../root.ts';
import { said } from './said.ts';

/** Reads a file of the snapshot. */
export type ReadDump = (path: string) => AsyncIterable<Uint8Array>;

/** How a server is filled. */
export interface FillOptions {
  signal?: AbortSignal;
  filled?: (database: FilledDatabase) => void;
  /** A folder inside the target that only root and the server's account may enter; it is removed at the end. */
  work?: string;
}

/** Where a server's socket and log are while it is filled. */
export const usualWork = '/var/tmp/orbit-recover';

/** What came back, by database. */
export interface FilledDatabase {
  name: string;
  tables: number;
}

/** Fills it and stops it again. The data folder must not exist. @throws Failure `recovery.database-not-restored` */
export async function fillPostgresql(
  root: TargetRoot,
  server: ServerFacts,
  read: ReadDump,
  options: FillOptions = {},
): Promise<void> {
  const { account, dataFolder, settings } = server;
  const { work = usualWork } = options;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const inside = { account, ...signal };
  const program = (name: string): string => (server.programs === '' ? name : join(server.programs, name));
  const must = async (what: string, done: Promise<InsideResult>): Promise<InsideResult> => {
    const result = await done;
    if (result.exitCode !== 0) throw notRestored(what, said(result));
    return result;
  };
  ownFolder(root, dataFolder, account, 0o700);
  // What an earlier try left there would keep this one from starting.
  rmSync(root.at(work), { recursive: true, force: true });
  ownFolder(root, work, account, 0o700);
  const make = ['-D', dataFolder, `--username=${account}`, '--auth=trust', ...initdbArgs(settings)];
  await must('an empty PostgreSQL', root.run(program('initdb'), make, inside));
  // Nobody but this account reaches it: no port, and a socket in a folder of its own.
  const how = `-c listen_addresses= -c unix_socket_directories=${work}`;
  const control = (...args: string[]): Promise<InsideResult> =>
    root.run(program('pg_ctl'), ['-D', dataFolder, '-w', '-s', ...args], inside);
  await must('PostgreSQL', control('-l', `${work}/log`, '-o', how, 'start'));
  const to = ['-h', work, '-U', account, '-w'];
  try {
    const roles = await root.run(program('psql'), ['-X', '-q', ...to, '-d', 'postgres'], {
      ...inside,
      input: read(server.globals),
    });
    const wrong = roles.stderr
      .split('\n')
      .filter((line) => line.includes('ERROR:') && !line.includes('already exists'));
    if (roles.exitCode !== 0 || wrong.length > 0) throw notRestored('the roles', said(roles));
    for (const { name, file } of server.databases) {
      await must(
        name,
        root.run(program('pg_restore'), [...to, ...restoreArgs(name)], { ...inside, input: read(file) }),
      );
      const counted = await must(
        name,
        root.run(program('psql'), ['-X', '-A', '-t', '-q', ...to], {
          ...inside,
          env: { PGDATABASE: name },
          input: `${countPostgresTables};`,
        }),
      );
      options.filled?.({ name, tables: Number(counted.stdout.trim()) });
    }
  } finally {
    // Also when the recovery is stopped: no server is left behind.
    await root.run(program('pg_ctl'), ['-D', dataFolder, '-w', '-s', '-m', 'fast', 'stop'], { account });
  }
  // Where settings lie elsewhere, as on Debian, the empty cluster's own ones would only mislead.
  if (settings['configFile']?.startsWith(`${dataFolder}/`) !== true)
    for (const name of ['postgresql', 'pg_hba', 'pg_ident'])
      rmSync(join(root.real(dataFolder), `${name}.conf`), { force: true });
  rmSync(root.at(work), { recursive: true, force: true });
}

/** Makes a folder of the target that belongs to an account of the target. It must not exist: others may write to what it lies in. */
export function ownFolder(root: TargetRoot, folder: string, account: string, mode: number): void {
  const path = root.real(folder);
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(path, { mode });
  chmodSync(path, mode);
  if (process.getuid?.() === 0) {
    const { uid, gid } = root.account(account);
    chownSync(path, uid, gid);
  }
}

/** Something of a database did not come back. */
export function notRestored(what: string, why: string, cause?: unknown): Failure {
  return new Failure('recovery.database-not-restored', {
    ...(cause === undefined ? {} : { cause }),
    message: `${what} could not be brought back: ${why.trim().split('\n').slice(-5).join('; ')}`,
    hint: 'Run the same command again: what is done stays done, this database is made anew. Nothing of the backup is lost.',
  });
}
