// Databases of servers that run on this machine: one is replaced, the others go on.
import { join } from 'node:path';
import { isFailure } from '../../base/failure.ts';
import type { ServerFacts } from '../../sources/trees/recovery-facts.ts';
import { packetArgs } from '../../sources/trees/runbook-commands.ts';
import type { TargetRoot } from '../root.ts';

/** What is needed to reach a server that runs. */
export type RunningServer = Pick<ServerFacts, 'engine' | 'account' | 'user' | 'socket' | 'port' | 'programs'>;

/** The version of the server that answers there; undefined when none does. */
export async function runningVersion(root: TargetRoot, server: RunningServer): Promise<string | undefined> {
  try {
    const asked =
      server.engine === 'postgresql'
        ? await psql(root, server, 'postgres', 'SHOW server_version;')
        : await mariadbClient(root, server, 'SELECT @@version;');
    return asked.exitCode === 0 ? /\d+\.\d+(\.\d+)?/.exec(asked.stdout)?.[0] : undefined;
  } catch (error) {
    if (isFailure(error)) return undefined;
    throw error;
  }
}

/** How programs of PostgreSQL reach it. */
export function toPostgresql(server: RunningServer): { program(name: string): string; env: Record<string, string> } {
  return {
    program: (name) => (server.programs === '' ? name : join(server.programs, name)),
    env: { PGHOST: server.socket, PGPORT: String(server.port), PGUSER: server.user },
  };
}

/** Runs SQL with psql, as the server's own account. */
export function psql(root: TargetRoot, server: RunningServer, database: string, sql: string) {
  const { program, env } = toPostgresql(server);
  const args = ['-X', '-A', '-t', '-q', '-w', '-v', 'ON_ERROR_STOP=1'];
  return root.run(program('psql'), args, {
    account: server.account,
    env: { ...env, PGDATABASE: database },
    input: sql,
  });
}

/** Arguments by which programs of MariaDB reach it. */
export function toMariadb(server: RunningServer): string[] {
  return [`--socket=${server.socket}`, `--user=${server.user}`, ...packetArgs];
}

/** Runs SQL with the client. */
export function mariadbClient(
  root: TargetRoot,
  server: RunningServer,
  input: string | AsyncIterable<Uint8Array>,
  database?: string,
) {
  const args = [...toMariadb(server), '--batch', '--skip-column-names'];
  return root.run('mariadb', [...args, ...(database === undefined ? [] : [`--database=${database}`])], { input });
}
