-- How a share reached its custodian; and sheets that wait behind a one-time link, sealed under a key that only the link has.
ALTER TABLE share_holder ADD COLUMN delivery TEXT NOT NULL DEFAULT 'in-person' CHECK (delivery IN ('in-person', 'link', 'sealed'));

CREATE TABLE share_link (
  id TEXT PRIMARY KEY,
  set_id INTEGER NOT NULL REFERENCES share_set (set_id),
  share_index INTEGER NOT NULL,
  -- SHA-256 of what whoever has the link can show, so that a copy of this table opens nothing.
  proof BLOB NOT NULL,
  -- The sheet, sealed; NULL once it was given out or its time is over.
  sealed BLOB,
  made_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  opened_at TEXT
) STRICT;
