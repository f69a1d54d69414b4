-- Answers to requests that were sent with an Idempotency-Key, for a day: the same request again gets the same answer.
CREATE TABLE idempotent_answer (
  -- SHA-256 over who sent it, the key and the address.
  digest BLOB PRIMARY KEY,
  -- SHA-256 of the body, to refuse the same key with another request.
  body BLOB NOT NULL,
  -- Null while it is being done.
  answer TEXT,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX idempotent_answer_at ON idempotent_answer (at);
