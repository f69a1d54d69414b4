-- Paths that a recording had before its file was renamed or moved, oldest first; and by what its file is known wherever it lies.
ALTER TABLE recording ADD COLUMN former_paths TEXT NOT NULL DEFAULT '[]';
ALTER TABLE recording_copy ADD COLUMN inode INTEGER;
CREATE INDEX recording_copy_inode ON recording_copy (inode);
