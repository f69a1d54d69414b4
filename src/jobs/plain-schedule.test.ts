import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { cronOfWords, wordsOfCron } from './plain-schedule.ts';
import { cronOf } from './schedule.ts';

test('words of either language mean a cron expression', () => {
  const meanings: Record<string, string> = {
    'every day at 05:00': '0 5 * * *',
    'Daily at 5': '0 5 * * *',
    'todo dia às 05:00': '0 5 * * *',
    'todos os dias às 5h30': '30 5 * * *',
    'diariamente às 24:00': '0 0 * * *',
    'every 4 hours': '0 */4 * * *',
    'a cada 4 horas': '0 */4 * * *',
    'every hour': '0 * * * *',
    'de hora em hora': '0 * * * *',
    'every 15 minutes': '*/15 * * * *',
    'weekdays at 22:30': '30 22 * * 1-5',
    'dias úteis às 22:30': '30 22 * * 1-5',
    'weekends at 4': '0 4 * * 0,6',
    'mondays and thursdays at 22:30': '30 22 * * 1,4',
    'terças e sábados às 3h': '0 3 * * 2,6',
    'toda segunda-feira às 05:00': '0 5 * * 1',
    'monday, wednesday and friday at 06:15': '15 6 * * 1,3,5',
    'every month on day 1 at 03:00': '0 3 1 * *',
    'todo mês no dia 15 às 03:00': '0 3 15 * *',
  };
  for (const [words, cron] of Object.entries(meanings)) assert.equal(cronOfWords(words), cron, words);
});

test('words that cannot be kept evenly, and other text, mean nothing', () => {
  for (const words of [
    'every 5 hours',
    'every 7 minutes',
    'every day at 25',
    'someday at 5',
    'every month on day 31 at 3',
    '',
    '0 5 * * *',
  ])
    assert.equal(cronOfWords(words), undefined, words);
  assert.throws(() => cronOf('every 5 hours'), failure('jobs.bad-schedule'));
  assert.equal(cronOf('every day at 05:00'), '0 5 * * *');
  assert.equal(cronOf('7 3 * * 2'), '7 3 * * 2');
});

test('what a cron expression means is told in words that mean it again', () => {
  for (const cron of [
    '0 5 * * *',
    '0 */4 * * *',
    '0 * * * *',
    '*/15 * * * *',
    '30 22 * * 1-5',
    '0 4 * * 0,6',
    '30 22 * * 1,4',
    '15 6 * * 1,3,5',
    '0 3 15 * *',
  ]) {
    for (const language of ['en', 'pt'] as const) {
      const words = wordsOfCron(cron, language);
      assert.ok(words, `${cron} in ${language}`);
      assert.equal(cronOfWords(words), cron, words);
    }
  }
  assert.equal(wordsOfCron('0 5 1-7 * 1', 'en'), undefined);
});
