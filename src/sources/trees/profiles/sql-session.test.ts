import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { openSqlSession } from './sql-session.ts';

const shell = { program: 'sh', args: [], env: {}, echo: (word: string) => `echo ${word}`, title: 'the shell' };

test('a session that waits for its dump is not ended by the time that an answer may take', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const session = openSqlSession({ ...shell, answerMsMax: 200 });
  assert.deepEqual(await session.query('echo 1'), ['1']);
  context.mock.timers.tick(400);
  assert.deepEqual(await session.query('echo 2'), ['2']);
  await session.close();
});

test('one that does not answer in time is ended, one that ends is told with its last words', async () => {
  const silent = openSqlSession({ ...shell, answerMsMax: 200 });
  await assert.rejects(silent.query('exec tail -f /dev/null'), failure('profiles.database-refused', /sh ended/));
  const broken = openSqlSession(shell);
  await assert.rejects(
    broken.query('echo no such table >&2; exit 1'),
    failure('profiles.database-refused', /the shell did not answer as it should: no such table/),
  );
  const missing = openSqlSession({ ...shell, program: 'no-such-client' });
  await assert.rejects(missing.query('1'), failure('profiles.database-refused', /no-such-client is not installed/));
});
