-- What is backed up, where to, when; and every execution of it.
CREATE TABLE job (
  name TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('secrets', 'system', 'recordings')),
  enabled INTEGER NOT NULL,
  plan TEXT NOT NULL,          -- JSON, by kind: see src/jobs/job.ts
  destinations TEXT NOT NULL,  -- JSON list of destination names
  schedule TEXT NOT NULL,      -- cron expression
  time_zone TEXT               -- IANA name; null for the machine's own
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job TEXT NOT NULL,
  kind TEXT NOT NULL,
  started_by TEXT NOT NULL,    -- person, schedule, change, first-start
  started_at TEXT NOT NULL,
  ended_at TEXT,
  process TEXT NOT NULL,       -- boot id and pid of who runs it, to tell a crash from a long run
  outcome TEXT,                -- null while it runs
  failure TEXT                 -- JSON of a Failure
) STRICT;
CREATE INDEX run_of_job ON run (job, id);

-- What a run did at one destination.
CREATE TABLE run_result (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  destination TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  summary TEXT,                -- JSON: RunSummary of src/jobs/run.ts
  failure TEXT,
  PRIMARY KEY (run, destination)
) STRICT;
