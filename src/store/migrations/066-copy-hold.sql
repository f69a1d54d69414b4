-- Copies that retention must not let go, and why. `copy` is a snapshot's id (at least 8 digits) or `secrets/<kit>`, as runs
-- name what they made. Nobody but a person ends one.
CREATE TABLE copy_hold (
  copy TEXT NOT NULL,
  how TEXT NOT NULL CHECK (how IN ('protected', 'legal')),
  reason TEXT NOT NULL,
  held_by TEXT NOT NULL,
  held_at TEXT NOT NULL,
  PRIMARY KEY (copy, how)
) STRICT;
