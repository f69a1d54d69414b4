// MariaDB by a query, through its client program.
import { z } from 'zod';
import type { SecretSourceKind } from '../../secret-source.ts';
import { sqlColumns } from './sql-columns.ts';
import { isProven, serverSettings, type SqlServer, unproven } from './sql-server.ts';
import { type SqlDialect, sqlSource } from './sql-source.ts';

const config = z.strictObject({ ...serverSettings(3306), ...sqlColumns }).refine(isProven, unproven);

/** A query of a MariaDB database. Reading changes nothing there. */
export const mariadb: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'mariadb',
  title: 'MariaDB (query)',
  config,
  open: async (settings) => sqlSource(dialectOf(settings), settings),
};

// Access denied: to the server, to the database, to the table, to a column, to a view.
const denied = new Set(['1045', '1044', '1142', '1143', '1356', '1698']);

function dialectOf(server: SqlServer): SqlDialect {
  return {
    title: `the MariaDB database ${server.database}`,
    call: (query, columns) => ({
      program: 'mariadb',
      args: (folder) => [
        `--defaults-file=${folder}/client.cnf`,
        ...['--batch', '--raw', '--skip-column-names', '--default-character-set=utf8mb4', '--skip-reconnect'],
        ...['--connect-timeout=15', '--local-infile=0'],
        ...(server.authority === undefined ? [] : [`--ssl-ca=${folder}/authority.pem`, '--ssl-verify-server-cert']),
        `--execute=${statements(query, columns).join('; ')}`,
      ],
      env: () => ({}),
      files: {
        'client.cnf': optionFile(server),
        ...(server.authority === undefined ? {} : { 'authority.pem': server.authority }),
      },
    }),
    decode: (line) => Buffer.from(line, 'hex').toString('utf8'),
    refusal({ exitCode, stderr }) {
      const code = /ERROR (\d+)/.exec(stderr)?.[1] ?? `exit code ${exitCode}`;
      if (denied.has(code)) return { code, kind: 'credential' };
      return { code, kind: code.startsWith('2') ? 'network' : 'query' };
    },
  };
}

function optionFile({ host, port, database, user, password }: SqlServer): string {
  const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  const where = host.startsWith('/')
    ? [`socket=${quoted(host)}`, 'protocol=socket']
    : [`host=${quoted(host)}`, `port=${port}`, 'protocol=tcp'];
  const who = [`user=${quoted(user)}`, `password=${quoted(password?.reveal() ?? '')}`, `database=${quoted(database)}`];
  return `${['[client]', ...where, ...who].join('\n')}\n`;
}

// In hexadecimal, so that a row is a line whatever is in it and whatever the client does to it; as texts, so that no number is
// rounded.
function statements(query: string, columns: string[]): string[] {
  const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
  const text = (name: string): string => `CAST(t.${quoted(name)} AS CHAR CHARACTER SET utf8mb4)`;
  const pairs = columns.map((name) => `'${name.replaceAll("'", "''")}', ${text(name)}`);
  return [
    "SET time_zone = '+00:00'",
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    `SELECT HEX(JSON_OBJECT(${pairs.join(', ')})) FROM (${query}) AS t`,
    `SELECT CONCAT('end:', COUNT(*)) FROM (${query}) AS t`,
    'COMMIT',
  ];
}
