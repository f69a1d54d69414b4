-- The built-in vault. Everything a person typed is sealed with the instance key: titles and user names as well as values.
-- In clear are ids, times, counts and sizes only.

-- One number that grows with every change; a kit run starts when it did.
CREATE TABLE vault_state (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  generation INTEGER NOT NULL
) STRICT;
INSERT INTO vault_state (only_row, generation) VALUES (1, 0);

-- `label` is what lists show (title, user name, url, groups, tags, type, expiry), `contents` what must be asked for
-- (password, notes, fields, TOTP). A removed secret stays, with its past.
CREATE TABLE secret (
  id TEXT PRIMARY KEY,
  revision INTEGER NOT NULL,
  is_own INTEGER NOT NULL,
  label BLOB NOT NULL,
  contents BLOB NOT NULL,
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;

-- What a secret looked like before: rows are moved here as they were sealed, and never changed.
CREATE TABLE secret_version (
  secret_id TEXT NOT NULL REFERENCES secret (id),
  revision INTEGER NOT NULL,
  label BLOB NOT NULL,
  contents BLOB NOT NULL,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (secret_id, revision)
) STRICT, WITHOUT ROWID;

-- An attachment belongs to every revision from `since_revision` up to, not including, `until_revision`.
CREATE TABLE secret_attachment (
  secret_id TEXT NOT NULL REFERENCES secret (id),
  number INTEGER NOT NULL,
  since_revision INTEGER NOT NULL,
  until_revision INTEGER,
  name BLOB NOT NULL,
  bytes BLOB NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (secret_id, number)
) STRICT;
