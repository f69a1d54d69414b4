// One database is replaced in a real server that runs; whatever goes wrong with the dump, it is as it was.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { startMariadbServer } from '../../../test/support/mariadb-server.ts';
import { startPostgresServer } from '../../../test/support/postgres-server.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { Failure } from '../../base/failure.ts';
import { TargetRoot } from '../root.ts';
import { type Dump, replaceDatabase } from './replace-database.ts';
import type { RunningServer } from './running-server.ts';

const root = new TargetRoot('/');

function dumpOf(form: Dump['form'], bytes: Buffer, end?: Error): Dump {
  return {
    form,
    async *read() {
      yield bytes;
      if (end !== undefined) throw end;
    },
  };
}

const gone = new Failure('backend.unreachable', { message: 'the destination is gone' });
const stopped = new DOMException('stopped by SIGINT', 'AbortError');

async function mariadb(context: TestContext) {
  const started = await startMariadbServer();
  context.after(() => started.remove());
  await started.sql(
    "DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES; ALTER USER root@localhost IDENTIFIED VIA unix_socket",
  );
  const { socket, port } = started;
  const server: RunningServer = { engine: 'mariadb', account: 'root', user: 'root', socket, port, programs: '' };
  const client = [`--socket=${socket}`, '--user=root'];
  const sql = (text: string): string =>
    execFileSync('mariadb', [...client, '-N'], { input: text })
      .toString('utf8')
      .trim();
  const dump = (...args: string[]): Buffer =>
    execFileSync('mariadb-dump', [...client, '--hex-blob', '--max-allowed-packet=1G', ...args], {
      maxBuffer: 256 * 1024 * 1024,
    });
  const safetyFolder = join(await temporaryFolder(context), 'kept');
  const replace = (given: Dump) =>
    replaceDatabase(root, server, 'mt4', given, { safetyFolder, startedAt: new Date(), isResumed: false });
  return { sql, dump, replace, safetyFolder };
}

const mariadbNeeds = needs('mariadbd', 'mariadb', 'mariadb-dump');

test(
  'a database of MariaDB is put back when its dump breaks off, belongs to another, or somebody stops',
  mariadbNeeds,
  async (context) => {
    const { sql, dump, replace, safetyFolder } = await mariadb(context);
    sql(`CREATE DATABASE mt4 CHARACTER SET latin1 COLLATE latin1_bin; CREATE DATABASE other;
    CREATE TABLE mt4.users (name VARCHAR(9)); INSERT INTO mt4.users VALUES ('ana'); CREATE TABLE other.things (a INT)`);
    const [own, others] = [dump('--databases', 'mt4'), dump('--databases', 'other')];
    const isAsItWas = (): void => {
      assert.equal(sql('SHOW TABLES FROM mt4; SELECT name FROM mt4.users'), 'users\nana');
      assert.match(sql('SHOW CREATE DATABASE mt4'), /latin1_bin/);
    };
    const half = own.subarray(0, own.indexOf('INSERT INTO'));
    await assert.rejects(
      replace(dumpOf('server', half, gone)),
      failure('recovery.database-not-restored', /the destination is gone; it is as it was/),
    );
    isAsItWas();
    await assert.rejects(replace(dumpOf('server', half, stopped)), (error) => error === stopped);
    isAsItWas();
    await assert.rejects(
      replace(dumpOf('server', others)),
      failure('recovery.database-not-restored', /no database 'mt4'; it is as it was/),
    );
    isAsItWas();
    assert.deepEqual(
      readdirSync(safetyFolder).filter((name) => !/^mt4-\d{14}\.sql$/.test(name)),
      [],
    );
  },
);

test(
  'a database of MariaDB comes back with rows larger than the server takes, its own character set, and is counted',
  mariadbNeeds,
  async (context) => {
    const { sql, dump, replace } = await mariadb(context);
    const usual = sql('SELECT @@GLOBAL.max_allowed_packet');
    sql(`CREATE DATABASE mt4 CHARACTER SET latin1 COLLATE latin1_bin; CREATE TABLE mt4.files (content LONGBLOB);
    INSERT INTO mt4.files VALUES (REPEAT('x', 9000000)); CREATE TABLE mt4.others (a INT)`);
    const [whole, alone] = [dump('--databases', 'mt4'), dump('mt4')];
    const length = (): string => sql('SELECT LENGTH(content) FROM mt4.files');
    sql('DROP TABLE mt4.files; ALTER DATABASE mt4 CHARACTER SET utf8mb4');
    const first = await replace(dumpOf('server', whole));
    assert.equal(first.tables, 2);
    assert.equal(length(), '9000000');
    assert.match(sql('SHOW CREATE DATABASE mt4'), /latin1_bin/);
    assert.match(
      readFileSync(first.before ?? '', 'utf8'),
      /ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_\w+;\n$/,
    );
    assert.equal((await replace(dumpOf('database', alone))).tables, 2);
    assert.match(sql('SHOW CREATE DATABASE mt4'), /latin1_bin/);
    // What cannot be read puts the large row back as well.
    // What was in it is told to nobody: clients repeat the statement that they stumble over.
    const broken = Buffer.from("INSERT INTO nowhere VALUES ('CANARY');\n");
    await assert.rejects(replace(dumpOf('database', broken)), (error: Error) => {
      assert.doesNotMatch(error.message, /CANARY/);
      return failure('recovery.database-not-restored', /ERROR 1146/)(error);
    });
    assert.equal(length(), '9000000');
    assert.equal(sql('SELECT @@GLOBAL.max_allowed_packet'), usual);
  },
);

test(
  'a database of PostgreSQL is put back when its dump breaks off or is one of another, and is counted',
  needs('postgres', 'psql', 'pg_dump', 'pg_restore'),
  async (context) => {
    const started = await startPostgresServer();
    context.after(() => started.remove());
    await started.setAccess(['local all all trust']);
    const { socketFolder: socket, port } = started;
    const server: RunningServer = {
      engine: 'postgresql',
      account: 'root',
      user: 'postgres',
      socket,
      port,
      programs: '',
    };
    await started.sql('CREATE DATABASE mt4');
    await started.sql('CREATE DATABASE other');
    await started.sql("CREATE TABLE users (name text); INSERT INTO users VALUES ('ana')", 'mt4');
    const dump = (name: string): Buffer =>
      execFileSync('pg_dump', ['-Fc', '-h', socket, '-p', String(port), '-U', 'postgres', name]);
    const [own, others] = [dump('mt4'), dump('other')];
    await started.sql('DROP DATABASE other');
    const replace = (given: Dump) =>
      replaceDatabase(root, server, 'mt4', given, { safetyFolder: '', startedAt: new Date(), isResumed: false });
    const isAsItWas = async (): Promise<void> => {
      assert.equal(await started.sql('SELECT name FROM users', 'mt4'), 'ana');
      assert.equal(
        await started.sql("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate"),
        'mt4 postgres',
      );
    };
    const half = own.subarray(0, own.length - 300);
    await assert.rejects(
      replace(dumpOf('archive', half, gone)),
      failure('recovery.database-not-restored', /the destination is gone/),
    );
    await isAsItWas();
    await assert.rejects(replace(dumpOf('archive', half, stopped)), (error) => error === stopped);
    await isAsItWas();
    await assert.rejects(
      replace(dumpOf('archive', others)),
      failure('recovery.database-not-restored', /one of the database 'other'/),
    );
    await isAsItWas();
    assert.equal((await replace(dumpOf('archive', own))).tables, 1);
  },
);
