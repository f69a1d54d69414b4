-- Tokens have scopes instead of a role: those that had one keep what it allowed.
CREATE TABLE scoped_token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL UNIQUE,
  -- Names of scopes, a blank between.
  scopes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TEXT,
  used_at TEXT
) STRICT;
INSERT INTO scoped_token (id, name, digest, scopes, created_at, created_by, expires_at, used_at)
SELECT id, name, digest,
  'state:read recovery:read'
  || CASE WHEN role IN ('administrator', 'operator', 'auditor') THEN
    ' metrics:read health:read backups:read restores:read kits:read drills:read recordings:read settings:read'
    || ' custody:read audit:read approvals:read' ELSE '' END
  || CASE WHEN role IN ('administrator', 'operator') THEN
    ' backups:run backups:browse backups:protect kits:download drills:run settings:test maintenance:write' ELSE '' END
  || CASE WHEN role IN ('administrator', 'auditor') THEN ' recordings:watch' ELSE '' END
  || CASE WHEN role = 'administrator' THEN
    ' backups:legal-hold backups:retain restores:run recordings:export recordings:hold settings:write custody:write'
    || ' approvals:decide accounts:read accounts:write' ELSE '' END,
  created_at, created_by, expires_at, used_at
FROM api_token;
DROP TABLE api_token;
ALTER TABLE scoped_token RENAME TO api_token;
