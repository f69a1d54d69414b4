-- Reports that are sent by mail on a schedule, and what became of each sending.
CREATE TABLE report (
  name TEXT PRIMARY KEY,
  is_enabled INTEGER NOT NULL,
  plan TEXT NOT NULL,           -- JSON: see src/reports/report-fields.ts
  -- Turns count from here: when it was made, or last switched on or given another schedule.
  since TEXT NOT NULL
) STRICT;

CREATE TABLE report_sending (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  report TEXT NOT NULL REFERENCES report (name) ON DELETE CASCADE,
  due_at TEXT,                  -- null when a person asked for it
  asked_by TEXT,
  first_at TEXT NOT NULL,
  at TEXT NOT NULL,             -- of the last attempt
  attempts INTEGER NOT NULL,
  rows INTEGER,
  bytes INTEGER,
  recipients TEXT NOT NULL,     -- JSON: those the server took it for
  refused TEXT NOT NULL,        -- JSON: those it did not
  steps TEXT NOT NULL,          -- JSON: what really happened, in order
  failure TEXT                  -- JSON of a Failure; null when it was delivered
) STRICT;
CREATE INDEX report_sending_of_report ON report_sending (report, id);
