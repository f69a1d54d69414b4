// PostgreSQL by its own tools: roles by pg_dumpall, each database by pg_dump, all in one moment, streamed into the snapshot.
import { note } from '../../../base/note.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import { field, secretText } from '../../../base/secret-schema.ts';
import type { CommandFile } from '../../../engine/backup/source-plan.ts';
import { runningAs } from '../account.ts';
import { literalPattern } from '../../../engine/path-patterns.ts';
import { dumpName, inOrder } from '../dump-name.ts';
import { reallyAt } from '../links.ts';
import { countPostgresTables } from '../postgres-tables.ts';
import { orbitFolder, type ServerFacts } from '../recovery-facts.ts';
import { fileCopy } from './file-copy.ts';
import { postgresMoment } from './postgres-moment.ts';
import type { OpenedServer, PreparedProfile, ProfileKind, ProfileOptions } from './profile.ts';
import { openPsqlSession, type PsqlTarget } from './psql-session.ts';
import type { SqlSession } from './sql-session.ts';

const config = z.strictObject({
  host: field(z.string().min(1).default('/var/run/postgresql'), 'Folder of the socket, or host name'),
  port: field(z.number().int().min(1).max(65_535).default(5432), 'Port'),
  account: field(z.string().min(1).default('postgres'), 'Account of this machine that runs the server'),
  user: field(z.string().min(1).default('postgres'), 'Role that may read everything'),
  password: secretText('Password of that role', 'not needed where the socket knows the account (peer)').optional(),
  databases: field(z.array(z.string().min(1)).default([]), 'Only these databases', 'else all'),
  order: field(z.array(z.string().min(1)).default([]), 'Databases that go back first, in this order'),
});
type PostgresConfig = z.output<typeof config>;

/** A PostgreSQL server. */
export const postgresql: ProfileKind<PostgresConfig> = {
  kind: 'postgresql',
  title: 'PostgreSQL',
  config,
  about: {
    takes: {
      en: 'Roles and other globals (pg_dumpall), every database (pg_dump, custom format). The raw data folder is left out.',
      pt: 'Papéis e outros objetos globais (pg_dumpall), cada banco (pg_dump, formato custom). A pasta de dados bruta fica de fora.',
    },
    consistent: {
      en: 'Each dump is one transaction; all transactions of a run begin together and are compared: equal snapshots prove one moment. On a server that is never quiet writers are held off for the milliseconds in which they begin.',
      pt: 'Cada dump é uma transação; todas as transações de uma execução começam juntas e são comparadas: instantâneos iguais provam um só momento. Em um servidor que nunca repousa, quem escreve espera os milissegundos em que elas começam.',
    },
    back: {
      en: 'orbit recover makes an empty server of the same version, then roles, then each database in its order (pg_restore).',
      pt: 'orbit recover cria um servidor vazio da mesma versão, depois os papéis, depois cada banco na sua ordem (pg_restore).',
    },
  },
  detect: async () => (existsSync('/var/run/postgresql/.s.PGSQL.5432') ? {} : undefined),
  prepare,
};

