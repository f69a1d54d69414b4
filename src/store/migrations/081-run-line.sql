-- What a run said while it went on, line by line.
CREATE TABLE run_line (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  at TEXT NOT NULL,
  destination TEXT NOT NULL,
  what TEXT NOT NULL,   -- started, reading, sending, verifying, progress, omitted, note, succeeded, partial, failed, cancelled
  facts TEXT NOT NULL   -- JSON
) STRICT;
CREATE INDEX run_line_of_run ON run_line (run);
