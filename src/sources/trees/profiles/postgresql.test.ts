import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { note } from '../../../base/note.ts';
import { runProgram } from '../../../base/program.ts';
import { type PostgresServer, startPostgresServer } from '../../../../test/support/postgres-server.ts';
import { failure } from '../../../../test/support/failures.ts';
import { preparedProfile } from '../../../../test/support/prepared-profile.ts';
import { bytesOf } from '../../../../test/support/virtual-files.ts';
import { needs } from '../../../../test/support/tools.ts';
import { beginOneMoment } from './postgres-moment.ts';
import { openPsqlSession, type PsqlTarget } from './psql-session.ts';
import type { SqlSession } from './sql-session.ts';
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
const prepare = (more: Record<string, unknown> = {}) => preparedProfile(postgresql, settings(more));

const target = (): PsqlTarget => ({
  env: {
    PGHOST: server?.socketFolder ?? '',
    PGPORT: String(server?.port),
    PGUSER: server?.user ?? '',
    PGPASSWORD: server?.password ?? '',
  },
});

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

test('databases that cannot be dumped are named, unless only some are wanted', tools, async () => {
  await server?.sql('CREATE DATABASE archived WITH ALLOW_CONNECTIONS false');
  await server?.sql('CREATE DATABASE model WITH IS_TEMPLATE true');
  try {
    for (const [databases, expected] of [
      [[], [note('profiles.postgresql-left-out', { profile: 'postgresql', databases: 'archived, model' })]],
      [['mt4'], []],
    ] as const) {
      const prepared = await prepare({ databases: [...databases] });
      await prepared.close?.();
      assert.deepEqual(
        (prepared.notes ?? []).filter(({ code }) => code !== 'profiles.postgresql-unproven'),
        expected,
      );
    }
  } finally {
    await server?.sql('ALTER DATABASE model WITH IS_TEMPLATE false');
    for (const name of ['archived', 'model']) await server?.sql(`DROP DATABASE ${name}`);
  }
});

test(
  'while two writers go on, each first in one database and then in another, the dumps show one moment',
  tools,
  async () => {
    const names = ['mt4', 'senhasegura'] as const;
    for (const name of names)
      await server?.sql(
        'CREATE TABLE pairs (writer int PRIMARY KEY, n int); INSERT INTO pairs VALUES (1, 0), (2, 0)',
        name,
      );
    let isOver = false;
    const write = async (writer: number): Promise<number> => {
      const sessions = names.map((name) => openPsqlSession(target(), name));
      let n = 0;
      while (!isOver) {
        n += 1;
        for (const session of sessions) await session.query(`UPDATE pairs SET n = ${n} WHERE writer = ${writer}`);
      }
      await Promise.all(sessions.map((session) => session.close()));
      return n;
    };
    const writers = [write(1), write(2)];
    while ((await server?.sql('SELECT min(n) > 5 FROM pairs', 'senhasegura')) !== 't');
    const prepared = await prepare({ databases: [...names] });
    const counts: number[][] = [];
    for (const database of prepared.servers?.[0]?.databases ?? []) {
      const file = prepared.files.find(({ path }) => path === database.file) ?? assert.fail();
      const read = await runProgram('pg_restore', ['-f', '-', '-t', 'pairs'], { input: await bytesOf(file) });
      const rows = [...read.stdout.toString().matchAll(/^(\d+)\t(\d+)$/gm)];
      counts.push(rows.toSorted(([, a], [, b]) => Number(a) - Number(b)).map(([, , n]) => Number(n)));
      // So much later every counter has moved on.
      const reached = Number(await server?.sql('SELECT max(n) FROM pairs', 'senhasegura'));
      while (Number(await server?.sql('SELECT min(n) FROM pairs', 'senhasegura')) < reached + 5);
    }
    isOver = true;
    const written = await Promise.all(writers);
    await prepared.close?.();
    assert.equal(prepared.servers?.[0]?.isOneMoment, true, JSON.stringify(prepared.notes));
    const [first = [], second = []] = counts;
    assert.equal(first.length, 2);
    for (const [at, n] of first.entries()) {
      const behind = n - (second[at] ?? -1);
      assert.ok(behind === 0 || behind === 1, `writer ${at + 1}: ${n} and ${second[at]} of ${written[at]}`);
    }
  },
);

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
  const sessions = ['mt4', 'senhasegura'].map((name) => openPsqlSession(target(), name));
  let isDisturbed = false;
  const [first, second] = sessions;
  assert.ok(first !== undefined && second !== undefined);
  const late = {
    ...second,
    async query(sql: string) {
      // Once, something is committed after the first session has begun and before the second one has.
      if (!isDisturbed && sql.includes('BEGIN')) {
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

test(
  'on a server that is never quiet writers are held off while the sessions begin; one that goes on leaves it unproven',
  tools,
  async () => {
    const open = (): SqlSession[] => ['mt4', 'senhasegura'].map((name) => openPsqlSession(target(), name));
    const writer = openPsqlSession(target(), 'mt4');
    const attempt = async (): Promise<boolean> => {
      const sessions = open();
      // As if something were written each time between the two.
      const restless = sessions.map(
        (session, at): SqlSession => ({
          ...session,
          query: async (sql) => (await session.query(sql)).map((row) => (sql.includes('BEGIN') ? `${at}${row}` : row)),
        }),
      );
      try {
        const { isProven } = await beginOneMoment(restless, { holdOff: open, triesMax: 2 });
        // Nobody is held off any longer.
        await server?.sql('INSERT INTO t VALUES (4)', 'senhasegura');
        return isProven;
      } finally {
        await Promise.all(sessions.map((session) => session.close()));
      }
    };
    try {
      assert.equal(await attempt(), true);
      await writer.query('BEGIN; INSERT INTO t VALUES (5)');
      assert.equal(await attempt(), false);
    } finally {
      await writer.close();
    }
  },
);
