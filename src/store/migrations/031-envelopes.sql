-- Parts of a kit that open with a team's own keys: which groups of secrets, for whom.
CREATE TABLE envelope (
  -- Eight hexadecimal digits: what files and manifests call it.
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL COLLATE NOCASE UNIQUE,
  -- JSON: group paths, each a list of names. A secret at or below one of them is in it.
  groups TEXT NOT NULL,
  -- JSON: age and SSH public keys.
  recipients TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
