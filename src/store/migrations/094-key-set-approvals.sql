-- Requests about the recovery key, as a code and its facts too. They were English sentences: 'shares of recovery key K' with
-- 'N of NAMES' as the detail, 'recovery key K', 'master password of recovery key K', 'recipients of recovery key K'.
UPDATE approval
SET about = json_object('code', 'approval.shares', 'facts', json_object(
      'key', substr(subject, length('shares of recovery key ') + 1),
      'threshold', CAST(detail AS INTEGER),
      'names', substr(detail, instr(detail, ' of ') + length(' of ')))),
    subject = subject || ': ' || detail,
    detail = ''
WHERE action = 'ceremony.end' AND about IS NULL AND subject LIKE 'shares of recovery key %' AND detail LIKE '_% of _%';
UPDATE approval
SET about = json_object('code', 'approval.recovery-key', 'facts', json_object(
      'key', substr(subject, length('recovery key ') + 1)))
WHERE action = 'ceremony.end' AND about IS NULL AND subject LIKE 'recovery key %';
UPDATE approval
SET about = json_object('code', 'approval.master-password', 'facts', json_object(
      'key', substr(subject, length('master password of recovery key ') + 1)))
WHERE action = 'ceremony.end' AND about IS NULL AND subject LIKE 'master password of recovery key %';
UPDATE approval
SET about = json_object('code', 'approval.recipients', 'facts', json_object(
      'key', substr(subject, length('recipients of recovery key ') + 1)))
WHERE action = 'ceremony.end' AND about IS NULL AND subject LIKE 'recipients of recovery key %';
