-- Which key set lies at the top of each destination, and whether its kits still wait to be sealed anew.
CREATE TABLE key_delivery (
  destination_id TEXT PRIMARY KEY REFERENCES destination (id) ON DELETE CASCADE,
  -- Digest of the key set that was brought there; NULL when none was yet.
  key_set TEXT,
  brought_at TEXT,
  -- Names of files that the place would not let us replace, one a line.
  refused TEXT NOT NULL DEFAULT '',
  -- JSON: code, message, hint of the last try that failed.
  failure TEXT,
  -- The recovery key to which the kits and passwords here must be sealed anew, as long as they are not.
  reseal_to TEXT
) STRICT;
