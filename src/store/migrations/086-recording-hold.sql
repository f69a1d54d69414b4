-- Recordings that must not be purged at their source, and why. Kept when the catalogue is made anew.
CREATE TABLE recording_hold (
  id TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  held_by TEXT NOT NULL,
  held_at TEXT NOT NULL
) STRICT;

-- Who watched what, since when and why. Written before the first byte is read.
CREATE TABLE recording_viewing (
  id TEXT PRIMARY KEY,
  recording TEXT NOT NULL,
  viewer TEXT NOT NULL,
  role TEXT,
  address TEXT,
  how TEXT NOT NULL CHECK (how IN ('play', 'export', 'package')),
  reason TEXT NOT NULL,
  started_at TEXT NOT NULL
) STRICT;
CREATE INDEX recording_viewing_recording ON recording_viewing (recording, started_at);
