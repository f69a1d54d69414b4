// Which run made a copy: found by the database's index, however long the history is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore, type Store } from '../store/store.ts';
import { findCopies } from './copy-hold.ts';
import { makersOf } from './made-copies.ts';

function history(): Store {
  const store = memoryStore();
  const run = store.database.prepare(
    `INSERT INTO run (job, kind, started_by, started_at, process) VALUES ('system', 'system', 'schedule', ?, 'p')`,
  );
  const result = store.database.prepare(
    `INSERT INTO run_result (run, destination, started_at, ended_at, outcome, summary) VALUES (?, ?, 'a', 'b', 'succeeded', ?)`,
  );
  store.transaction(() => {
    for (let number = 1; number <= 3000; number += 1) {
      run.run(`2026-01-01T00:00:${number}`);
      const made = number % 3 === 0 ? `secrets/kit-${number}` : number.toString(16).padStart(8, '0');
      // Every hundredth run found nothing new and names what run 1 made.
      const named = number % 100 === 0 ? '00000001' : made;
      for (const place of ['nas', 'cloud']) result.run(number, place, JSON.stringify({ made: named }));
    }
    run.run('2026-01-02T00:00:00');
    result.run(3001, 'nas', null);
  });
  return store;
}

test('a copy is traced to the first run that names it and to its destinations', () => {
  const store = history();
  const snapshot = '00000001'.padEnd(64, 'f');
  const makers = makersOf(store, [snapshot, 'secrets/kit-6', 'deadbeef']);
  assert.deepEqual([makers.get(snapshot)?.run, makers.get(snapshot)?.destinations], [1, ['cloud', 'nas']]);
  assert.equal(makers.get('secrets/kit-6')?.run, 6);
  assert.equal(makers.size, 2);
  assert.deepEqual(findCopies(store, 'kit-6'), ['secrets/kit-6']);
  assert.deepEqual(findCopies(store, '7'), ['00000007']);
  assert.deepEqual(findCopies(store, '00000007abc'), ['00000007abc']);
  assert.throws(() => findCopies(store, '3001'), /no run made/);
  assert.throws(() => findCopies(store, 'kit-7'), /no run made/);
});

test('neither question reads the results of all runs', () => {
  const { database } = history();
  for (const query of [
    'SELECT min(run) FROM run_result WHERE made_mark = ?',
    `SELECT DISTINCT json_extract(summary, '$.made') AS made FROM run_result WHERE made_mark = ?`,
  ]) {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${query}`).all('x');
    const details = plan.map(({ detail }) => String(detail)).join('; ');
    assert.match(details, /SEARCH run_result USING (COVERING )?INDEX run_result_made/);
    assert.doesNotMatch(details, /SCAN/);
  }
});
