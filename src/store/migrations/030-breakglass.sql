-- Recovery keys: public data, and private halves only as age files that this instance cannot open.
CREATE TABLE recovery_key (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  created_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('current', 'retired', 'compromised')),
  -- recovery-key.age: under the master password; NULL when there is none.
  wrapped_by_password BLOB,
  -- recovery-key.recipients.age: for the extra recipients; NULL when there are none.
  wrapped_to_recipients BLOB,
  -- For a retired key: its identity file sealed to the current key's recipient. NULL when it was given up.
  sealed_to_current BLOB,
  -- The custodians' set, when shares were made: its id, how many open it, how many there are.
  share_set TEXT,
  share_threshold INTEGER,
  share_total INTEGER,
  signing_key TEXT NOT NULL REFERENCES signing_key (id)
) STRICT;
CREATE UNIQUE INDEX one_current_recovery_key ON recovery_key (state) WHERE state = 'current';

CREATE TABLE recovery_recipient (
  key_id TEXT NOT NULL REFERENCES recovery_key (id),
  recipient TEXT NOT NULL,
  title TEXT NOT NULL,
  added_at TEXT NOT NULL,
  PRIMARY KEY (key_id, recipient)
) STRICT;

-- Ed25519 keys that sign kits; the private half is sealed by the instance key.
CREATE TABLE signing_key (
  id TEXT PRIMARY KEY,
  public_key BLOB NOT NULL,
  sealed_private_key BLOB NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- Kits as they were proved at a destination. A scope is one job's way to one destination.
CREATE TABLE kit (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  run_id TEXT NOT NULL,
  -- Keyed digest of all that went in; equal means that a new kit would say the same.
  basis TEXT NOT NULL,
  manifest_sha256 TEXT NOT NULL,
  records INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  proved_at TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT;

-- Sealed files at destinations, by a keyed digest of what is in them: sealing twice gives other bytes.
CREATE TABLE sealed_file (
  -- Keyed digest of a repository password, its recipients and the place.
  basis TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL
) STRICT;
