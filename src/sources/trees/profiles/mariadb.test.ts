import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { type MariadbServer, startMariadbServer } from '../../../../test/support/mariadb-server.ts';
import { preparedProfile } from '../../../../test/support/prepared-profile.ts';
import { needs } from '../../../../test/support/tools.ts';
import { bytesOf } from '../../../../test/support/virtual-files.ts';
import { mariadb } from './mariadb.ts';

const tools = needs('mariadbd', 'mariadb', 'mariadb-dump');
let server: MariadbServer | undefined;
before(async () => {
  if (tools.skip !== false) return;
  server = await startMariadbServer();
  // Made at installation for a name of this machine that nobody can be at: with names unresolved, not even the server finds it.
  await server.sql("DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES");
  await server.sql(`CREATE DATABASE senhasegura; CREATE DATABASE mt4; CREATE DATABASE loose;
    CREATE TABLE mt4.t (id INT PRIMARY KEY); INSERT INTO mt4.t VALUES (1); CREATE TABLE senhasegura.t (id INT PRIMARY KEY);
    CREATE TABLE loose.t (id INT PRIMARY KEY) ENGINE=Aria; CREATE USER app@localhost IDENTIFIED BY 'x'`);
});
after(() => server?.remove());

const prepare = (more: Record<string, unknown> = {}) =>
  preparedProfile(mariadb, {
    socket: server?.socket,
    account: 'root',
    user: server?.user,
    password: server?.password,
    ...more,
  });

test('users and all databases are taken in one transaction, mt4 first', tools, async () => {
  const prepared = await prepare({ databases: ['senhasegura', 'mt4'] });
  const [facts] = prepared.servers ?? [];
  assert.ok(facts !== undefined);
  assert.deepEqual(
    facts.databases.map(({ name }) => name),
    ['mt4', 'senhasegura'],
  );
  assert.equal(facts.socket, server?.socket);
  assert.equal(facts.isOneMoment, true);
  const texts = new Map<string, string>();
  for (const file of prepared.files) texts.set(file.path, (await bytesOf(file)).toString('utf8'));
  assert.match(texts.get(facts.globals) ?? '', /CREATE USER (\/\*M?!\d+ )?IF NOT EXISTS (\*\/ )?`app`@`localhost`/);
  const dump = texts.get(facts.databases[0]?.file ?? '') ?? '';
  assert.match(dump, /Current Database: `mt4`[^]*INSERT INTO `t` VALUES\s+\(1\)[^]*Current Database: `senhasegura`/);
  assert.match(dump, /-- Dump completed/);
  const programs = prepared.files.flatMap((file) => ('args' in file ? file.args : []));
  assert.ok(!programs.join('\n').includes(server?.password ?? '?'));
});

test(
  'while a writer goes on, first in one database and then in another, the dump shows one moment',
  tools,
  async () => {
    await server?.sql(`CREATE TABLE mt4.pairs (n INT); CREATE TABLE senhasegura.pairs (n INT); CREATE TABLE mt4.q (stop INT);
    INSERT INTO mt4.pairs VALUES (0); INSERT INTO senhasegura.pairs VALUES (0); INSERT INTO mt4.q VALUES (0);
    CREATE TABLE mt4.zz AS SELECT seq, REPEAT('x', 200) FROM seq_1_to_50000;
    DELIMITER //
    CREATE PROCEDURE mt4.go_on() BEGIN
      WHILE (SELECT stop FROM mt4.q) = 0 DO
        UPDATE mt4.pairs SET n = n + 1; COMMIT;
        UPDATE senhasegura.pairs SET n = n + 1; COMMIT;
      END WHILE;
    END //
    DELIMITER ;`);
    const writing = server?.sql('SET autocommit = 0; CALL mt4.go_on()');
    const reached = async (): Promise<number> => Number(await server?.sql('SELECT n FROM senhasegura.pairs'));
    while ((await reached()) < 5);
    const prepared = await prepare({ databases: ['mt4', 'senhasegura'] });
    const file = prepared.files.find(({ path }) => path === prepared.servers?.[0]?.databases[0]?.file) ?? assert.fail();
    const begun = await reached();
    const dump = (await bytesOf(file)).toString('latin1');
    const ended = await reached();
    await server?.sql('UPDATE mt4.q SET stop = 1');
    await writing;
    const [first = -1, second = -1] = [...dump.matchAll(/INSERT INTO `pairs` VALUES\s+\((\d+)\)/g)].map(([, n]) =>
      Number(n),
    );
    assert.ok(first - second === 0 || first - second === 1, `${first} and ${second}`);
    assert.ok(second > 0 && ended - begun > 1, `nothing was written meanwhile: ${begun} to ${ended}`);
  },
);

test('tables that are no part of the transaction are named', tools, async () => {
  const { notes = [], servers, close } = await prepare();
  await close?.();
  assert.match(notes.join('\n'), /outside InnoDB[^]*loose/);
  assert.equal(servers?.[0]?.isOneMoment, false);
});

test('a wrong password is refused with advice', tools, async () => {
  await assert.rejects(prepare({ password: 'wrong' }), failure('profiles.database-refused', /Access denied/));
});
