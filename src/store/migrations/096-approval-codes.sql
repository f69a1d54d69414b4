-- Requests to ask less of four eyes and to end a hold, as a code and its facts too. They were words: 'off', 'asking less', and the
-- copy with 'release legal', 'release protected' or 'unprotect protected' as the detail.
UPDATE approval
SET about = json_object('code', 'approval.four-eyes-off', 'facts', json('{}')), subject = 'switching it off'
WHERE action = 'approval.weaken' AND about IS NULL AND subject = 'off';
UPDATE approval
SET about = json_object('code', 'approval.four-eyes-less', 'facts', json('{}')), subject = 'asking it for less'
WHERE action = 'approval.weaken' AND about IS NULL AND subject = 'asking less';
UPDATE approval
SET about = json_object('code', 'approval.legal-hold-ends', 'facts', json_object('copy', subject)),
    subject = 'the end of the legal hold of ' || subject,
    detail = ''
WHERE action = 'retention.weaken' AND about IS NULL AND detail = 'release legal';
UPDATE approval
SET about = json_object('code', 'approval.protection-ends', 'facts', json_object('copy', subject)),
    subject = 'the end of the protection of ' || subject,
    detail = ''
WHERE action = 'retention.weaken' AND about IS NULL AND detail IN ('release protected', 'unprotect protected');
