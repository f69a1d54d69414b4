// MariaDB by its own tools: users and grants, then all databases in one transaction of one mariadb-dump, streamed.
import { note } from '../../../base/note.ts';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import { runProgram } from '../../../base/program.ts';
import { field, secretText } from '../../../base/secret-schema.ts';
import type { CommandFile } from '../../../engine/backup/source-plan.ts';
import { inOrder } from '../dump-name.ts';
import { orbitFolder } from '../recovery-facts.ts';
import type { PreparedProfile, ProfileKind, ProfileOptions } from './profile.ts';

const config = z.strictObject({
  socket: field(z.string().min(1).default('/run/mysqld/mysqld.sock'), 'Socket of the server'),
  account: field(z.string().min(1).default('mysql'), 'Account of this machine that runs the server'),
  user: field(z.string().min(1).default('root'), 'User who may read everything'),
  password: secretText('Password of that user', 'not needed where the socket knows the account').optional(),
  databases: field(z.array(z.string().min(1)).default([]), 'Only these databases', 'else all'),
  order: field(z.array(z.string().min(1)).default([]), 'Databases that go back first, in this order'),
});
type MariadbConfig = z.output<typeof config>;

/** A MariaDB server. */
export const mariadb: ProfileKind<MariadbConfig> = {
  kind: 'mariadb',
  title: 'MariaDB',
  config,
  about: {
    takes: {
      en: 'Users and grants, and every database with routines, events and triggers (mariadb-dump). The raw data folder is left out.',
      pt: 'Usuários e permissões, e cada banco com rotinas, eventos e gatilhos (mariadb-dump). A pasta de dados bruta fica de fora.',
    },
    consistent: {
      en: 'All databases are dumped by one program in one transaction (InnoDB). Tables of other engines are named in the run.',
      pt: 'Todos os bancos são extraídos por um só programa em uma só transação (InnoDB). Tabelas de outros motores são citadas na execução.',
    },
    back: {
      en: 'orbit recover makes an empty server, then users, then the databases in their order.',
      pt: 'orbit recover cria um servidor vazio, depois os usuários, depois os bancos na sua ordem.',
    },
  },
  detect: async () => (existsSync('/run/mysqld/mysqld.sock') ? {} : undefined),
  prepare,
};

const systemDatabases = new Set(['information_schema', 'performance_schema', 'mysql', 'sys']);

async function prepare(settings: MariadbConfig, options: ProfileOptions): Promise<PreparedProfile> {
  const takenAt = new Date().toISOString();
  const [server = ''] = await ask(settings, 'SELECT @@version, @@datadir, @@port', options);
  const [version = '', datadir = '', port = '3306'] = server.split('\t');
  const all = (await ask(settings, 'SHOW DATABASES', options)).filter((name) => !systemDatabases.has(name));
  const databases = inOrder(chosen(all, settings.databases), settings.order);
  const counts = new Map(
    (
      await ask(
        settings,
        "SELECT table_schema, count(*), sum(engine <> 'InnoDB') FROM information_schema.tables WHERE table_type = 'BASE TABLE' GROUP BY table_schema",
        options,
      )
    ).map((row) => {
      const [name = '', tables, others] = row.split('\t');
      return [name, { tables: Number(tables), others: Number(others) }] as const;
    }),
  );
  const loose = databases.filter(({ name }) => (counts.get(name)?.others ?? 0) > 0).map(({ name }) => name);
  const folder = `${orbitFolder}/${options.name}`;
  const [globals, file] = [`${folder}/users.sql`, `${folder}/databases.sql`];
  const dump = (path: string, args: string[]): CommandFile => ({
    path,
    shownAs: orbitFolder,
    command: 'mariadb-dump',
    args: [...clientArgs(settings), ...args],
    env: environmentOf(settings),
  });
  return {
    folders: [],
    excludes: [datadir.replace(/\/$/, '')],
    files: [
      // Users that every server has are not made twice; their grants and passwords are set.
      dump(globals, ['--skip-dump-date', '--insert-ignore', '--system=users']),
      ...(databases.length === 0
        ? []
        : [dump(file, [...dumpArgs, '--databases', '--', ...databases.map(({ name }) => name)])]),
    ],
    servers: [
      {
        engine: 'mariadb',
        profile: options.name,
        version: version.split('-')[0] ?? version,
        programs: '',
        account: settings.account,
        dataFolder: datadir.replace(/\/$/, ''),
        user: settings.user,
        socket: settings.socket,
        port: Number(port),
        settings: {},
        globals,
        databases: databases.map(({ name }) => ({ name, file, tables: counts.get(name)?.tables ?? 0 })),
        takenAt,
        isOneMoment: loose.length === 0,
      },
    ],
    services: ['mariadb.service'],
    notes:
      loose.length === 0
        ? []
        : [note('profiles.mariadb-loose', { profile: options.name, databases: loose.join(', ') })],
  };
}

const dumpArgs = [
  ...['--single-transaction', '--quick', '--routines', '--events', '--triggers', '--hex-blob'],
  ...['--skip-dump-date', '--default-character-set=utf8mb4'],
];

function clientArgs({ socket, user }: MariadbConfig): string[] {
  return [`--socket=${socket}`, `--user=${user}`];
}

// Only the account itself and root can read the environment of a program.
function environmentOf({ password }: MariadbConfig): Record<string, string> {
  return password === undefined ? {} : { MYSQL_PWD: password.reveal() };
}

async function ask(settings: MariadbConfig, sql: string, { signal }: ProfileOptions): Promise<string[]> {
  const result = await runProgram('mariadb', [...clientArgs(settings), '--batch', '--skip-column-names'], {
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
    message: `the MariaDB server at ${settings.socket} did not answer as it should: ${result.stderr.trim()}`,
    hint: 'Check that the server runs, and that the user and password of the profile may read every database.',
  });
}

function chosen(all: readonly string[], wanted: readonly string[]): { name: string }[] {
  for (const name of wanted) {
    if (all.includes(name)) continue;
    throw new Failure('profiles.no-database', {
      message: `there is no database '${name}' on this MariaDB server`,
      hint: `There are: ${all.join(', ')}.`,
    });
  }
  return (wanted.length === 0 ? all : wanted).map((name) => ({ name }));
}
