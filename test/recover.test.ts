// A system backup comes back on a machine that has nothing but Orbit: whole, in part, in place, and single databases.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cli, type CliResult, succeeding } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { startMariadbServer } from './support/mariadb-server.ts';
import { startPostgresServer } from './support/postgres-server.ts';
import { quickCeremony } from './support/quick-ceremony.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const masterPassword = 'quartz lemon tundra 4 violin osprey';

interface Site {
  folder: string;
  source: string;
  place: string;
  home: string;
  orbit(...args: string[]): Promise<CliResult>;
  done(...args: string[]): Promise<string>;
  /** On another machine: nothing of the instance is there. */
  recover(...args: string[]): Promise<CliResult>;
}

/** An instance that protects a folder with a program's settings and its SQLite database. */
async function site(context: TestContext): Promise<Site> {
  const folder = await temporaryFolder(context);
  const [source, place, home, master] = ['source', 'place', 'home', 'master'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  mkdirSync(join(source, 'etc'), { recursive: true });
  writeFileSync(join(source, 'etc/app.conf'), 'port = 1\n');
  writeFileSync(join(source, 'etc/other.conf'), 'other\n');
  const database = new DatabaseSync(join(source, 'app.db'));
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('kept')");
  context.after(() => database.close());
  writeFileSync(master, masterPassword, { mode: 0o600 });
  const orbit = (...args: string[]): Promise<CliResult> => cli(args, { home });
  const done = succeeding({ home });
  const recover = (...args: string[]): Promise<CliResult> =>
    cli(['recover', 'folder', '--path', place, '--master-password-file', master, ...args]);
  await quickCeremony(home, masterPassword);
  await done('destination', 'add', 'folder', 'local', '--path', place);
  await done('job', 'set', 'system', '--destination', 'local', '--folder', source, '--without-folder', '/etc');
  await done('profile', 'add', 'sqlite', '--files', join(source, 'app.db'));
  return { folder, source, place, home, orbit, done, recover };
}

test('files and an SQLite database in use come back into an empty root, as they were; a second run finds all right', async (context) => {
  const { folder, source, done, recover } = await site(context);
  await done('backup', 'create', '--kind', 'system');
  const target = join(folder, 'target');
  const planned = await recover('--target', target, '--dry-run', '--json');
  const { plan } = JSON.parse(planned.stdout) as {
    plan: { files: { files: number }; copies: string[]; rpoMs: number };
  };
  assert.equal(plan.files.files, 2);
  assert.deepEqual(plan.copies, [join(source, 'app.db')]);
  assert.deepEqual(readdirSync(target), []);
  const recovered = await recover('--target', target, '--yes');
  assert.equal(recovered.exitCode, 0, recovered.stderr);
  assert.match(recovered.stdout, /2 \(.*\) written and read back.*0 failed[^]*1 put back[^]*RTO.*RPO/);
  assert.deepEqual(await compareTrees(join(source, 'etc'), join(target, source, 'etc')), []);
  const copy = new DatabaseSync(join(target, source, 'app.db'), { readOnly: true });
  assert.deepEqual(
    copy
      .prepare('SELECT a FROM t')
      .all()
      .map((row) => row['a']),
    ['kept'],
  );
  copy.close();
  assert.equal(statSync(join(target, source, 'app.db')).mode, statSync(join(source, 'app.db')).mode);
  assert.ok(!existsSync(join(target, 'orbit')) && !existsSync(join(target, '.orbit-recover.json')));
  assert.match((await recover('--target', target, '--yes')).stdout, /files: 0 .* 2 were right already/);
});

test('a folder alone comes back; what it overwrites is kept in a repository that gives it back', async (context) => {
  const { folder, source, done, recover } = await site(context);
  await done('backup', 'create', '--kind', 'system');
  const target = join(folder, 'target');
  const there = join(target, source, 'etc/app.conf');
  mkdirSync(join(target, source, 'etc'), { recursive: true });
  writeFileSync(there, 'port = 2, changed since\n');
  utimesSync(there, 1, 1);
  const planned = await recover('--target', target, '--only', join(source, 'etc'), '--dry-run');
  assert.match(planned.stdout, /OVERWRITTEN, after a safety copy: 1, such as .*app\.conf/);
  assert.equal(readFileSync(there, 'utf8'), 'port = 2, changed since\n');
  const recovered = await recover('--target', target, '--only', join(source, 'etc'), '--yes');
  assert.equal(recovered.exitCode, 0, recovered.stderr);
  assert.equal(readFileSync(there, 'utf8'), 'port = 1\n');
  assert.ok(!existsSync(join(target, source, 'app.db')));
  assert.match(recovered.stdout, /as it was before: 1 files/);
  const back = /orbit (repo restore latest -r \S+ -p \S+) --target \//.exec(recovered.stdout)?.[1]?.split(' ');
  assert.ok(back !== undefined, recovered.stdout);
  const undone = await cli([...back, '--target', join(folder, 'undone')]);
  assert.equal(undone.exitCode, 0, undone.stderr);
  assert.equal(readFileSync(join(folder, 'undone', there), 'utf8'), 'port = 2, changed since\n');

  // A database that is replaced by its copy is kept as well, with what SQLite has beside it.
  const newer = new DatabaseSync(join(target, source, 'app.db'));
  newer.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('newer')");
  const kept = join(folder, 'kept');
  const replaced = await recover('--target', target, '--safety-folder', kept, '--yes');
  newer.close();
  assert.equal(replaced.exitCode, 0, replaced.stderr);
  const repository = ['-r', join(kept, 'files'), '-p', join(kept, 'password')];
  const given = await cli(['repo', 'restore', 'latest', ...repository, '--target', join(folder, 'newer')]);
  assert.equal(given.exitCode, 0, given.stderr);
  const before = new DatabaseSync(join(folder, 'newer', target, source, 'app.db'));
  assert.equal(before.prepare('SELECT a FROM t').get()?.['a'], 'newer');
  before.close();
});

test('what stands in the way of a folder, and names that are no UTF-8, are kept before they are overwritten; a copy follows the links of its target', async (context) => {
  const { folder, source, done, recover } = await site(context);
  const odd = Buffer.concat([Buffer.from(join(source, 'etc/caf')), Buffer.from([0xe9])]);
  writeFileSync(odd, 'odd\n');
  const linked = join(folder, 'linked');
  mkdirSync(linked);
  symlinkSync(linked, join(source, 'link'));
  const database = new DatabaseSync(join(linked, 'second.db'));
  database.exec("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('second')");
  database.close();
  await done('profile', 'add', 'sqlite', '--name', 'second', '--files', join(source, 'link/second.db'));
  await done('backup', 'create', '--kind', 'system');
  const target = join(folder, 'target');
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'app.conf'), 'of another place\n');
  mkdirSync(join(target, source), { recursive: true });
  symlinkSync(elsewhere, join(target, source, 'etc'));
  rmSync(linked, { recursive: true });
  mkdirSync(linked);
  const kept = join(folder, 'kept');
  const recovered = await recover('--target', target, '--safety-folder', kept, '--yes');
  assert.equal(recovered.exitCode, 0, recovered.stderr);
  assert.deepEqual(await compareTrees(join(source, 'etc'), join(target, source, 'etc')), []);
  assert.equal(readFileSync(join(elsewhere, 'app.conf'), 'utf8'), 'of another place\n');
  // The link leads to the same name inside the target; this machine's folder stays empty.
  assert.deepEqual(readdirSync(linked), []);
  assert.deepEqual(readdirSync(join(target, linked)), ['second.db']);
  const repository = ['-r', join(kept, 'files'), '-p', join(kept, 'password')];
  const before = join(folder, 'before');
  const given = await cli(['repo', 'restore', 'latest', ...repository, '--target', before]);
  assert.equal(given.exitCode, 0, given.stderr);
  assert.equal(readlinkSync(join(before, target, source, 'etc')), elsewhere);

  const changed = Buffer.concat([Buffer.from(join(target, source, 'etc/caf')), Buffer.from([0xe9])]);
  writeFileSync(changed, 'changed since\n');
  utimesSync(changed, 1, 1);
  const again = await recover('--target', target, '--safety-folder', join(folder, 'again'), '--yes');
  assert.equal(again.exitCode, 0, again.stderr);
  assert.match(again.stdout, /as it was before: [1-9]/);
  assert.equal(readFileSync(changed, 'utf8'), 'odd\n');
  const second = ['-r', join(folder, 'again/files'), '-p', join(folder, 'again/password')];
  const restored = await cli(['repo', 'restore', 'latest', ...second, '--target', join(folder, 'odd')]);
  assert.equal(restored.exitCode, 0, restored.stderr);
  assert.equal(readFileSync(Buffer.concat([Buffer.from(join(folder, 'odd')), changed]), 'utf8'), 'changed since\n');
});

