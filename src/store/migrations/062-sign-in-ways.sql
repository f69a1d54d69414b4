-- A fourth role, and further ways to sign in: one-time codes, passkeys, an identity provider.
-- A CHECK cannot be changed, and dropping a table takes what refers to it along: so all are made anew.
CREATE TABLE new_account (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role TEXT NOT NULL CHECK (role IN ('administrator', 'operator', 'auditor', 'custodian')),
  -- PHC string of argon2id; null until the link that was made for the account is used.
  password_hash TEXT,
  created_at TEXT NOT NULL,
  password_set_at TEXT,
  -- `issuer subject` of the identity provider, for accounts that sign in there.
  provider_subject TEXT UNIQUE
) STRICT;
INSERT INTO new_account SELECT id, name, role, password_hash, created_at, password_set_at, NULL FROM account;
CREATE TEMP TABLE kept_sign_in AS SELECT * FROM sign_in;
CREATE TEMP TABLE kept_link AS SELECT * FROM account_link;
DROP TABLE sign_in;
DROP TABLE account_link;
DROP TABLE account;
ALTER TABLE new_account RENAME TO account;

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
INSERT INTO sign_in SELECT * FROM kept_sign_in;
CREATE TABLE account_link (
  digest BLOB PRIMARY KEY,
  account_id TEXT REFERENCES account (id) ON DELETE CASCADE,
  expires_at TEXT NOT NULL
) STRICT;
INSERT INTO account_link SELECT * FROM kept_link;
DROP TABLE kept_sign_in;
DROP TABLE kept_link;

CREATE TABLE new_token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('administrator', 'operator', 'auditor', 'custodian')),
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TEXT,
  used_at TEXT
) STRICT;
INSERT INTO new_token SELECT * FROM api_token;
DROP TABLE api_token;
ALTER TABLE new_token RENAME TO api_token;

-- One-time codes (RFC 6238). The secret is sealed by the instance key; a step is used once.
CREATE TABLE account_totp (
  account_id TEXT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
  secret BLOB NOT NULL,
  confirmed_at TEXT,
  last_step INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Codes for the day the telephone is lost, known by their SHA-256; each works once.
CREATE TABLE account_recovery_code (
  digest BLOB PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE account_passkey (
  id TEXT PRIMARY KEY, -- the credential's id, base64url
  account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  public_key BLOB NOT NULL, -- COSE
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL, -- JSON list
  created_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
