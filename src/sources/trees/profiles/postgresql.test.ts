import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { runProgram } from '../../../base/program.ts';
import { readConfig } from '../../../base/secret-schema.ts';
import { type PostgresServer, startPostgresServer } from '../../../../test/support/postgres-server.ts';
import { failure } from '../../../../test/support/failures.ts';
import { bytesOf } from '../../../../test/support/virtual-files.ts';
import { needs } from '../../../../test/support/tools.ts';
import { beginOneMoment } from './one-moment.ts';
import { openPsqlSession, type PsqlTarget } from './psql-session.ts';
import { postgresql } from './postgresql.ts';

const tools = needs('postgres', 'psql', 'pg_dump', 'pg_restore');
let server: PostgresServer | undefined;
before(async () => {
  if (tools.skip !== false) return;
  server = await startPostgresServer();
  await server.sql("CREATE ROLE guac LOGIN PASSWORD 'x'");
  for (const name of ['mt4', "odd 'name/✓", 'senhasegura']) {
    await server.sql(`CREATE DATABASE "${name}"`);
    await server.sql('CREATE TABLE t (id int); INSERT INTO t VALUES (1)', name);
  }
});
after(() => server?.remove());

const settings = (more: Record<string, unknown> = {}) => ({
  host: server?.socketFolder,
  port: server?.port,
  account: 'root',
  user: server?.user,
  password: server?.password,
  ...more,
});
const prepare = (more: Record<string, unknown> = {}) =>
  postgresql.prepare(readConfig(postgresql.config, settings(more)), { name: 'postgresql' });

test('roles and every database are taken as they were at one moment, although others write on', tools, async () => {
  const prepared = await prepare({ order: ['senhasegura'] });
  try {
    const [facts] = prepared.servers ?? [];
    assert.ok(facts !== undefined);
    assert.deepEqual(
      facts.databases.map(({ name, tables }) => [name, tables]),
      [
        ['senhasegura', 1],
        ['mt4', 1],
        ["odd 'name/✓", 1],
        ['postgres', 0],
      ],
    );
    assert.equal(facts.isOneMoment, true);
    assert.ok(prepared.excludes.includes(server?.dataFolder ?? ''));
    for (const name of ['mt4', 'senhasegura'])
      await server?.sql('INSERT INTO t VALUES (2); CREATE TABLE late (id int)', name);
    const bytes = async (path: string): Promise<Buffer> => {
      const file = prepared.files.find((each) => each.path === path);
      assert.ok(file !== undefined, path);
      return await bytesOf(file);
    };
    assert.match((await bytes(facts.globals)).toString(), /CREATE ROLE guac;/);
    for (const { name, file } of facts.databases.filter(({ tables }) => tables > 0)) {
      const read = await runProgram('pg_restore', ['-f', '-'], { input: await bytes(file) });
      const dump = read.stdout.toString();
      assert.match(dump, /COPY public\.t \(id\) FROM stdin;\n1\n\\\./, `${name}: its one row`);
      assert.ok(!dump.includes('late'), `${name}: what came later`);
    }
    assert.ok(facts.databases.some(({ file }) => file.endsWith('/odd%20%27name%2F%E2%9C%93.dump')));
  } finally {
    await prepared.close?.();
  }
});

test('the password is no argument of any program', tools, async () => {
  const prepared = await prepare({ databases: ['mt4'] });
  await prepared.close?.();
  const programs = prepared.files.flatMap((file) => ('args' in file ? file.args : []));
  assert.ok(programs.length > 0);
  assert.ok(!programs.join('\n').includes(server?.password ?? '?'));
});

test('a database that is not there is refused by name, a wrong password with advice', tools, async () => {
  await assert.rejects(prepare({ databases: ['nothing'] }), failure('profiles.no-database', /'nothing'/));
  await assert.rejects(prepare({ password: 'wrong' }), failure('profiles.database-refused', /authentication failed/));
});

test('while a transaction commits between two sessions, their moments differ and are taken again', tools, async () => {
  const env = {
    PGHOST: server?.socketFolder ?? '',
    PGPORT: String(server?.port),
    PGUSER: server?.user ?? '',
    PGPASSWORD: server?.password ?? '',
  };
  const target: PsqlTarget = { program: 'psql', env };
  const sessions = ['mt4', 'senhasegura'].map((name) => openPsqlSession(target, name));
  let isDisturbed = false;
  const [first, second] = sessions;
  assert.ok(first !== undefined && second !== undefined);
  const late = {
    ...second,
    async query(sql: string) {
      // Once, something is committed after the first session has begun and before the second one has.
      if (!isDisturbed && sql.startsWith('BEGIN')) {
        isDisturbed = true;
        while (
          (await server?.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'")) === '0'
        );
        await server?.sql('INSERT INTO t VALUES (3)', 'mt4');
      }
      return second.query(sql);
    },
  };
  try {
    const moment = await beginOneMoment([first, late]);
    assert.equal(isDisturbed, true);
    assert.equal(moment.isProven, true);
    const counts = await Promise.all(sessions.map((session) => session.query('SELECT txid_current_snapshot()::text')));
    assert.deepEqual(counts[0], counts[1]);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
});