test(
  'a recovery goes on after it was killed at any of many moments, leaves nothing half written, and keeps what was there first',
  needs('strace'),
  async (context) => {
    const { folder, source, place, done, recover } = await site(context);
    await done('backup', 'create', '--kind', 'system');
    const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));
    let kills = 0;
    for (let renames = 1; ; renames += 1) {
      const target = join(folder, `target-${renames}`);
      const kept = join(folder, `kept-${renames}`);
      mkdirSync(join(target, source, 'etc'), { recursive: true });
      const changed = join(target, source, 'etc/app.conf');
      writeFileSync(changed, 'changed since\n');
      utimesSync(changed, 1, 1);
      const args = ['--target', target, '--safety-folder', kept, '--yes'];
      const kill = ['-f', '-qq', '-o', join(folder, 'strace'), '-e', `inject=rename:signal=SIGKILL:when=${renames}`];
      const master = ['--path', place, '--master-password-file', join(folder, 'master')];
      // Node's own cache of compiled code is renamed into its place, too.
      const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
      const first = spawnSync('strace', [...kill, orbit, 'recover', 'folder', ...master, ...args], {
        encoding: 'utf8',
        env,
      });
      const isOver = first.status === 0;
      if (isOver) assert.ok(!existsSync(join(target, '.orbit-recover.json')));
      else {
        kills += 1;
        const again = await recover(...args);
        assert.equal(again.exitCode, 0, `${renames}: ${again.stderr}`);
      }
      assert.deepEqual(await compareTrees(join(source, 'etc'), join(target, source, 'etc')), [], `${renames}`);
      const copy = new DatabaseSync(join(target, source, 'app.db'), { readOnly: true });
      assert.equal(copy.prepare('SELECT a FROM t').get()?.['a'], 'kept');
      copy.close();
      const before = join(folder, `before-${renames}`);
      const repository = ['-r', join(kept, 'files'), '-p', join(kept, 'password')];
      const given = await cli(['repo', 'restore', 'latest', ...repository, '--target', before]);
      assert.equal(given.exitCode, 0, `${renames}: ${given.stderr}`);
      assert.equal(readFileSync(join(before, changed), 'utf8'), 'changed since\n', `${renames}`);
      if (isOver) break;
    }
    assert.ok(kills >= 4, `${kills}: the safety copy, the files and the database are noted each`);
  },
);

