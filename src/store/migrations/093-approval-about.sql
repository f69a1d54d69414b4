-- What a request is about as a code and its facts, where the subject is more than names: each reader gets it in their language.
ALTER TABLE approval ADD COLUMN about TEXT;
