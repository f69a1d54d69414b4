-- Opening records that came back: who opened a kit, why, and what they saw. Sealed by the instance key; in clear are ids, times, counts.
CREATE TABLE opening_record (
  id TEXT PRIMARY KEY,           -- of one opening: a record saved later replaces the earlier one
  kit TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_at TEXT NOT NULL,
  received_at TEXT NOT NULL,
  values_seen INTEGER NOT NULL,
  sealed_record BLOB NOT NULL
) STRICT;
