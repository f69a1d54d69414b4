-- Who changed what. `entry` is the exact JSON that was hashed; each names the hash of the one before it.
CREATE TABLE audit_entry (
  number INTEGER PRIMARY KEY,
  entry TEXT NOT NULL,
  hash TEXT NOT NULL,
  at TEXT GENERATED ALWAYS AS (json_extract(entry, '$.at')) VIRTUAL,
  actor TEXT GENERATED ALWAYS AS (json_extract(entry, '$.actor')) VIRTUAL,
  action TEXT GENERATED ALWAYS AS (json_extract(entry, '$.action')) VIRTUAL
) STRICT;
CREATE INDEX audit_entry_at ON audit_entry (at);

-- Nothing of Orbit's changes or removes an entry; whoever goes around this breaks the chain.
CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_entry_is_kept BEFORE DELETE ON audit_entry BEGIN
  SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
