-- How the start of a job's scheduled runs is moved: JSON of src/jobs/timing.ts; null for not at all.
ALTER TABLE job ADD COLUMN timing TEXT;
