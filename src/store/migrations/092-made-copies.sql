-- By what name a copy is found again: a kit's folder, or the first digits of a snapshot's id. Asked for with every list of holds.
ALTER TABLE run_result ADD COLUMN made_mark TEXT GENERATED ALWAYS AS (
  CASE WHEN json_extract(summary, '$.made') LIKE 'secrets/%' THEN json_extract(summary, '$.made')
       ELSE substr(json_extract(summary, '$.made'), 1, 8) END
) VIRTUAL;
CREATE INDEX run_result_made ON run_result (made_mark, run) WHERE made_mark IS NOT NULL;
