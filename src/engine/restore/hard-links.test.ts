import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { damageContentOf } from '../../../test/support/damage.ts';
import { sourceStory } from '../../../test/support/source-story.ts';
import type { RestoreEvent } from './events.ts';

// A file with two names, backed up; at the target something else stands where its first name belongs.
async function twoNames(t: Parameters<typeof sourceStory>[0]) {
  const { repository, source, target, write } = await sourceStory(t);
  write('first', 'content of the snapshot');
  linkSync(join(source, 'first'), join(source, 'second'));
  await repository.backup([source]);
  mkdirSync(join(target, source), { recursive: true });
  const first = join(target, source, 'first');
  writeFileSync(first, 'something old');
  return { repository, source, target, first, second: join(target, source, 'second') };
}

test('a name that is left alone gives its content to no other name of the file', async (t) => {
  const { repository, target, first, second } = await twoNames(t);
  const result = await repository.restore('latest', target, { overwrite: 'never' });
  assert.deepEqual([result.outcome, result.unchanged, result.files], ['succeeded', 1, 1]);
  assert.equal(readFileSync(first, 'utf8'), 'something old');
  assert.equal(readFileSync(second, 'utf8'), 'content of the snapshot');
  const again = await repository.restore('latest', target, { overwrite: 'never' });
  assert.deepEqual([again.unchanged, again.files], [2, 0]);
});

test('a file that could not be written under its first name is told as missing under the others', async (t) => {
  const { repository, source, target, first, second } = await twoNames(t);
  await damageContentOf(repository, join(source, 'first'));
  const events: RestoreEvent[] = [];
  const result = await repository.restore('latest', target, { report: (event) => events.push(event) });
  assert.deepEqual([result.outcome, result.skipped, result.files], ['partial', 2, 0]);
  assert.equal(readFileSync(first, 'utf8'), 'something old');
  assert.equal(existsSync(second), false);
  assert.match(String(events.findLast((event) => event.type === 'file-skipped')?.failure.message), /second/);
});

test('all names of a file are one file again', async (t) => {
  const { repository, target, first, second } = await twoNames(t);
  await repository.restore('latest', target);
  assert.equal(readFileSync(second, 'utf8'), 'content of the snapshot');
  assert.equal(statSync(first).ino, statSync(second).ino);
});