test('nothing is changed without a yes, by a wrong password, or beside half of another recovery', async (context) => {
  const { folder, place, done, recover } = await site(context);
  await done('backup', 'create', '--kind', 'system');
  const target = join(folder, 'target');
  assert.match((await recover('--target', target)).stderr, /cli\.no-terminal/);
  assert.deepEqual(readdirSync(target), []);
  const wrong = join(folder, 'wrong');
  writeFileSync(wrong, 'another password that is long enough');
  const refused = await cli(['recover', 'folder', '--path', place, '--master-password-file', wrong, '--list']);
  assert.equal(refused.exitCode, 12, refused.stderr);
  const state = {
    format: 'orbit-recovery-state',
    version: 1,
    snapshot: 'f'.repeat(64),
    wanted: '{}',
    startedAt: new Date().toISOString(),
    done: [],
    made: [],
  };
  writeFileSync(join(target, '.orbit-recover.json'), JSON.stringify(state));
  assert.match((await recover('--target', target, '--yes')).stderr, /recovery\.another-under-way/);
  assert.match((await recover('--snapshot', '2020-01-01', '--target', target)).stderr, /recovery\.no-backup/);
});

test('a program that fails before the backup refuses it, those after always run, and what they print is kept', async (context) => {
  const { folder, home, place, done, orbit } = await site(context);
  const trace = join(folder, 'trace');
  const script = (name: string, text: string): string => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return join(folder, name);
  };
  await done('job', 'hook', 'add', 'before', script('pause', `echo paused; echo before >> ${trace}`));
  await done('job', 'hook', 'add', 'after', script('go', `echo after >> ${trace}`), 'on');
  assert.match(await done('backup', 'create', '--kind', 'system'), /before the backup ran .*pause.*: paused/);
  assert.equal(readFileSync(trace, 'utf8'), 'before\nafter\n');
  assert.match(
    readFileSync(join(home, 'hooks/system.log'), 'utf8'),
    /before: .*pause: exit code 0\npaused\n[^]*after: .*go on/,
  );
  const snapshots = readdirSync(join(place, 'system/snapshots')).length;
  await done('job', 'hook', 'add', 'before', script('refuse', 'echo "the queue is not empty" >&2; exit 4'));
  const refused = await orbit('backup', 'create', '--kind', 'system', '--json');
  assert.match(refused.stdout, /jobs\.hook-failed.*the queue is not empty/);
  assert.equal(readFileSync(trace, 'utf8'), 'before\nafter\nbefore\nafter\n');
  assert.equal(readdirSync(join(place, 'system/snapshots')).length, snapshots);
});

