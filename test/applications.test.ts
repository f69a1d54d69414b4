// The applications of a PAM team, laid out as their documents say, with their tables in real servers: backed up while they
// write, destroyed, and brought back equal. What each was tried on beyond that: docs/recover.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { bareMachine, bareMachineSkip } from './support/bare-machine.ts';
import { cli } from './support/cli.ts';
import { compareTrees } from './support/compare-trees.ts';
import { type MariadbServer, startMariadbServer } from './support/mariadb-server.ts';
import { type PostgresServer, startPostgresServer } from './support/postgres-server.ts';
import { quickCeremony } from './support/quick-ceremony.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const masterPassword = 'quartz lemon tundra 4 violin osprey';
const kinds = ['vaultwarden', 'guacamole', 'jumpserver', 'passbolt', 'teleport', 'keycloak'];
const folders = [
  ...[
    '/var/lib/vaultwarden',
    '/etc/vaultwarden.env',
    '/etc/guacamole',
    '/var/lib/tomcat10/webapps',
    '/var/lib/guacamole',
  ],
  ...['/opt/jumpserver', '/data/jumpserver', '/etc/passbolt', '/var/lib/passbolt', '/etc/teleport.yaml'],
  ...['/var/lib/teleport', '/opt/keycloak'],
];
// Made again by the application, or taken by the recordings job.
const leftOut = {
  '/var/lib/vaultwarden/icon_cache': 'example.com.png',
  '/var/lib/guacamole/recordings': '1/recording',
  '/data/jumpserver/core/data/media/replay': '2026-11-26/r.gz',
  '/data/jumpserver/mariadb': 'ibdata1',
  '/var/lib/passbolt/tmp': 'cache/models',
  '/var/lib/teleport/log': 'records/r.tar',
  '/opt/keycloak/data/tmp': 'kc-gzip-cache/x',
};
const taken = {
  '/etc/vaultwarden.env': 'DOMAIN=https://vault.example.org\n',
  '/var/lib/vaultwarden/rsa_key.pem': '-----BEGIN PRIVATE KEY-----\n',
  '/var/lib/vaultwarden/config.json': '{"signups_allowed":false}\n',
  '/var/lib/vaultwarden/attachments/c1/a1': 'sealed attachment',
  '/var/lib/vaultwarden/sends/s1/f1': 'sealed send',
  '/etc/guacamole/guacamole.properties': 'postgresql-database: guacamole_db\n',
  '/etc/guacamole/extensions/guacamole-auth-jdbc-postgresql-1.5.5.jar': 'PK extension',
  '/etc/guacamole/lib/postgresql-42.jar': 'PK driver',
  '/var/lib/tomcat10/webapps/guacamole.war': 'PK application',
  '/opt/jumpserver/config/config.txt': 'SECRET_KEY=k\nBOOTSTRAP_TOKEN=t\n',
  '/opt/jumpserver/config/nginx/cert/server.key': '-----BEGIN PRIVATE KEY-----\n',
  '/data/jumpserver/core/data/certs/rest.key': 'key',
  '/etc/passbolt/passbolt.php': '<?php return [];\n',
  '/etc/passbolt/gpg/serverkey_private.asc': '-----BEGIN PGP PRIVATE KEY BLOCK-----\n',
  '/etc/passbolt/jwt/jwt.key': '-----BEGIN PRIVATE KEY-----\n',
  '/var/lib/passbolt/.gnupg/pubring.kbx': 'keyring',
  '/etc/teleport.yaml': 'teleport:\n  data_dir: /var/lib/teleport\n',
  '/var/lib/teleport/host_uuid': '0b0e5c3e-4b43-4d2e-9f0a-0a3c3a1f3a11',
  '/opt/keycloak/conf/keycloak.conf': 'db=postgres\n',
  '/opt/keycloak/conf/server.keystore': 'keystore',
  '/opt/keycloak/providers/own.jar': 'PK provider',
  '/opt/keycloak/themes/own/login/theme.properties': 'parent=keycloak\n',
};
const sqlite = ['/var/lib/vaultwarden/db.sqlite3', '/var/lib/teleport/backend/sqlite.db'];

