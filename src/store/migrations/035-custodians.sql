-- Who is trusted with shares, which sets were made, and who has seen, printed and confirmed theirs. Never a word of a share.
CREATE TABLE custodian (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  contact TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('en', 'pt')),
  recipient TEXT,
  created_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE UNIQUE INDEX custodian_name ON custodian (name) WHERE removed_at IS NULL;

-- One row a set of shares. The set with no retired_at is the current one.
CREATE TABLE share_set (
  set_id INTEGER PRIMARY KEY,
  key_id TEXT NOT NULL,
  threshold INTEGER NOT NULL,
  share_count INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  retired_at TEXT,
  retired_because TEXT
) STRICT;
CREATE UNIQUE INDEX share_set_current ON share_set ((retired_at IS NULL)) WHERE retired_at IS NULL;

-- Who holds which share of a set. digest is SHA-256 over a share of 256 random bits: it proves a share, it tells nothing of it.
CREATE TABLE share_holder (
  set_id INTEGER NOT NULL REFERENCES share_set (set_id),
  share_index INTEGER NOT NULL,
  custodian_id TEXT NOT NULL REFERENCES custodian (id),
  digest BLOB NOT NULL,
  viewed_at TEXT,
  printed_at TEXT,
  confirmed_at TEXT,
  PRIMARY KEY (set_id, share_index)
) STRICT;
