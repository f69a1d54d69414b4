// MariaDB by its own tools: users and grants, then all databases in one transaction of one mariadb-dump, streamed.
import { note } from '../../../base/note.ts';
import { existsSync } from 'node:fs';
import { Failure } from '../../../base/failure.ts';
import type { CommandFile } from '../../../engine/backup/source-plan.ts';
import { literalPattern } from '../../../engine/path-patterns.ts';
import { inOrder } from '../dump-name.ts';
import { reallyAt } from '../links.ts';
import { orbitFolder } from '../recovery-facts.ts';
import { packetArgs } from '../runbook-commands.ts';
import { askMariadb, clientArgs, environmentOf, type MariadbConfig, mariadbConfig } from './mariadb-client.ts';
import { mariadbDump } from './mariadb-moment.ts';
import type { OpenedServer, PreparedProfile, ProfileKind, ProfileOptions } from './profile.ts';

/** A MariaDB server. */
export const mariadb: ProfileKind<MariadbConfig> = {
  kind: 'mariadb',
  title: 'MariaDB',
  config: mariadbConfig,
  about: {
    takes: {
      en: 'Users and grants, and every database with routines, events and triggers (mariadb-dump). The raw data folder is left out.',
      pt: 'Usuários e permissões, e cada banco com rotinas, eventos e gatilhos (mariadb-dump). A pasta de dados bruta fica de fora.',
    },
    consistent: {
      en: 'All databases are dumped by one program in one transaction (InnoDB), begun together with the other servers of the run while commits wait. Tables of other engines are named in the run.',
      pt: 'Todos os bancos são extraídos por um só programa em uma só transação (InnoDB), iniciada junto com os outros servidores da execução enquanto os commits esperam. Tabelas de outros motores são citadas na execução.',
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

async function prepare(settings: MariadbConfig, options: ProfileOptions): Promise<PreparedProfile | OpenedServer> {
  const ask = (sql: string): Promise<string[]> => askMariadb(settings, sql, options.signal);
  const [server = ''] = await ask('SELECT @@version, @@datadir, @@port');
  const [version = '', datadir = '', port = '3306'] = server.split('\t');
  const all = (await ask('SHOW DATABASES')).filter((name) => !systemDatabases.has(name));
  const databases = inOrder(chosen(all, settings.databases), settings.order);
  const counts = new Map(
    (
      await ask(
        "SELECT table_schema, count(*), sum(engine <> 'InnoDB') FROM information_schema.tables WHERE table_type = 'BASE TABLE' GROUP BY table_schema",
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
  // Users that every server has are not made twice; their grants and passwords are set.
  const users = dump(globals, ['--skip-dump-date', '--insert-ignore', '--system=users']);
  const prepared = (takenAt: string): PreparedProfile => ({
    folders: [],
    // A link to it is taken: the new server's tables go where it leads.
    excludes: [literalPattern(reallyAt(datadir))].map((path) => path.replace(/\/$/, '')),
    files: [users],
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
  });
  if (databases.length === 0) return prepared(new Date().toISOString());
  const args = [...dumpArgs, '--databases', '--', ...databases.map(({ name }) => name)];
  const begun = mariadbDump(settings, dump(file, args), options.signal);
  return {
    ...begun,
    isReadOnce: true,
    async prepared(takenAt) {
      const profile = prepared(takenAt);
      return { ...profile, files: [...profile.files, begun.file] };
    },
  };
}

const dumpArgs = [
  ...packetArgs,
  ...['--single-transaction', '--quick', '--routines', '--events', '--triggers', '--hex-blob'],
  ...['--skip-dump-date', '--no-tablespaces', '--default-character-set=utf8mb4'],
];

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
