-- What a run does when a destination cannot be reached (fail, wait or resume; null: resume), how long it waits, and whether
-- a change of a secret starts one (null: yes).
ALTER TABLE job ADD COLUMN when_lost TEXT;
ALTER TABLE job ADD COLUMN wait_minutes INTEGER;
ALTER TABLE job ADD COLUMN on_change INTEGER;

-- The destination that a catch-up serves, beside the job's own runs; null for those.
ALTER TABLE run ADD COLUMN destination TEXT;
-- Why a sudden drop was accepted; null where none was.
ALTER TABLE run ADD COLUMN drop_accepted TEXT;

-- Destinations that lack what a run made, or was to make. Written when the run begins, so that a crash forgets nobody.
CREATE TABLE missed_run (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  destination TEXT NOT NULL,
  job TEXT NOT NULL,
  attempted_at TEXT,           -- when a catch-up was last begun
  PRIMARY KEY (run, destination)
) STRICT;
CREATE INDEX missed_run_of_job ON missed_run (job, destination);
