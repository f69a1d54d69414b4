-- What waits for a second administrator, and what became of it.
CREATE TABLE approval (
  id TEXT PRIMARY KEY,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- Exactly what was asked for, so that an approval covers that and nothing else.
  detail TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'refused', 'used')),
  decided_by TEXT,
  decided_at TEXT,
  reason TEXT
) STRICT;
CREATE INDEX approval_asked ON approval (asked_at);
