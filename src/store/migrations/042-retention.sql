-- Which copies stay: JSON of src/jobs/retention.ts; null keeps everything.
ALTER TABLE job ADD COLUMN retention TEXT;
