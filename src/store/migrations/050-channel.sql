-- Channels, and the messages that wait in them. A channel with several servers has one target, and one queue, for each.
CREATE TABLE channel (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  filter TEXT NOT NULL, -- JSON
  config TEXT NOT NULL, -- JSON, without the secret fields
  secrets BLOB NOT NULL, -- the secret fields as JSON, sealed by the instance key
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE channel_target (
  channel_id TEXT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
  target TEXT NOT NULL,
  delivered_at TEXT,
  failing_since TEXT,
  failure TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, -- failed in a row
  next_attempt_at TEXT,
  is_failure_told INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0, -- given up since the last delivery
  claimed_by TEXT, -- the process that is delivering
  claimed_until TEXT,
  PRIMARY KEY (channel_id, target)
) STRICT;

CREATE TABLE channel_message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of delivery
  channel_id TEXT NOT NULL,
  target TEXT NOT NULL,
  message_id TEXT NOT NULL, -- the same in every channel
  event TEXT NOT NULL, -- JSON
  queued_at TEXT NOT NULL,
  digest_at TEXT, -- waits for this moment, to be told together with others
  refusals INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (channel_id, target) REFERENCES channel_target (channel_id, target) ON DELETE CASCADE
) STRICT;
CREATE INDEX channel_message_queue ON channel_message (channel_id, target, digest_at, id);
