// PostgreSQL by a query, through psql.
import { z } from 'zod';
import type { SecretSourceKind } from '../../secret-source.ts';
import { sqlColumns } from './sql-columns.ts';
import { isProven, serverSettings, type SqlServer, unproven } from './sql-server.ts';
import { type SqlDialect, sqlSource } from './sql-source.ts';

const config = z.strictObject({ ...serverSettings(5432), ...sqlColumns }).refine(isProven, unproven);

/** A query of a PostgreSQL database. Reading changes nothing there. */
export const postgresql: SecretSourceKind<z.infer<typeof config>> = {
  kind: 'postgresql',
  title: 'PostgreSQL (query)',
  config,
  open: async (settings) => sqlSource(dialectOf(settings), settings),
};

function dialectOf(server: SqlServer): SqlDialect {
  return {
    title: `the PostgreSQL database ${server.database}`,
    call: (query, columns) => ({
      program: 'psql',
      args: () => [
        ...['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--no-password'],
        // Messages without their details, which quote values.
        ...['--set=ON_ERROR_STOP=1', '--set=VERBOSITY=sqlstate'],
        // Texts given by --command go to the server as they are: psql looks for commands of its own in files only.
        ...['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', ...statements(query, columns), 'COMMIT'].map(
          (statement) => `--command=${statement}`,
        ),
      ],
      env: (folder) => ({
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: server.user,
        PGDATABASE: server.database,
        PGPASSFILE: `${folder}/password`,
        PGCLIENTENCODING: 'UTF8',
        PGTZ: 'UTC',
        PGDATESTYLE: 'ISO',
        PGCONNECT_TIMEOUT: '15',
        PGAPPNAME: 'orbit',
        ...(server.authority === undefined
          ? {}
          : { PGSSLMODE: 'verify-full', PGSSLROOTCERT: `${folder}/authority.pem` }),
      }),
      files: {
        password: `*:*:*:*:${(server.password?.reveal() ?? '').replaceAll(/[\\:]/g, '\\$&')}\n`,
        ...(server.authority === undefined ? {} : { 'authority.pem': server.authority }),
      },
    }),
    decode: (line) => line,
    refusal({ exitCode, stderr }) {
      const state = /ERROR: +([0-9A-Z]{5})\b/.exec(stderr)?.[1];
      if (state !== undefined) return { code: state, kind: state === '42501' ? 'credential' : 'query' };
      const isRefused = /authentication failed|no pg_hba.conf entry|does not exist|permission denied/.test(stderr);
      if (exitCode === 2) return { code: 'connection', kind: isRefused ? 'credential' : 'network' };
      return { code: `exit code ${exitCode}`, kind: 'query' };
    },
  };
}

// JSON has no raw line ends, so that a row is a line whatever is in it; as texts, so that no number is rounded.
function statements(query: string, columns: string[]): string[] {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const pairs = columns.map((name) => `'${name.replaceAll("'", "''")}', t.${quoted(name)}::text`);
  return [
    `SELECT pg_catalog.json_build_object(${pairs.join(', ')}) FROM (${query}) AS t`,
    `SELECT 'end:' || pg_catalog.count(*) FROM (${query}) AS t`,
  ];
}
