-- People who sign in to the console, their sign-ins, and the links by which a first or forgotten password is set.
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role TEXT NOT NULL CHECK (role IN ('administrator', 'operator', 'auditor')),
  -- PHC string of argon2id; null until the link that was made for the account is used.
  password_hash TEXT,
  created_at TEXT NOT NULL,
  password_set_at TEXT
) STRICT;

-- A sign-in is known by the SHA-256 of its token; the token itself is only in the browser.
CREATE TABLE sign_in (
  id TEXT PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  created_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_account ON sign_in (account_id);

-- One-time links, known by the SHA-256 of their token. Without an account: the link that makes the first one.
CREATE TABLE account_link (
  digest BLOB PRIMARY KEY,
  account_id TEXT REFERENCES account (id) ON DELETE CASCADE,
  expires_at TEXT NOT NULL
) STRICT;

-- Tokens for programs, known by their SHA-256.
CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('administrator', 'operator', 'auditor')),
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TEXT,
  used_at TEXT
) STRICT;
