-- What lies in the newest proved kit, secret by secret: names and dates, never a value. Sealed by the instance key.
CREATE TABLE kit_item (
  job TEXT NOT NULL,
  destination TEXT NOT NULL,
  source TEXT NOT NULL,
  kit TEXT NOT NULL,
  proved_at TEXT NOT NULL,
  items BLOB NOT NULL,  -- sealed, compressed JSON: src/jobs/kit-items.ts
  PRIMARY KEY (job, destination, source)
) STRICT;
