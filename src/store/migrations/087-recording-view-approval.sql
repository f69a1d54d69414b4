-- A viewing that a second person approved: which approval, who gave it, and when it ends.
ALTER TABLE recording_viewing ADD COLUMN approval TEXT;
ALTER TABLE recording_viewing ADD COLUMN approved_by TEXT;
ALTER TABLE recording_viewing ADD COLUMN ends_at TEXT;
