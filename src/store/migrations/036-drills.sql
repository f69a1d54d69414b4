-- Rehearsed emergencies: what was tested, how it ended, and which signed report tells it. The reports lie below reports/.
CREATE TABLE drill (
  id TEXT PRIMARY KEY,
  way TEXT NOT NULL CHECK (way IN ('automatic', 'people')),
  kind TEXT NOT NULL CHECK (kind IN ('secrets', 'system', 'recordings')),
  destination TEXT NOT NULL,
  started_by TEXT NOT NULL,      -- person or schedule
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('passed', 'failed')),
  copy TEXT,                     -- the snapshot or kit, where one was found
  failure TEXT,                  -- JSON: code, message, hint
  report_sha256 TEXT NOT NULL    -- of reports/drill-<id>.json
) STRICT;
CREATE INDEX drill_started ON drill (started_at);
