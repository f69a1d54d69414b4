// The tables that matter most of each application, with the names and kinds of columns that its own schema gives them, and rows in
// them. With a folder of schemas in ORBIT_TEST_SCHEMAS (`guacamole.sql`, …: SQL of the application itself) those are made instead.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface ApplicationTables {
  tables: string;
  rows: string;
}

// In a PostgreSQL server.
const guacamole: ApplicationTables = {
  tables: `CREATE TYPE guacamole_entity_type AS ENUM ('USER', 'USER_GROUP');
CREATE TABLE guacamole_entity (entity_id serial PRIMARY KEY, name varchar(128) NOT NULL, type guacamole_entity_type NOT NULL, UNIQUE (type, name));
CREATE TABLE guacamole_user (user_id serial PRIMARY KEY, entity_id integer NOT NULL UNIQUE REFERENCES guacamole_entity ON DELETE CASCADE,
  password_hash bytea NOT NULL, password_salt bytea, password_date timestamptz NOT NULL, disabled boolean NOT NULL DEFAULT false, valid_from date);
CREATE TABLE guacamole_connection (connection_id serial PRIMARY KEY, connection_name varchar(128) NOT NULL, parent_id integer, protocol varchar(32) NOT NULL);
CREATE TABLE guacamole_connection_parameter (connection_id integer REFERENCES guacamole_connection ON DELETE CASCADE,
  parameter_name varchar(128), parameter_value varchar(4096) NOT NULL, PRIMARY KEY (connection_id, parameter_name));
CREATE TABLE guacamole_connection_history (history_id serial PRIMARY KEY, user_id integer REFERENCES guacamole_user ON DELETE SET NULL,
  username varchar(128) NOT NULL, connection_id integer REFERENCES guacamole_connection ON DELETE SET NULL, connection_name varchar(128) NOT NULL,
  start_date timestamptz NOT NULL, end_date timestamptz);
CREATE INDEX ON guacamole_connection_history (start_date);`,
  rows: `INSERT INTO guacamole_entity (name, type) SELECT 'person ' || i, 'USER' FROM generate_series(1, 300) i;
INSERT INTO guacamole_user (entity_id, password_hash, password_salt, password_date)
  SELECT entity_id, sha256(name::bytea), sha256(('salt' || name)::bytea), '2026-11-26 10:00:00+00' FROM guacamole_entity WHERE name LIKE 'person %';
INSERT INTO guacamole_connection (connection_name, protocol) VALUES ('db01', 'ssh'), ('desk ção', 'rdp');
INSERT INTO guacamole_connection_parameter SELECT connection_id, 'password', E'it\\'s "quoted"\\n\\\\ and long ' || repeat('x', 3000) FROM guacamole_connection;
INSERT INTO guacamole_connection_history (user_id, username, connection_id, connection_name, start_date)
  SELECT u.user_id, 'person', c.connection_id, c.connection_name, '2026-11-26 10:00:00+00' FROM guacamole_user u CROSS JOIN guacamole_connection c;`,
};

// In a PostgreSQL server.
const keycloak: ApplicationTables = {
  tables: `CREATE TABLE realm (id varchar(36) PRIMARY KEY, name varchar(255) UNIQUE, enabled boolean NOT NULL DEFAULT false);
CREATE TABLE user_entity (id varchar(36) PRIMARY KEY, email varchar(255), username varchar(255), realm_id varchar(255), created_timestamp bigint, UNIQUE (realm_id, username));
CREATE TABLE credential (id varchar(36) PRIMARY KEY, salt bytea, type varchar(255), user_id varchar(36) REFERENCES user_entity, secret_data text, credential_data text);`,
  rows: `INSERT INTO realm VALUES ('r1', 'pam', true);
INSERT INTO user_entity SELECT 'u' || i, i || '@example.org', 'user' || i, 'r1', 1764237600000 + i FROM generate_series(1, 300) i;
INSERT INTO credential SELECT 'c' || i, sha256(i::text::bytea), 'password', 'u' || i, '{"value":"' || md5(i::text) || '"}', '{"algorithm":"argon2"}' FROM generate_series(1, 300) i;`,
};

// In a MariaDB server.
const jumpserver: ApplicationTables = {
  tables: `CREATE TABLE users_user (id char(32) PRIMARY KEY, username varchar(128) NOT NULL UNIQUE, password varchar(128) NOT NULL, is_active tinyint(1) NOT NULL, date_joined datetime(6) NOT NULL);
CREATE TABLE assets_asset (id char(32) PRIMARY KEY, name varchar(128) NOT NULL, address varchar(767) NOT NULL, custom_info longtext CHECK (JSON_VALID(custom_info)));
CREATE TABLE accounts_account (id char(32) PRIMARY KEY, username varchar(128) NOT NULL, _secret longtext, version int NOT NULL, asset_id char(32) NOT NULL,
  CONSTRAINT accounts_account_asset FOREIGN KEY (asset_id) REFERENCES assets_asset (id));`,
  rows: `INSERT INTO users_user SELECT MD5(seq), CONCAT('person', seq), CONCAT('pbkdf2_sha256$', MD5(seq + 1)), 1, '2026-11-26 10:00:00.123456' FROM mysql.seq_1_to_300;
INSERT INTO assets_asset VALUES (MD5('db01'), 'db01 ção 🔑', '10.0.0.1', '{"a": "it''s"}');
INSERT INTO accounts_account SELECT MD5(CONCAT('a', seq)), CONCAT('root', seq), TO_BASE64(RANDOM_BYTES(48)), 1, MD5('db01') FROM mysql.seq_1_to_300;`,
};