async function prepare(settings: PostgresConfig, options: ProfileOptions): Promise<OpenedServer> {
  const who = runningAs(settings.account);
  const { host, port, user, password } = settings;
  const env = { PGHOST: host, PGPORT: String(port), PGUSER: user, ...(password && { PGPASSWORD: password.reveal() }) };
  const target: PsqlTarget = { env, ...who };
  const first = openPsqlSession(target, 'postgres', options.signal);
  const sessions = [first];
  const close = async (): Promise<void> => {
    await Promise.allSettled(sessions.map((session) => session.close()));
  };
  try {
    const server = await serverOf(first);
    const all = (
      await first.query('SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname')
    ).map((name) => ({ name }));
    // Those that every server has are made with it.
    const leftOut = await first.query(
      "SELECT datname FROM pg_database WHERE (datistemplate OR NOT datallowconn) AND datname NOT IN ('template0', 'template1') ORDER BY datname",
    );
    const databases = inOrder(chosen(all, settings.databases), settings.order);
    const openEach = (): SqlSession[] => databases.map(({ name }) => openPsqlSession(target, name, options.signal));
    const own = openEach();
    sessions.push(...own);
    const moment = postgresMoment(own, openEach);
    return {
      ...moment,
      isReadOnce: false,
      close,
      prepared: (takenAt) => prepared(takenAt),
    };

    async function prepared(takenAt: string): Promise<PreparedProfile> {
      const { exported, isProven } = moment.begun();
      const folder = `${orbitFolder}/${options.name}`;
      const globals = `${folder}/globals.sql`;
      const tablespaces = await first.query(
        "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''",
      );
      // Debian keeps settings below /etc; where they lie among the data, which is left out, they are copied.
      const settingsFiles = (
        await first.query("SELECT setting FROM pg_settings WHERE name IN ('config_file', 'hba_file', 'ident_file')")
      ).filter((path) => path.startsWith(`${server.dataFolder}/`));
      const copies = settingsFiles.map((path) => fileCopy(options.name, path));
      const taken = await Promise.all(
        databases.map(async ({ name }, index) => ({
          name,
          file: `${folder}/${dumpName(name)}.dump`,
          tables: Number((await own[index]?.query(countPostgresTables))?.[0] ?? 0),
        })),
      );
      const dump = (path: string, program: string, args: string[], database?: string): CommandFile => ({
        path,
        shownAs: orbitFolder,
        command: programIn(server.programs, program),
        args,
        env: { ...env, ...(database !== undefined && { PGDATABASE: database }) },
        ...who,
      });
      return {
        folders: [],
        // Where tables lie elsewhere, the folder itself comes back and is filled by the dump.
        // A link to it is taken: the new server's data go where it leads.
        excludes: [
          literalPattern(reallyAt(server.dataFolder)),
          ...tablespaces.map((folder) => `${literalPattern(reallyAt(folder))}/*`),
        ],
        copies: copies.map(({ facts }) => facts),
        files: [
          ...copies.map(({ file }) => file),
          dump(globals, 'pg_dumpall', ['--globals-only', '-w']),
          ...taken.map(({ name, file }, index) =>
            // Uncompressed: the repository compresses, and equal pieces of two dumps are stored once.
            dump(file, 'pg_dump', ['-Fc', '-Z0', '-w', `--snapshot=${exported[index]}`], name),
          ),
        ],
        servers: [
          {
            engine: 'postgresql',
            profile: options.name,
            account: settings.account,
            user: settings.user,
            ...server,
            port,
            globals,
            databases: taken,
            takenAt,
            isOneMoment: isProven,
          },
        ],
        services: ['postgresql.service'],
        notes: [
          ...(isProven ? [] : [note('profiles.postgresql-unproven', { profile: options.name })]),
          ...(leftOut.length === 0 || settings.databases.length > 0
            ? []
            : [note('profiles.postgresql-left-out', { profile: options.name, databases: leftOut.join(', ') })]),
        ],
      };
    }
  } catch (error) {
    await close();
    throw error;
  }
}

type Server = Pick<ServerFacts, 'version' | 'dataFolder' | 'settings' | 'programs' | 'socket'>;

async function serverOf(session: SqlSession): Promise<Server> {
  const [row = ''] = await session.query(
    `SELECT current_setting('server_version_num'), current_setting('data_directory'), current_setting('config_file'),
       current_setting('hba_file'), current_setting('data_checksums'), current_setting('unix_socket_directories'),
       pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = 'template0'`,
  );
  const [
    number = '',
    dataFolder = '',
    configFile = '',
    hbaFile = '',
    checksums = '',
    sockets = '',
    encoding = '',
    collate = '',
    ctype = '',
  ] = row.split('\t');
  const major = Math.floor(Number(number) / 10_000);
  const debian = `/usr/lib/postgresql/${major}/bin`;
  return {
    version: `${major}.${Number(number) % 10_000}`,
    dataFolder,
    settings: { configFile, hbaFile, checksums, encoding, collate, ctype },
    socket: sockets.split(',')[0]?.trim() ?? '',
    programs: existsSync(debian) ? debian : '',
  };
}

// Debian's /usr/bin/pg_dump chooses a version by itself; the server's own is meant.
function programIn(folder: string, program: string): string {
  const path = join(folder, program);
  return folder !== '' && existsSync(path) ? path : program;
}

function chosen(all: readonly { name: string }[], wanted: readonly string[]): { name: string }[] {
  if (wanted.length === 0) return [...all];
  return wanted.map((name) => {
    const found = all.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw new Failure('profiles.no-database', {
      message: `there is no database '${name}' on this PostgreSQL server`,
      hint: `There are: ${all.map((each) => each.name).join(', ')}.`,
    });
  });
}
