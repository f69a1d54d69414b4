// A real MariaDB of its own: a fresh data folder in a temporary one, on a socket and on a port of loopback, for one file of tests.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';
import { databaseLife, type DatabaseServer, started } from './database-server.ts';
import { freePort } from './ports.ts';
import { runUnprivileged, unprivilegedFolder } from './unprivileged.ts';

/** What a test needs to skip itself: `needs(...mariadbPrograms)`. */
export const mariadbPrograms = ['mariadbd', 'mariadb'];

/** A running server; `sql` gives what the client prints, columns by tabs and without headers. */
export interface MariadbServer extends DatabaseServer {
  /** Path of the socket. */
  socket: string;
}

/** How a server is started. */
export interface MariadbOptions {
  /** Options as on the command line, such as `--log-bin`. */
  settings?: string[];
}

/** Starts a server with no databases but its own. */
export async function startMariadbServer(options: MariadbOptions = {}): Promise<MariadbServer> {
  const folder = await unprivilegedFolder('orbit-maria-');
  const dataFolder = join(folder, 'data');
  const socket = join(folder, 'socket');
  const port = await freePort();
  const [user, password] = ['root', `it's the "super" user's \\`];
  const clientFile = join(folder, 'client.cnf');
  runUnprivileged(
    'mariadb-install-db',
    ['--no-defaults', `--datadir=${dataFolder}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    folder,
  );
  const args = [
    '--no-defaults',
    `--datadir=${dataFolder}`,
    `--socket=${socket}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--pid-file=${join(folder, 'pid')}`,
    `--log-error=${join(folder, 'log.err')}`,
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=16M',
    '--character-set-server=utf8mb4',
    ...(options.settings ?? []),
  ];

  async function sql(text: string, database = 'mysql'): Promise<string> {
    const client = [
      `--defaults-file=${clientFile}`,
      '--batch',
      '--skip-column-names',
      '--default-character-set=utf8mb4',
      '--database',
      database,
    ];
    const { exitCode, stdout, stderr } = await runProgram('mariadb', client, { input: text });
    if (exitCode !== 0) throw new Error(`mariadb: ${stderr}`);
    return stdout.toString('utf8').trim();
  }

  const server: MariadbServer = {
    socket,
    host: '127.0.0.1',
    port,
    user,
    password,
    dataFolder,
    sql,
    ...databaseLife('MariaDB', folder, {
      command: ['mariadbd', ...args],
      signals: { fast: 'SIGTERM', 'power-cut': 'SIGKILL' },
      isUp: () => sql('SELECT 1'),
    }),
  };
  const signIn = (secret: string): string =>
    `[client]\nuser=${user}\npassword="${secret.replaceAll(/["\\]/g, '\\$&')}"\nsocket=${socket}\n`;
  await writeFile(clientFile, signIn(''), { mode: 0o600 });
  return await started(server, async () => {
    const quoted = `'${password.replaceAll(/['\\]/g, '\\$&')}'`;
    const accounts = await sql(
      `SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM global_priv WHERE User = '${user}' AND Host IN ('localhost', '127.0.0.1', '::1')`,
    );
    // In one statement: after the first, the account this connection uses would be closed to it.
    await sql(
      `ALTER USER ${accounts
        .split('\n')
        .map((account) => `${account} IDENTIFIED BY ${quoted}`)
        .join(', ')}`,
    );
    await writeFile(clientFile, signIn(password), { mode: 0o600 });
  });
}
