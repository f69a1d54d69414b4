// The applications of a PAM team, laid out as their documents say, with their tables in real servers: backed up while they
// write, destroyed, and brought back equal. What each was tried on beyond that: docs/recover.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { tablesOf } from './support/application-tables.ts';
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
  '/var/lib/teleport/log/records': 'r.tar',
  '/var/lib/teleport/log/playbacks': 'sessions/default/r.tar',
  '/opt/keycloak/data/tmp': 'kc-gzip-cache/x',
};
const taken = {
  '/etc/vaultwarden.env': 'DOMAIN=https://vault.example.org\n',
  '/var/lib/vaultwarden/rsa_key.pem': '-----BEGIN PRIVATE KEY-----\n',
  '/var/lib/vaultwarden/rsa_key.pub.pem': '-----BEGIN PUBLIC KEY-----\n',
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
  '/etc/passbolt/gpg/serverkey.asc': '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
  '/etc/passbolt/subscription_key.txt': 'subscription\n',
  '/etc/passbolt/jwt/jwt.key': '-----BEGIN PRIVATE KEY-----\n',
  '/var/lib/passbolt/.gnupg/pubring.kbx': 'keyring',
  '/etc/teleport.yaml': 'teleport:\n  data_dir: /var/lib/teleport\n',
  '/var/lib/teleport/host_uuid': '0b0e5c3e-4b43-4d2e-9f0a-0a3c3a1f3a11',
  '/var/lib/teleport/license.pem': '-----BEGIN CERTIFICATE-----\n',
  '/var/lib/teleport/log/0b0e5c3e-4b43-4d2e-9f0a-0a3c3a1f3a11/2026-11-26.00:00:00.log': '{"event":"user.login"}\n',
  '/opt/keycloak/conf/keycloak.conf': 'db=postgres\n',
  '/opt/keycloak/conf/server.keystore': 'keystore',
  '/opt/keycloak/providers/own.jar': 'PK provider',
  '/opt/keycloak/themes/own/login/theme.properties': 'parent=keycloak\n',
};
const sqlite = { vaultwarden: '/var/lib/vaultwarden/db.sqlite3', teleport: '/var/lib/teleport/backend/sqlite.db' };
const inPostgres = { guacamole_db: 'guacamole', keycloak: 'keycloak' } as const;
const inMariadb = ['jumpserver', 'passbolt'] as const;

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
  const rowsBefore = [
    openDatabase(context, join(root, sqlite.vaultwarden), tablesOf('vaultwarden')),
    openDatabase(context, join(root, sqlite.teleport), tablesOf('teleport')),
  ];
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
  await postgres.sql('DROP TABLE guacamole_user CASCADE', 'guacamole_db');
  await postgres.sql('TRUNCATE user_entity CASCADE', 'keycloak');
  await mariadb.sql("DROP DATABASE jumpserver; UPDATE passbolt.secrets SET data = ''; DROP TABLE passbolt.avatars");
  const recover = async (...args: string[]): Promise<void> => {
    const key = ['--master-password-file', master, '--yes'];
    const result = await cli(['recover', 'folder', '--path', place, ...key, ...args]);
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
  };
  await recover('--target', target, '--only', ...folders);
  const safety = ['--safety-folder', join(folder, 'safety')];
  await recover('--target', '/', ...safety, '--database', 'guacamole_db', 'keycloak', 'jumpserver', 'passbolt');

  assert.equal(await contents(postgres, mariadb), before);
  assert.deepEqual(
    Object.values(sqlite).map((path) => rowsOf(new DatabaseSync(join(target, path)))),
    rowsBefore,
  );
  // Files and their owners, permissions, times: all but what is left out, and the databases that were compared.
  for (const [path, name] of Object.entries(leftOut))
    rmSync(join(root, path, name.split('/')[0] ?? ''), { recursive: true });
  for (const path of Object.values(sqlite))
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
function openDatabase(context: TestContext, path: string, tables: string): string[] {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  context.after(() => database.close());
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${tables}`);
  const rows = rowsOf(database);
  database.exec('BEGIN; CREATE TABLE half_done (value INTEGER)');
  return rows;
}

// Every row of every table, and what makes the tables.
function rowsOf(database: DatabaseSync): string[] {
  const schema = database.prepare('SELECT name, type, sql FROM sqlite_schema ORDER BY type, name').all();
  const tables = schema.filter(({ type }) => type === 'table').map(({ name }) => String(name));
  assert.ok(tables.length > 1);
  const values = tables.flatMap((name) => database.prepare(`SELECT * FROM "${name}"`).all());
  return [...schema, ...values].map((row) =>
    JSON.stringify(row, (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ),
  );
}

async function servers(context: TestContext): Promise<[PostgresServer, MariadbServer]> {
  const postgres = await startPostgresServer();
  context.after(() => postgres.remove());
  const mariadb = await startMariadbServer();
  context.after(() => mariadb.remove());
  for (const [name, application] of Object.entries(inPostgres)) {
    await postgres.sql(`CREATE DATABASE ${name}`);
    await postgres.sql(tablesOf(application), name);
  }
  await postgres.setAccess(['local all all trust']);
  await mariadb.sql("DELETE FROM mysql.global_priv WHERE Host <> 'localhost'; FLUSH PRIVILEGES");
  for (const name of inMariadb) {
    await mariadb.sql(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
    await mariadb.sql(tablesOf(name), name);
  }
  await mariadb.sql('ALTER USER root@localhost IDENTIFIED VIA unix_socket');
  return [postgres, mariadb];
}

// Every table's name and the checksum of its rows, and where its sequences are.
async function contents(postgres: PostgresServer, mariadb: MariadbServer): Promise<string> {
  const sums: string[] = [];
  const lines = async (text: string, name: string): Promise<string[]> =>
    (await postgres.sql(text, name)).split('\n').filter((line) => line !== '');
  for (const name of Object.keys(inPostgres)) {
    const tables = await lines("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", name);
    assert.ok(tables.length > 2, name);
    for (const table of tables) {
      const sum = `SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM "${table}" t`;
      sums.push(`${name} ${table} ${await postgres.sql(sum, name)}`);
    }
    sums.push(...(await lines('SELECT sequencename, last_value FROM pg_sequences ORDER BY 1', name)));
  }
  const asked = (sql: string): string =>
    execFileSync('mariadb', [`--socket=${mariadb.socket}`, '--user=root', '-N', '-e', sql])
      .toString()
      .trim();
  for (const name of inMariadb) {
    const tables = asked(`SHOW TABLES FROM ${name}`).split('\n');
    assert.ok(tables.length > 2, name);
    sums.push(asked(`CHECKSUM TABLE ${tables.map((table) => `${name}.\`${table}\``).join(', ')}`));
  }
  return sums.join('\n');
}
