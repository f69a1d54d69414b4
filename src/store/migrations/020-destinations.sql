-- Places that backups are kept at. `config` and `pins` are JSON without secrets; `sealed_secrets` is sealed by the instance key.
CREATE TABLE destination (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  config TEXT NOT NULL,
  sealed_secrets BLOB,
  -- What was seen and confirmed when it was added: the SSH host key, the mount.
  pins TEXT NOT NULL DEFAULT '{}',
  state TEXT NOT NULL DEFAULT 'untested',
  state_since TEXT NOT NULL,
  last_probe TEXT,
  -- What trying to delete and overwrite showed, as JSON.
  append_only TEXT,
  created_at TEXT NOT NULL
) STRICT;

-- What happened to a destination; ids never change, whoever tells people remembers them.
CREATE TABLE destination_event (
  id TEXT PRIMARY KEY,
  destination_id TEXT NOT NULL,
  destination_name TEXT NOT NULL,
  type TEXT NOT NULL,
  at TEXT NOT NULL,
  code TEXT,
  message TEXT NOT NULL
) STRICT;
CREATE INDEX destination_event_at ON destination_event (at);

-- SSH key pairs of Orbit's own; the private half is sealed by the instance key.
CREATE TABLE ssh_key (
  name TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  public_line TEXT NOT NULL,
  sealed_private BLOB NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