test(
  'a database of PostgreSQL is replaced in the server that runs, and is kept as it was under another name',
  needs('postgres', 'psql', 'pg_dump', 'pg_restore'),
  async (context) => {
    const { folder, home, done, recover, orbit } = await site(context);
    const server = await startPostgresServer();
    context.after(() => server.remove());
    await server.sql('CREATE DATABASE mt4');
    await server.sql("CREATE TABLE users (name text); INSERT INTO users VALUES ('ana')", 'mt4');
    await server.setAccess(['local all all trust']);
    const at = ['--host', server.socketFolder, '--port', String(server.port), '--account', 'root'];
    await done('profile', 'add', 'postgresql', ...at);
    await done('backup', 'create', '--kind', 'system');
    await server.sql('DROP TABLE users; CREATE TABLE wrong (a int)', 'mt4');

    const output = join(folder, 'users.sql');
    const table = await recover('--database', 'mt4', '--table', 'users', '--output', output);
    assert.equal(table.exitCode, 0, table.stderr);
    assert.match(readFileSync(output, 'utf8'), /COPY public\.users[^]*\nana\n/);
    const nothing = await recover('--database', 'mt4', '--table', 'nobody', '--output', join(folder, 'nobody.sql'));
    assert.notEqual(nothing.exitCode, 0, 'a table that is not there gives no empty dump');
    assert.ok(!existsSync(join(folder, 'nobody.sql')), nothing.stderr);

    const planned = await recover('--target', '/', '--database', 'mt4', '--dry-run');
    assert.match(planned.stdout, /into the server that runs \(15\.\d+\)[^]*1\. mt4/);
    const replaced = await done('backup', 'recover', '--database', 'mt4', '--force');
    const before = /as it was before: (mt4_before_\d+)/.exec(replaced)?.[1];
    assert.ok(before !== undefined, replaced);
    assert.equal(await server.sql('SELECT name FROM users', 'mt4'), 'ana');
    assert.equal(await server.sql('SELECT count(*) FROM wrong', before), '0');

    // A dump that breaks off leaves the database as it is.
    const broken = join(folder, 'broken.dump');
    await recover('--database', 'mt4', '--output', join(folder, 'mt4.dump'));
    const whole = readFileSync(join(folder, 'mt4.dump'));
    writeFileSync(broken, whole.subarray(0, whole.length - 200));
    const file = ['--file', broken, '--socket', server.socketFolder, '--port', String(server.port), '--force'];
    const failed = await orbit('backup', 'recover', '--database', 'mt4', ...file);
    assert.match(failed.stderr, /recovery\.database-not-restored/);
    assert.equal(await server.sql('SELECT name FROM users', 'mt4'), 'ana');
    assert.ok(existsSync(home));
  },
);

