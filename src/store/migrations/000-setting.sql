-- Small facts about the instance, one row each; values are JSON.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
