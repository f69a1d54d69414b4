// A recovery of databases, services and packages is killed at each of its moments; the same command goes on and ends as an undisturbed one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { programPath } from '../scripts/install-test-tools.ts';
import { succeeding } from './support/cli.ts';
import { killedEverywhere, sweepSkip } from './support/killed-everywhere.ts';
import { startMariadbServer } from './support/mariadb-server.ts';
import { startPostgresServer } from './support/postgres-server.ts';
import { quickCeremony } from './support/quick-ceremony.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';
import { unprivileged } from './support/unprivileged.ts';

const masterPassword = 'quartz lemon tundra 4 violin osprey';

interface Site {
  folder: string;
  /** Runs Orbit on the old machine. */
  done(...args: string[]): Promise<string>;
  /** Arguments that recover from its backup. */
  recover: string[];
}

async function site(context: TestContext): Promise<Site> {
  const folder = await temporaryFolder(context);
  const [source, place, home, master] = ['source', 'place', 'home', 'master'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  writeFileSync(source, 'a file\n');
  writeFileSync(master, masterPassword, { mode: 0o600 });
  await quickCeremony(home, masterPassword);
  const done = succeeding({ home });
  await done('destination', 'add', 'folder', 'local', '--path', place);
  await done('job', 'set', 'system', '--destination', 'local', '--folder', source, '--without-folder', '/etc');
  return { folder, done, recover: ['recover', 'folder', '--path', place, '--master-password-file', master, '--yes'] };
}

test('a database of PostgreSQL that is being replaced is whole after a kill at any moment, and what it was before stays and is told', {
  skip: sweepSkip || needs('postgres', 'psql', 'pg_dump', 'pg_restore').skip,
}, async (context) => {
  const { folder, done, recover } = await site(context);
  const server = await startPostgresServer();
  context.after(() => server.remove());
  await server.sql('CREATE DATABASE mt4');
  await server.sql("CREATE TABLE users (name text); INSERT INTO users VALUES ('ana')", 'mt4');
  await server.setAccess(['local all all trust']);
  const at = ['--host', server.socketFolder, '--port', String(server.port), '--account', 'root'];
  await done('profile', 'add', 'postgresql', ...at);
  await done('backup', 'create', '--kind', 'system');
  const names = async (): Promise<string[]> => {
    const all = await server.sql("SELECT datname FROM pg_database WHERE datname LIKE 'mt4%' ORDER BY datname");
    return all.split('\n').filter((name) => name !== '');
  };
  const moments = await killedEverywhere({
    args: [...recover, '--target', '/', '--safety-folder', join(folder, 'kept'), '--database', 'mt4'],
    folder,
    async reset() {
      for (const name of await names()) await server.sql(`DROP DATABASE "${name}" WITH (FORCE)`);
      await server.sql('CREATE DATABASE mt4');
      await server.sql('CREATE TABLE wrong (a int)', 'mt4');
    },
    async judge(said, moment) {
      assert.equal(await server.sql('SELECT name FROM users', 'mt4'), 'ana', moment);
      const before = /as it was before: (mt4_before_\d{14})/.exec(said)?.[1];
      assert.ok(before !== undefined, `${moment}: ${said}`);
      assert.equal(await server.sql('SELECT count(*) FROM wrong', before), '0', moment);
      const since = /what was there since then: (mt4_since_\d{14})/.exec(said)?.[1];
      const left = ['mt4', before, ...(since === undefined ? [] : [since])];
      assert.deepEqual(await names(), left, `${moment}: ${said}`);
    },
  });
  assert.ok(moments.length >= 12, moments.join('\n'));
});

test('a database of MariaDB that is being replaced is whole after a kill at any moment, and what it was before lies in the file that is told', {
  skip: sweepSkip || needs('mariadbd', 'mariadb', 'mariadb-dump').skip,
}, async (context) => {
  const { folder, done, recover } = await site(context);
  const server = await startMariadbServer();
  context.after(() => server.remove());
  await server.sql(`DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES;
      CREATE DATABASE mt4; CREATE TABLE mt4.users (name VARCHAR(9)); INSERT INTO mt4.users VALUES ('ana');
      ALTER USER root@localhost IDENTIFIED VIA unix_socket`);
  const sql = (text: string): string =>
    execFileSync('mariadb', [`--socket=${server.socket}`, '--user=root', '-N', '-e', text])
      .toString()
      .trim();
  await done('profile', 'add', 'mariadb', '--socket', server.socket, '--account', 'root');
  await done('backup', 'create', '--kind', 'system');
  const kept = join(folder, 'kept');
  const moments = await killedEverywhere({
    args: [...recover, '--target', '/', '--safety-folder', kept, '--database', 'mt4'],
    folder,
    reset() {
      rmSync(kept, { recursive: true, force: true });
      sql('DROP DATABASE mt4; CREATE DATABASE mt4; CREATE TABLE mt4.wrong (a INT); INSERT INTO mt4.wrong VALUES (77)');
    },
    judge(said, moment) {
      assert.equal(sql('SHOW TABLES FROM mt4; SELECT name FROM mt4.users'), 'users\nana', moment);
      const before = /as it was before: (\S+mt4-\d{14}\.sql)/.exec(said)?.[1];
      assert.ok(before !== undefined, `${moment}: ${said}`);
      assert.match(readFileSync(before, 'utf8'), /INSERT INTO `wrong` VALUES\s*\(77\)[^]*-- Dump completed/, moment);
      assert.deepEqual(
        readdirSync(kept).filter((name) => !/^mt4-(since-)?\d{14}\.sql$/.test(name)),
        [],
        moment,
      );
    },
  });
  assert.ok(moments.length >= 12, moments.join('\n'));
});

// A systemctl that knows which units run by files in a folder: no systemd runs where tests run.
function servicesIn(folder: string): string {
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'up'));
  const script = `#!/bin/sh
shift; cd ${folder}/up; verb=$1; shift
case $verb in
  is-system-running) echo running ;;
  is-active) test -e "$2" ;;
  start) touch "$1" ;;
  stop) rm -f "$1" ;;
esac
`;
  writeFileSync(join(folder, 'bin/systemctl'), script, { mode: 0o755 });
  return join(folder, 'bin');
}

