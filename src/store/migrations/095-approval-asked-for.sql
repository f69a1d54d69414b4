-- Who made the token that asked: whoever that is has asked, too.
ALTER TABLE approval ADD COLUMN asked_for TEXT;