// In a MariaDB server.
const passbolt: ApplicationTables = {
  tables: `CREATE TABLE users (id char(36) CHARACTER SET ascii COLLATE ascii_general_ci PRIMARY KEY, username varchar(255) NOT NULL, active tinyint(1) NOT NULL DEFAULT 0, created datetime NOT NULL);
CREATE TABLE gpgkeys (id char(36) CHARACTER SET ascii COLLATE ascii_general_ci PRIMARY KEY, user_id char(36) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL, armored_key text NOT NULL, fingerprint varchar(51) NOT NULL, KEY (user_id));
CREATE TABLE secrets (id char(36) CHARACTER SET ascii COLLATE ascii_general_ci PRIMARY KEY, user_id char(36) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL, resource_id char(36) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL, data mediumtext NOT NULL);
CREATE TABLE avatars (id char(36) CHARACTER SET ascii COLLATE ascii_general_ci PRIMARY KEY, profile_id char(36) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL, data mediumblob);`,
  rows: `INSERT INTO users SELECT UUID(), CONCAT('person', seq, '@example.org'), 1, '2026-11-26 10:00:00' FROM mysql.seq_1_to_200;
INSERT INTO gpgkeys SELECT UUID(), id, CONCAT('-----BEGIN PGP PUBLIC KEY BLOCK-----\\n\\n', TO_BASE64(RANDOM_BYTES(600)), '\\n'), UPPER(SHA1(id)) FROM users;
INSERT INTO secrets SELECT UUID(), id, UUID(), CONCAT('-----BEGIN PGP MESSAGE-----\\n\\n', REPEAT(TO_BASE64(RANDOM_BYTES(900)), 20)) FROM users;
INSERT INTO avatars SELECT UUID(), UUID(), CONCAT(0x89504E470D0A1A0A00FF27225C, RANDOM_BYTES(1000)) FROM mysql.seq_1_to_20;`,
};

const now = "'2026-11-26 10:00:00.000000000'";

// In an SQLite file.
const vaultwarden: ApplicationTables = {
  tables: `CREATE TABLE users (uuid TEXT NOT NULL PRIMARY KEY, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  password_hash BLOB NOT NULL, salt BLOB NOT NULL, password_iterations INTEGER NOT NULL, akey TEXT NOT NULL, security_stamp TEXT NOT NULL, equivalent_domains TEXT NOT NULL, excluded_globals TEXT NOT NULL);
CREATE TABLE ciphers (uuid TEXT NOT NULL PRIMARY KEY, created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL, user_uuid TEXT REFERENCES users (uuid), atype INTEGER NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE attachments (id TEXT NOT NULL PRIMARY KEY, cipher_uuid TEXT NOT NULL REFERENCES ciphers (uuid), file_name TEXT NOT NULL, file_size INTEGER NOT NULL, akey TEXT);`,
  rows: `INSERT INTO users (uuid, created_at, updated_at, email, name, password_hash, salt, password_iterations, akey, security_stamp, equivalent_domains, excluded_globals)
  WITH RECURSIVE seq (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM seq WHERE i < 200) SELECT 'u' || i, ${now}, ${now}, i || '@example.org', 'Ana ' || i, randomblob(32), randomblob(64), 600000, '2.' || hex(randomblob(48)), 's' || i, '[]', '[]' FROM seq;
INSERT INTO ciphers (uuid, created_at, updated_at, user_uuid, atype, name, data) SELECT 'c' || uuid, ${now}, ${now}, uuid, 1, '2.' || hex(randomblob(32)), '{"Password":"2.' || hex(randomblob(64)) || '"}' FROM users;
INSERT INTO attachments (id, cipher_uuid, file_name, file_size, akey) SELECT 'a' || uuid, uuid, '2.' || hex(randomblob(24)), 17, '2.' || hex(randomblob(48)) FROM ciphers;`,
};

// In an SQLite file.
const teleport: ApplicationTables = {
  tables: `CREATE TABLE kv (key TEXT NOT NULL PRIMARY KEY, modified INTEGER NOT NULL, expires DATETIME, value BLOB, revision TEXT NOT NULL DEFAULT '');
CREATE TABLE events (id INTEGER PRIMARY KEY, type TEXT NOT NULL, created INTEGER NOT NULL, kv_key TEXT NOT NULL, kv_modified INTEGER NOT NULL, kv_value BLOB);`,
  rows: `INSERT INTO kv (key, modified, value, revision) VALUES ('/authorities/user/pam', 1764237600, randomblob(4000), 'r1'), ('/authorities/host/pam', 1764237600, randomblob(4000), 'r1');
INSERT INTO events (type, created, kv_key, kv_modified, kv_value) SELECT 'Put', 1764237600, key, modified, value FROM kv;`,
};

const known = { guacamole, keycloak, jumpserver, passbolt, vaultwarden, teleport };

/** Statements that make and fill them. */
export function tablesOf(application: keyof typeof known): string {
  const { tables, rows } = known[application];
  const folder = process.env['ORBIT_TEST_SCHEMAS'];
  const file = folder === undefined ? undefined : join(folder, `${application}.sql`);
  return `${file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : tables}\n${rows}`;
}
