-- What the last good run of a job read from each secret source: ids only, to notice a sudden drop.
CREATE TABLE census (
  job TEXT NOT NULL,
  source TEXT NOT NULL,
  ids TEXT NOT NULL,   -- JSON list
  read_at TEXT NOT NULL,
  PRIMARY KEY (job, source)
) STRICT;
