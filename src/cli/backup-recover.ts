// `orbit backup recover`: one or more databases of servers that run on this machine go back, data and schema.
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { type App, openApp } from '../app.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import { Failure } from '../base/failure.ts';
import { Repository } from '../engine/repository/repository.ts';
import { listJobs } from '../jobs/job.ts';
import { openPlace } from '../jobs/place.ts';
import { repositoryPassword } from '../jobs/repository-passwords.ts';
import { isOlder } from '../recovery/plan.ts';
import { TargetRoot } from '../recovery/root.ts';
import { type DumpFile, readDumpFile } from '../recovery/running/dump-file.ts';
import { replaceDatabase } from '../recovery/running/replace-database.ts';
import { type RunningServer, runningVersion } from '../recovery/running/running-server.ts';
import { chosenSnapshot, dumpReader, factsOf, systemSnapshots } from '../recovery/source.ts';
import { inOrder } from '../sources/trees/dump-name.ts';
import { ask } from './ask.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { exitCodes, printLine } from './output.ts';
import { usageFailure } from './usage.ts';

interface Options {
  database: string[];
  file?: string;
  destination?: string;
  snapshot: string;
  socket?: string;
  user?: string;
  port?: string;
  force?: boolean;
}

interface Step {
  name: string;
  /** How many tables the backup counted. */
  tables?: number;
  server: RunningServer;
  dump: DumpFile;
}

/** `orbit backup recover --database NAME [--file FILE]`. */
export function backupRecoverCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('recover')
    .description('replace databases of servers that run here, data and schema, by their dumps of a backup or a file')
    .requiredOption('--database <name...>', 'which; several go back in the right order (mt4 before senhasegura)')
    .option('--file <file>', 'a dump of this one database (.sql, .sql.gz, or of pg_dump -Fc) instead of a backup')
    .option('--destination <name>', 'the destination to take them from (else the first of the system job)')
    .option('--snapshot <id or time>', 'which backup', 'latest')
    .option('--socket <path>', 'the server’s socket (MariaDB) or its folder (PostgreSQL), for --file')
    .option('--user <name>', 'who may do everything there, for --file (else postgres or root)')
    .option('--port <n>', 'the server’s port, for --file')
    .option('--force', 'do not ask')
    .addHelpText(
      'after',
      '\nExample: orbit backup recover --database mt4 --file senhasegura-db-2026-11-25_050001mt4.sql.gz\nWhat was there before is kept: a database NAME_before_TIME (PostgreSQL), a file in <data folder>/before-recover (MariaDB).',
    )
    .action(async (options: Options) => {
      const work = options.file === undefined ? fromBackup : fromFile;
      await work(context, options, async (steps) => replaceAll(context, steps, options, setExitCode));
    });
}

const usualPostgresql = { account: 'postgres', user: 'postgres', socket: '/var/run/postgresql', port: 5432 };
const usualMariadb = { account: 'mysql', user: 'root', socket: '/run/mysqld/mysqld.sock', port: 3306 };

async function fromFile(context: CliContext, options: Options, work: (steps: Step[]) => Promise<void>): Promise<void> {
  const [name = '', ...others] = options.database;
  if (others.length > 0) throw usageFailure('a file holds one database', 'Give one --database with --file.');
  context.signal.throwIfAborted();
  const dump = await readDumpFile(resolve(options.file ?? ''));
  const server: RunningServer = {
    engine: dump.engine,
    ...(dump.engine === 'postgresql' ? usualPostgresql : usualMariadb),
    ...(options.socket === undefined ? {} : { socket: options.socket }),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.port === undefined ? {} : { port: Number(options.port) }),
    programs: '',
  };
  await work([{ name, server, dump }]);
}

