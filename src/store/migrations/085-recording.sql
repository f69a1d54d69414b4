-- The catalogue of recordings: made while backups run, made anew from the repositories at any time.
CREATE TABLE recording (
  number INTEGER PRIMARY KEY,
  -- 16 hexadecimal digits that come out the same whenever the catalogue is made anew.
  id TEXT NOT NULL UNIQUE,
  host TEXT NOT NULL,
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  family TEXT NOT NULL,
  size INTEGER NOT NULL,
  modified_at TEXT NOT NULL,
  -- Facts of the session; what nobody wrote down is null. Without a start, the time of the file's last change.
  started_at TEXT NOT NULL,
  duration_ms INTEGER,
  user TEXT,
  origin TEXT,
  target TEXT,
  account TEXT,
  protocol TEXT,
  session_id TEXT,
  title TEXT,
  width INTEGER,
  height INTEGER,
  tags TEXT NOT NULL DEFAULT '[]',
  -- All of them in one, as search compares them.
  facts TEXT NOT NULL,
  -- Of the whole file when it was first seen, where it was read whole.
  sha256 TEXT,
  first_seen_at TEXT NOT NULL,
  -- The recording of the same path that this one came after: it was changed.
  replaces TEXT,
  damage TEXT
) STRICT;
CREATE INDEX recording_time ON recording (started_at DESC);
CREATE INDEX recording_path ON recording (host, path);

-- Where copies lie. `content` is a digest of the file's blobs: the same content at one destination has the same.
CREATE TABLE recording_copy (
  recording INTEGER NOT NULL REFERENCES recording (number) ON DELETE CASCADE,
  destination TEXT NOT NULL,
  snapshot TEXT NOT NULL,
  path TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (recording, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_copy_content ON recording_copy (destination, content);

-- Words that were shown or typed, as keyed digests: they answer whether a word occurs and cannot be read.
CREATE TABLE recording_word (
  word INTEGER NOT NULL,
  recording INTEGER NOT NULL REFERENCES recording (number) ON DELETE CASCADE,
  PRIMARY KEY (word, recording)
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_word_recording ON recording_word (recording);

-- How far each destination is catalogued.
CREATE TABLE recording_catalogued (destination TEXT PRIMARY KEY, snapshot TEXT NOT NULL, tree TEXT NOT NULL) STRICT;