test(
  'databases of MariaDB go back mt4 first, from a backup and from a compressed file, and what was there is kept',
  needs('mariadbd', 'mariadb', 'mariadb-dump'),
  async (context) => {
    const { folder, done, orbit, recover } = await site(context);
    const server = await startMariadbServer();
    context.after(() => server.remove());
    await server.sql(`DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES;
      CREATE DATABASE senhasegura; CREATE DATABASE mt4; CREATE TABLE mt4.users (name VARCHAR(9)); CREATE TABLE mt4.others (a INT); CREATE TABLE senhasegura.keys_ (a INT);
      INSERT INTO mt4.users VALUES ('ana'); INSERT INTO senhasegura.keys_ VALUES (7);
      ALTER USER root@localhost IDENTIFIED VIA unix_socket`);
    const sql = (text: string): string =>
      execFileSync('mariadb', [`--socket=${server.socket}`, '--user=root', '-N', '-e', text])
        .toString()
        .trim();
    await done('profile', 'add', 'mariadb', '--socket', server.socket, '--account', 'root');
    await done('backup', 'create', '--kind', 'system');
    sql("UPDATE mt4.users SET name = 'wrong'; DROP TABLE senhasegura.keys_");
    const replaced = await done('backup', 'recover', '--database', 'senhasegura', 'mt4', '--force');
    assert.match(replaced, /mt4: replaced; as it was before: .*[^]*senhasegura: replaced/);
    assert.equal(sql('SELECT name FROM mt4.users; SELECT a FROM senhasegura.keys_'), 'ana\n7');

    // One table's dump is whole by itself: it fills an empty database, and nothing else comes with it.
    const table = join(folder, 'users.sql');
    const taken = await recover('--database', 'mt4', '--table', 'users', '--output', table);
    assert.equal(taken.exitCode, 0, taken.stderr);
    sql('CREATE DATABASE one_table');
    execFileSync('mariadb', [`--socket=${server.socket}`, '--user=root', 'one_table'], { input: readFileSync(table) });
    assert.equal(sql('SHOW TABLES FROM one_table; SELECT name FROM one_table.users'), 'users\nana');
    const nothing = await recover('--database', 'mt4', '--table', 'nobody', '--output', join(folder, 'nobody.sql'));
    assert.notEqual(nothing.exitCode, 0);
    assert.ok(!existsSync(join(folder, 'nobody.sql')), nothing.stderr);

    const output = join(folder, 'mt4.sql');
    assert.equal((await recover('--database', 'mt4', '--output', output)).exitCode, 0);
    execFileSync('gzip', [output]);
    sql('DROP DATABASE mt4');
    await done(
      'backup',
      'recover',
      '--database',
      'mt4',
      '--file',
      `${output}.gz`,
      '--socket',
      server.socket,
      '--force',
    );
    assert.equal(sql('SELECT name FROM mt4.users'), 'ana');
    writeFileSync(join(folder, 'no.sql'), 'hello');
    const no = await orbit('backup', 'recover', '--database', 'mt4', '--file', join(folder, 'no.sql'), '--force');
    assert.match(no.stderr, /recovery\.not-a-dump/);
  },
);
