-- Troubles with their beginning and their end. The same trouble of the same thing is one incident while it lasts.
CREATE TABLE incident (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  matter TEXT NOT NULL,
  event TEXT NOT NULL,          -- of the newest telling, with its facts and severity
  facts TEXT NOT NULL,
  severity TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  told_at TEXT NOT NULL,
  times INTEGER NOT NULL,
  resolved_at TEXT,
  resolved_by TEXT,             -- id of the event that ended it, 'silence', or a person
  note TEXT
) STRICT;
CREATE UNIQUE INDEX incident_open ON incident (matter) WHERE resolved_at IS NULL;
