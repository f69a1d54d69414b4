// A real PostgreSQL of its own: a fresh cluster in a temporary folder, on a socket and on a port of loopback, for one file of tests.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';
import { databaseLife, type DatabaseServer, started } from './database-server.ts';
import { freePort } from './ports.ts';
import { runUnprivileged, unprivilegedFolder } from './unprivileged.ts';

/** What a test needs to skip itself: `needs(...postgresPrograms)`. */
export const postgresPrograms = ['postgres', 'psql'];

/** A running server; `sql` gives what psql prints, unaligned and without headers. */
export interface PostgresServer extends DatabaseServer {
  /** Folder of the socket: what `host` is for a client that uses it. */
  socketFolder: string;
  /** What `pg_hba.conf` says from now on. */
  setAccess(lines: string[]): Promise<void>;
}

/** How a server is started. */
export interface PostgresOptions {
  /** Lines for `postgresql.conf`, such as `ssl = on`. */
  settings?: string[];
}

/** Starts a server with an empty cluster. */
export async function startPostgresServer(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = await unprivilegedFolder('orbit-pg-');
  const dataFolder = join(folder, 'data');
  const port = await freePort();
  const [user, password] = ['postgres', "it's the \\super: user's"];
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o644 });
  const access = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, `--username=${user}`];
  runUnprivileged('initdb', ['-D', dataFolder, '--encoding=UTF8', '--locale=C', '--no-sync', ...access], folder);
  const settings = [`port = ${port}`, `unix_socket_directories = '${folder}'`, "listen_addresses = '127.0.0.1'"];
  const configFile = join(dataFolder, 'postgresql.conf');
  const lines = [...settings, 'fsync = off', 'max_connections = 20', ...(options.settings ?? [])];
  await writeFile(configFile, `${await readFile(configFile, 'utf8')}\n${lines.join('\n')}\n`);

  async function sql(text: string, database = 'postgres'): Promise<string> {
    const args = ['--no-psqlrc', '--tuples-only', '--no-align', '--quiet', '--set=ON_ERROR_STOP=1', '--file=-'];
    const { exitCode, stdout, stderr } = await runProgram('psql', args, {
      input: text,
      env: { PGHOST: folder, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
    });
    if (exitCode !== 0) throw new Error(`psql: ${stderr}`);
    return stdout.toString('utf8').trim();
  }

  const server: PostgresServer = {
    socketFolder: folder,
    host: '127.0.0.1',
    port,
    user,
    password,
    dataFolder,
    sql,
    async setAccess(rules) {
      await writeFile(join(dataFolder, 'pg_hba.conf'), `${rules.join('\n')}\n`);
      await sql('SELECT pg_reload_conf()');
    },
    ...databaseLife('PostgreSQL', folder, {
      command: ['postgres', '-D', dataFolder],
      signals: { fast: 'SIGINT', 'power-cut': 'SIGQUIT' },
      isUp: () => sql('SELECT 1'),
    }),
  };
  return await started(server);
}
