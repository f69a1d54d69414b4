// PostgreSQL and MariaDB of one run, while others write to both.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type MariadbServer, startMariadbServer } from '../../../test/support/mariadb-server.ts';
import { type PostgresServer, startPostgresServer } from '../../../test/support/postgres-server.ts';
import { needs } from '../../../test/support/tools.ts';
import { bytesOf } from '../../../test/support/virtual-files.ts';
import { tellNote } from '../../base/note.ts';
import { runProgram } from '../../base/program.ts';
import { readConfig } from '../../base/secret-schema.ts';
import { mariadbConfig, openMariadbSession } from './profiles/mariadb-client.ts';
import { openPsqlSession } from './profiles/psql-session.ts';
import type { SqlSession } from './profiles/sql-session.ts';
import { parseRecoveryFacts, recoveryFactsPath } from './recovery-facts.ts';
import { type PreparedSystem, prepareSystem } from './system-source.ts';

const tools = needs('postgres', 'psql', 'pg_dump', 'pg_restore', 'mariadbd', 'mariadb', 'mariadb-dump');
let postgres: PostgresServer;
let maria: MariadbServer;
before(async () => {
  if (tools.skip !== false) return;
  postgres = await startPostgresServer();
  maria = await startMariadbServer();
  await maria.sql("DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES");
  await maria.sql('CREATE DATABASE vault; CREATE TABLE vault.pairs (writer INT PRIMARY KEY, n INT)');
  // Before the table of interest, and more than a pipe holds: it is read long after it began.
  await maria.sql(`CREATE TABLE vault.large AS SELECT seq, REPEAT('x', 200) FROM seq_1_to_50000`);
  await maria.sql('INSERT INTO vault.pairs VALUES (1, 0), (2, 0)');
  await postgres.sql('CREATE TABLE pairs (writer int PRIMARY KEY, n int); INSERT INTO pairs VALUES (1, 0), (2, 0)');
});
after(async () => {
  await postgres?.remove();
  await maria?.remove();
});

const settings = {
  pg: () => ({
    host: postgres.socketFolder,
    port: postgres.port,
    account: 'root',
    user: postgres.user,
    password: postgres.password,
  }),
  my: () => ({ socket: maria.socket, account: 'root', user: maria.user, password: maria.password }),
};
const toMaria = (): SqlSession => openMariadbSession(readConfig(mariadbConfig, settings.my()));
const toPostgres = (): SqlSession => {
  const { socketFolder, port, user, password } = postgres;
  return openPsqlSession(
    { env: { PGHOST: socketFolder, PGPORT: String(port), PGUSER: user, PGPASSWORD: password } },
    'postgres',
  );
};

const both = () => [
  { name: 'pg', kind: 'postgresql', config: settings.pg() },
  { name: 'my', kind: 'mariadb', config: settings.my() },
];
const prepare = (profiles = both()): Promise<PreparedSystem> =>
  prepareSystem({ folders: [], excludes: [], commands: [], profiles }, { orbitVersion: 'orbit test' });

