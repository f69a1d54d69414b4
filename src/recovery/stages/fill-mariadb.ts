// Makes a MariaDB server anew in the target and fills it: an empty data folder, users and grants, then the databases.
import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerFacts } from '../../sources/trees/recovery-facts.ts';
import type { TargetRoot } from '../root.ts';
import { packetArgs } from '../../sources/trees/runbook-commands.ts';
import { type FillOptions, notRestored, ownFolder, type ReadDump, usualWork } from './fill-postgresql.ts';
import { said } from './said.ts';

const startMsMax = 120_000;

/** Fills it and stops it again. The data folder must not exist. @throws Failure `recovery.database-not-restored` */
export async function fillMariadb(
  root: TargetRoot,
  server: ServerFacts,
  read: ReadDump,
  options: FillOptions = {},
): Promise<void> {
  const { account, dataFolder } = server;
  const { work = usualWork } = options;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const socket = `${work}/socket`;
  const to = ['--no-defaults', `--socket=${socket}`, '--user=root'];
  ownFolder(root, dataFolder, account, 0o755);
  rmSync(root.at(work), { recursive: true, force: true });
  ownFolder(root, work, account, 0o700);
  const data = ['--no-defaults', `--user=${account}`, `--datadir=${dataFolder}`];
  const made = await root.run(
    'mariadb-install-db',
    [...data, '--auth-root-authentication-method=socket', '--skip-test-db'],
    signal,
  );
  if (made.exitCode !== 0) throw notRestored('an empty MariaDB', made.stderr || made.stdout);
  const settings = [...data, `--socket=${socket}`, `--pid-file=${work}/pid`, `--log-error=${work}/log`];
  const running = root.start('mariadbd', [...settings, ...packetArgs, '--skip-networking']);
  const client = async (what: string, input: AsyncIterable<Uint8Array> | string): Promise<string> => {
    const args = [...to, ...packetArgs, '--batch', '--skip-column-names'];
    const result = await root.run('mariadb', args, { ...signal, input });
    if (result.exitCode !== 0) throw notRestored(what, said(result));
    return result.stdout;
  };
  try {
    const giveUpAt = performance.now() + startMsMax;
    while ((await root.run('mariadb-admin', [...to, '--silent', 'ping'], signal)).exitCode !== 0) {
      if (running.hasEnded() || performance.now() > giveUpAt) throw notRestored('MariaDB', 'it does not start');
      await wait(200, undefined, signal);
    }
    await client('users and grants', read(server.globals));
    for (const file of new Set(server.databases.map((database) => database.file))) await client(file, read(file));
    for (const { name } of server.databases) {
      const tables = await client(name, `${countMariadbTables(name)};`);
      options.filled?.({ name, tables: Number(tables.trim()) });
    }
  } finally {
    await running.end();
  }
  rmSync(root.at(work), { recursive: true, force: true });
}

/** A query that counts the tables of a database. */
export function countMariadbTables(name: string): string {
  return `SELECT count(*) FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema = ${mariadbText(name)}`;
}

/** A text in a query of MariaDB. */
export function mariadbText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
