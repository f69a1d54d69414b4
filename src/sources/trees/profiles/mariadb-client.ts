// How a MariaDB server is asked: by its own client, through its socket.
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import { runProgram } from '../../../base/program.ts';
import { field, secretText } from '../../../base/secret-schema.ts';
import { openSqlSession, type SqlSession } from './sql-session.ts';

/** Settings of the profile. */
export const mariadbConfig = z.strictObject({
  socket: field(z.string().min(1).default('/run/mysqld/mysqld.sock'), 'Socket of the server'),
  account: field(z.string().min(1).default('mysql'), 'Account of this machine that runs the server'),
  user: field(z.string().min(1).default('root'), 'User who may read everything'),
  password: secretText('Password of that user', 'not needed where the socket knows the account').optional(),
  databases: field(z.array(z.string().min(1)).default([]), 'Only these databases', 'else all'),
  order: field(z.array(z.string().min(1)).default([]), 'Databases that go back first, in this order'),
});

/** The settings, read. */
export type MariadbConfig = z.output<typeof mariadbConfig>;

/** What its client and its dump are told of the server. */
export function clientArgs({ socket, user }: MariadbConfig): string[] {
  return [`--socket=${socket}`, `--user=${user}`];
}

/** Only the account itself and root can read the environment of a program. */
export function environmentOf({ password }: MariadbConfig): Record<string, string> {
  return password === undefined ? {} : { MYSQL_PWD: password.reveal() };
}

const rowsOnly = ['--batch', '--skip-column-names'];

/** Runs statements and gives their rows, columns divided by tabs. @throws Failure `profiles.database-refused` */
export async function askMariadb(settings: MariadbConfig, sql: string, signal?: AbortSignal): Promise<string[]> {
  const result = await runProgram('mariadb', [...clientArgs(settings), ...rowsOnly], {
    input: `${sql};\n`,
    timeoutMs: 60_000,
    env: environmentOf(settings),
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.exitCode === 0) {
    const lines = result.stdout.toString('utf8').split('\n');
    return lines.filter((line) => line !== '');
  }
  throw new Failure('profiles.database-refused', {
    message: `${titleOf(settings)} did not answer as it should: ${result.stderr.trim()}`,
    hint: 'Check that the server runs, and that the user and password of the profile may read every database.',
  });
}

/** A session that stays open. */
export function openMariadbSession(settings: MariadbConfig, signal?: AbortSignal): SqlSession {
  const client = {
    program: 'mariadb',
    args: [...clientArgs(settings), ...rowsOnly, '--unbuffered'],
    env: environmentOf(settings),
    echo: (word: string) => `SELECT '${word}';`,
    title: titleOf(settings),
  };
  return openSqlSession(client, signal);
}

function titleOf({ socket }: MariadbConfig): string {
  return `the MariaDB server at ${socket}`;
}