async function bytes(prepared: PreparedSystem, path: string): Promise<Buffer> {
  return await bytesOf(prepared.virtualFiles.find((file) => file.path === path) ?? assert.fail(path));
}
async function momentOf(prepared: PreparedSystem) {
  return parseRecoveryFacts(await bytes(prepared, recoveryFactsPath)).moment ?? assert.fail();
}
async function inPostgres(prepared: PreparedSystem): Promise<number[]> {
  const input = await bytes(prepared, '/orbit/pg/postgres.dump');
  const { stdout } = await runProgram('pg_restore', ['-f', '-', '-t', 'pairs'], { input });
  const rows = [...stdout.toString().matchAll(/^(\d)\t(\d+)$/gm)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return rows.map(([, , n]) => Number(n));
}
async function inMaria(prepared: PreparedSystem): Promise<number[]> {
  const text = (await bytes(prepared, '/orbit/my/databases.sql')).toString('latin1');
  const [, first, second] = /INSERT INTO `pairs` VALUES\s+\(1,(\d+)\),\s*\(2,(\d+)\)/.exec(text) ?? [];
  return [Number(first), Number(second)];
}

test(
  'while one writes first to PostgreSQL and one first to MariaDB, the dumps of both show one moment',
  tools,
  async (context) => {
    let isOver = false;
    const written = [0, 0];
    const write = async (writer: number, sessions: SqlSession[]): Promise<void> => {
      while (!isOver) {
        const n = (written[writer] ?? 0) + 1;
        for (const [at, session] of sessions.entries())
          await session.query(`UPDATE ${at === writer ? '' : 'vault.'}pairs SET n = ${n} WHERE writer = ${writer + 1}`);
        written[writer] = n;
      }
      await Promise.all(sessions.map((session) => session.close()));
    };
    const writers = [write(0, [toPostgres(), toMaria()]), write(1, [toMaria(), toPostgres()])];
    const moveOn = async (): Promise<number> => {
      const goal = Math.max(...written) + 5;
      while (Math.min(...written) < goal) await Promise.race([pause(5), ...writers]);
      return goal;
    };
    try {
      for (let round = 0; round < 5; round += 1) {
        await moveOn();
        const prepared = await prepare();
        // What is read from now on is of a time when every counter has moved on, in both.
        const later = await moveOn();
        const [first, second] = [await inPostgres(prepared), await inMaria(prepared)];
        const { why, heldMs } = await momentOf(prepared);
        await prepared.close();
        assert.equal(why, undefined);
        assert.deepEqual(prepared.notes(), []);
        context.diagnostic(`writers waited ${heldMs} ms; PostgreSQL ${first.join()}, MariaDB ${second.join()}`);
        const [[a = -1, c = -1], [b = -1, d = -1]] = [first, second];
        assert.ok(a - b === 0 || a - b === 1, `PostgreSQL first: ${a} and ${b}`);
        assert.ok(d - c === 0 || d - c === 1, `MariaDB first: ${d} and ${c}`);
        assert.ok(Math.max(a, b, c, d) < later, `${first} and ${second}, read at ${later}`);
      }
    } finally {
      isOver = true;
      await Promise.all(writers);
    }
  },
);

test('where commits of MariaDB cannot be held off, the run goes on and says so', tools, async () => {
  const other = toMaria();
  await other.query('BACKUP STAGE START');
  const prepared = await prepare();
  try {
    const { why, spanMs } = await momentOf(prepared);
    assert.match(why ?? '', /commits could not be held off: .*Lock wait timeout/s);
    const [told] = prepared.notes();
    assert.deepEqual(
      [told?.code, told?.facts['profiles'], told?.facts['spanMs']],
      ['profiles.moments-differ', 'pg, my', spanMs],
    );
    assert.equal((await inMaria(prepared)).length, 2);
  } finally {
    await prepared.close();
    await other.close();
  }
});

test('a source that is read a second time shows another moment of MariaDB, and says so', tools, async () => {
  const prepared = await prepare();
  try {
    const [old = -1] = await inMaria(prepared);
    assert.equal((await momentOf(prepared)).why, undefined);
    await maria.sql('UPDATE vault.pairs SET n = n + 1');
    assert.equal((await inMaria(prepared))[0], old + 1);
    assert.match((await momentOf(prepared)).why ?? '', /a second time, and my was dumped anew/);
    assert.match(
      prepared
        .notes()
        .map((each) => tellNote(each, 'pt'))
        .join(),
      /e o dump de my foi feito de novo;/,
    );
  } finally {
    await prepared.close();
  }
});

test(
  'a dump waits for its reader longer than the server lets others wait, whose time stays as it was',
  tools,
  async () => {
    await maria.sql('SET GLOBAL net_write_timeout = 1, GLOBAL wait_timeout = 1');
    const prepared = await prepare();
    try {
      await pause(3000);
      assert.ok((await inMaria(prepared)).every((n) => n > 0));
      assert.equal(await maria.sql('SELECT @@GLOBAL.net_write_timeout, @@GLOBAL.wait_timeout'), '1\t1');
    } finally {
      await prepared.close();
    }
  },
);

test(
  'of two PostgreSQL servers one is locked meanwhile; where a transaction goes on, the run says so',
  tools,
  async () => {
    await postgres.sql('CREATE DATABASE other');
    // To each other they are two servers: nothing is known of who runs them.
    const two = ['postgres', 'other'].map((name) => ({
      name,
      kind: 'postgresql',
      config: { ...settings.pg(), databases: [name] },
    }));
    const prepared = await prepare(two);
    assert.equal((await momentOf(prepared)).why, undefined);
    await postgres.sql('UPDATE pairs SET n = n + 1');
    await prepared.close();
    const writer = toPostgres();
    await writer.query('BEGIN; UPDATE pairs SET n = n + 1');
    const unproven = await prepare(two);
    assert.match((await momentOf(unproven)).why ?? '', /a transaction of PostgreSQL went on/);
    await unproven.close();
    await writer.close();
  },
);
