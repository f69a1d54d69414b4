-- How many there are and how large together is asked for with every list.
CREATE INDEX recording_sizes ON recording (size, duration_ms);