test('applications come back equal with their files and their databases, SQLite and in servers', {
  skip:
    bareMachineSkip || needs('postgres', 'psql', 'pg_dump', 'pg_restore', 'mariadbd', 'mariadb', 'mariadb-dump').skip,
}, async (context) => {
  const folder = await temporaryFolder(context);
  const [root, place, target, master] = ['old', 'place', 'new', 'master'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  const orbit = bareMachine(root);
  for (const [path, text] of Object.entries(taken)) write(join(root, path), text);
  for (const [path, name] of Object.entries(leftOut)) write(join(root, path, name), 'no');
  const open = sqlite.map((path) => openDatabase(context, join(root, path)));
  const [postgres, mariadb] = await servers(context);
  const before = await contents(postgres, mariadb);

  writeFileSync(master, masterPassword, { mode: 0o600 });
  const home = join(root, 'root/orbit');
  await quickCeremony(home, masterPassword);
  const done = async (...args: string[]): Promise<void> => {
    const result = await cli(args, { home });
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
  };
  await done('destination', 'add', 'folder', 'local', '--path', place);
  await done('job', 'set', 'system', '--destination', 'local', '--without-folder', '/etc');
  const { found } = JSON.parse(await orbit('profile', 'detect', '--json')) as { found: string[] };
  assert.deepEqual(
    kinds.filter((kind) => !found.includes(kind)),
    [],
  );
  for (const kind of kinds) await done('profile', 'add', kind);
  const at = ['--host', postgres.socketFolder, '--port', String(postgres.port), '--account', 'root'];
  await done('profile', 'add', 'postgresql', ...at, '--databases', 'guacamole_db', 'keycloak');
  const socket = ['--socket', mariadb.socket, '--account', 'root', '--databases', 'jumpserver', 'passbolt'];
  await done('profile', 'add', 'mariadb', ...socket);
  assert.match(await orbit('backup', 'create', '--kind', 'system'), /Everything is backed up/);

  // Destroyed: the tables, and for the files a new root is enough.
  for (const name of ['guacamole_db', 'keycloak']) await postgres.sql('DROP TABLE entries', name);
  await mariadb.sql('DROP DATABASE jumpserver; UPDATE passbolt.entries SET value = 0');
  const recover = async (...args: string[]): Promise<void> => {
    const key = ['--master-password-file', master, '--yes'];
    const result = await cli(['recover', 'folder', '--path', place, ...key, ...args]);
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
  };
  await recover('--target', target, '--only', ...folders);
  const safety = ['--safety-folder', join(folder, 'safety')];
  await recover('--target', '/', ...safety, '--database', 'guacamole_db', 'keycloak', 'jumpserver', 'passbolt');

  assert.equal(await contents(postgres, mariadb), before);
  for (const [at, path] of sqlite.entries()) assert.equal(sumOf(join(target, path)), open[at]);
  // Files and their owners, permissions, times: all but what is left out, and the databases that were compared.
  for (const [path, name] of Object.entries(leftOut))
    rmSync(join(root, path, name.split('/')[0] ?? ''), { recursive: true });
  for (const path of sqlite)
    for (const end of ['', '-wal', '-shm'])
      for (const side of [root, target]) rmSync(join(side, path + end), { force: true });
  const isOurs = (difference: string): boolean => folders.some((path) => difference.startsWith(path));
  const differences = (await compareTrees(root, target)).filter(isOurs);
  // Folders where something was just removed have another time.
  assert.deepEqual(
    differences.filter((line) => !/: mtime/.test(line)),
    [],
  );
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o640 });
}

// In use: its newest rows are in the journal only, and a writer's transaction is open. Gives what was committed.
function openDatabase(context: TestContext, path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  context.after(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE entries (value INTEGER)');
  for (let value = 1; value <= 200; value += 1) database.exec(`INSERT INTO entries VALUES (${value})`);
  database.exec('BEGIN; INSERT INTO entries VALUES (1000000)');
  return 20_100;
}

function sumOf(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare('SELECT sum(value) AS sum FROM entries').get()?.['sum']);
  } finally {
    database.close();
  }
}

async function servers(context: TestContext): Promise<[PostgresServer, MariadbServer]> {
  const postgres = await startPostgresServer();
  context.after(() => postgres.remove());
  const mariadb = await startMariadbServer();
  context.after(() => mariadb.remove());
  for (const name of ['guacamole_db', 'keycloak']) {
    await postgres.sql(`CREATE DATABASE ${name}`);
    await postgres.sql(
      `CREATE TABLE entries (id serial PRIMARY KEY, name text UNIQUE, value bytea);
       INSERT INTO entries (name, value) SELECT i, decode(md5(i::text), 'hex') FROM generate_series(1, 500) i`,
      name,
    );
  }
  await postgres.setAccess(['local all all trust']);
  await mariadb.sql("DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES");
  for (const name of ['jumpserver', 'passbolt'])
    await mariadb.sql(`CREATE DATABASE ${name};
      CREATE TABLE ${name}.entries (id INT PRIMARY KEY, value VARBINARY(32)) AS SELECT seq AS id, MD5(seq) AS value FROM seq_1_to_500`);
  await mariadb.sql('ALTER USER root@localhost IDENTIFIED VIA unix_socket');
  return [postgres, mariadb];
}

async function contents(postgres: PostgresServer, mariadb: MariadbServer): Promise<string> {
  const sums: string[] = [];
  for (const name of ['guacamole_db', 'keycloak'])
    sums.push(await postgres.sql("SELECT count(*), md5(string_agg(e::text, ',' ORDER BY id)) FROM entries e", name));
  const sql = 'CHECKSUM TABLE jumpserver.entries, passbolt.entries';
  sums.push(execFileSync('mariadb', [`--socket=${mariadb.socket}`, '--user=root', '-N', '-e', sql]).toString());
  return sums.join('\n');
}