async function fromBackup(
  context: CliContext,
  options: Options,
  work: (steps: Step[]) => Promise<void>,
): Promise<void> {
  const app = openApp(context.home);
  try {
    const destination = options.destination ?? firstDestination(app);
    const signal = { signal: context.signal };
    const place = await openPlace(app, destination, signal);
    try {
      const password = repositoryPassword(app, destination, 'system');
      const repository = await Repository.open(prefixedBackend(place.backend, 'system'), password, signal);
      const snapshot = chosenSnapshot(await systemSnapshots(repository, signal), options.snapshot);
      const indexed = await repository.loadIndex(signal);
      try {
        const facts = await factsOf(indexed, snapshot, signal);
        const read = dumpReader(indexed, snapshot, signal);
        printLine(
          context,
          `From ${destination}, the backup of ${snapshot.time.slice(0, 19)} (${snapshot.id.slice(0, 8)})`,
        );
        const steps = options.database.map((name) => {
          const server = facts?.servers.find(({ databases }) => databases.some((database) => database.name === name));
          const found = server?.databases.find((database) => database.name === name);
          if (server === undefined || found === undefined) throw noSuchDatabase(name);
          const { file, tables } = found;
          const form = server.engine === 'postgresql' ? ('archive' as const) : ('server' as const);
          return {
            name,
            tables,
            server,
            dump: { engine: server.engine, version: server.version, form, read: () => read(file) },
          };
        });
        await work(steps);
      } finally {
        await indexed.close();
        repository.close();
      }
    } finally {
      await place.close();
    }
  } finally {
    app.close();
  }
}

// Everything is checked before anything is replaced.
async function replaceAll(
  context: CliContext,
  steps: Step[],
  options: Options,
  setExitCode: SetExitCode,
): Promise<void> {
  const root = new TargetRoot('/');
  const ordered = inOrder(steps, []);
  for (const { name, server, dump } of ordered) {
    const version = await runningVersion(root, server);
    if (version === undefined) throw notRunning(server);
    if (dump.version !== undefined && isOlder(dump.engine, version, dump.version)) throw tooOld(name, dump, version);
    printLine(context, `${name}: ${dump.engine} ${dump.version ?? 'of unknown version'} → ${version}`);
  }
  printLine(context, 'All data and the schema of these databases are replaced. On a cluster, stop replication first.');
  if (!options.force && !['yes', 'sim'].includes((await ask(context, 'Go on? [yes/no] ')).toLowerCase())) {
    throw new Failure('recovery.not-confirmed', {
      message: 'nobody said yes: nothing was changed',
      hint: 'Run it again, or add --force.',
    });
  }
  for (const { name, tables: expected = 0, server, dump } of ordered) {
    const how = { safetyFolder: join(context.home, 'before-recover'), startedAt: new Date(), isResumed: false };
    const { tables, before, since } = await replaceDatabase(root, server, name, dump, how);
    printLine(context, `${name}: replaced${before === undefined ? '' : `; as it was before: ${before}`}`);
    if (tables < expected) {
      printLine(context, `${name}: ${tables} of ${expected} tables came back`);
      setExitCode(exitCodes.partial);
    }
    if (since !== undefined)
      printLine(context, `${name}: an earlier replacement had been cut off; what was there since then: ${since}`);
  }
}

function firstDestination(app: App): string {
  const found = listJobs(app.store).find(({ kind, destinations }) => kind === 'system' && destinations.length > 0);
  if (found !== undefined) return found.destinations[0] ?? '';
  throw usageFailure('no system job has a destination', 'Give --destination or --file.');
}

function noSuchDatabase(name: string): Failure {
  return new Failure('recovery.no-database', {
    message: `the backup has no dump of a database '${name}'`,
    hint: 'orbit profile add postgresql (or mariadb) takes them with every run; orbit recover … --list shows older backups.',
  });
}

function notRunning({ engine, socket }: RunningServer): Failure {
  return new Failure('recovery.server-not-running', {
    message: `no ${engine} server answers at ${socket}`,
    hint: 'Start it, or let orbit recover make it anew. Root is needed to enter by the socket.',
  });
}

function tooOld(name: string, dump: DumpFile, version: string): Failure {
  return new Failure('recovery.server-too-old', {
    message: `the dump of ${name} is of ${dump.engine} ${dump.version ?? ''}, the server here is ${version}`,
    hint: 'Install that version or a newer one first. Nothing was changed.',
  });
}