test('servers that are made anew in place, and the services around them, are as after an undisturbed recovery, wherever it was killed', {
  skip: sweepSkip || needs('postgres', 'psql', 'pg_dump', 'pg_restore', 'mariadbd', 'mariadb', 'mariadb-dump').skip,
}, async (context) => {
  const { folder, done, recover } = await site(context);
  const postgres = await startPostgresServer();
  context.after(() => postgres.remove());
  const mariadb = await startMariadbServer();
  context.after(() => mariadb.remove());
  await postgres.sql('CREATE DATABASE vault');
  await postgres.sql('CREATE TABLE events AS SELECT i FROM generate_series(1, 500) i', 'vault');
  await postgres.setAccess(['local all all trust']);
  await mariadb.sql(`DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES;
      CREATE DATABASE mt4; CREATE TABLE mt4.users AS SELECT seq AS i FROM mysql.seq_1_to_500;
      ALTER USER root@localhost IDENTIFIED VIA unix_socket`);
  const at = ['--host', postgres.socketFolder, '--port', String(postgres.port), '--account', 'nobody'];
  await done('profile', 'add', 'postgresql', ...at);
  await done('profile', 'add', 'mariadb', '--socket', mariadb.socket, '--account', 'root');
  await done('backup', 'create', '--kind', 'system');
  await postgres.stop();
  await mariadb.stop();
  const bin = servicesIn(folder);
  const up = join(folder, 'up');
  const unit = 'postgresql.service';
  const servers = [postgres, mariadb].map(({ dataFolder }) => dataFolder);
  const beside = (data: string): string[] => readdirSync(dirname(data)).filter((name) => name.startsWith('data'));
  const moments = await killedEverywhere({
    args: [...recover, '--target', '/', '--safety-folder', join(folder, 'kept'), '--database', 'vault', 'mt4'],
    folder,
    env: { PATH: `${bin}:${process.env['PATH']}` },
    every: 9,
    reset() {
      for (const data of servers) {
        for (const name of beside(data)) rmSync(join(dirname(data), name), { recursive: true });
        mkdirSync(data);
        writeFileSync(join(data, 'old'), 'as it was');
      }
      writeFileSync(join(up, unit), '');
    },
    judge(said, moment) {
      assert.match(said, /postgresql\/vault: 1 \/ 1[^]*mariadb\/mt4: 1 \/ 1/, moment);
      assert.deepEqual(readdirSync(up), [unit], `${moment}: ${said}`);
      assert.match(said, /started again: postgresql\.service/, moment);
      assert.equal(countIn('postgresql', postgres.dataFolder), '500', moment);
      assert.equal(countIn('mariadb', mariadb.dataFolder), '500', moment);
      for (const data of servers) {
        const [, aside = '', ...others] = beside(data).sort();
        assert.deepEqual(others, [], moment);
        assert.equal(readFileSync(join(dirname(data), aside, 'old'), 'utf8'), 'as it was', moment);
        assert.match(said, new RegExp(`set aside: ${join(dirname(data), aside)}`), moment);
      }
      assert.deepEqual(readdirSync(join(folder, 'root.tmp')), [], moment);
      assert.deepEqual(processesOf(servers), [], moment);
    },
  });
  context.diagnostic(`${moments.length} moments`);
});

// Reads the data folder by a server without clients: one that was not shut down cleanly would have to mend it first.
function countIn(engine: 'postgresql' | 'mariadb', data: string): string {
  if (engine === 'postgresql') {
    const single = ['--single', '-D', data, 'vault'];
    const shown = execFileSync(programPath('postgres') ?? 'postgres', single, {
      ...unprivileged,
      input: 'SELECT count(*) AS n FROM events\n',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    return /n = "(\d+)"/.exec(shown.toString())?.[1] ?? shown.toString();
  }
  const into = `${data}.count`;
  rmSync(into, { force: true });
  execFileSync(
    programPath('mariadbd') ?? 'mariadbd',
    ['--no-defaults', '--bootstrap', '--user=root', `--datadir=${data}`],
    {
      input: `SELECT count(*) INTO OUTFILE '${into}' FROM mt4.users;\n`,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const count = readFileSync(into, 'utf8').trim();
  rmSync(into);
  return count;
}

function processesOf(folders: readonly string[]): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && folders.some((folder) => readlinkSync(`/proc/${name}/cwd`).endsWith(folder));
    } catch {
      return false;
    }
  });
}
