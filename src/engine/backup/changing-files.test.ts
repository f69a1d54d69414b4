import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sourceStory } from '../../../test/support/source-story.ts';
import type { BackupEvent } from './events.ts';

test('a file that keeps growing is read three times, stored as it was read last, told, and read again next time', async (t) => {
  const { backup, write } = await sourceStory(t);
  const path = write('growing', 'start ');
  const events: BackupEvent[] = [];
  const made = await backup({
    scan: false,
    report(event) {
      // The bytes are stored, the second look is still to come.
      if (event.type === 'progress') appendFileSync(path, 'more');
      events.push(event);
    },
  });
  assert.equal(made.outcome, 'succeeded');
  assert.equal(made.summary.total_bytes_processed, 14);
  assert.equal(events.filter(({ type }) => type === 'progress').length, 3);
  assert.ok(events.some(({ type }) => type === 'file-changed-while-read'));
  assert.equal((await backup()).summary.files_changed, 1);
});

test('a file that changed once while it was read is read again and kept as it is', async (t) => {
  const { repository, backup, write } = await sourceStory(t);
  const path = write('settled', 'start ');
  const events: BackupEvent[] = [];
  await backup({
    scan: false,
    report(event) {
      if (event.type === 'progress' && !events.some(({ type }) => type === 'progress')) appendFileSync(path, 'end');
      events.push(event);
    },
  });
  assert.ok(!events.some(({ type }) => type === 'file-changed-while-read'));
  const target = join(repository.folder, 'target');
  await repository.restore('latest', target);
  assert.equal(readFileSync(join(target, path), 'utf8'), 'start end');
  assert.equal((await backup()).summary.files_unmodified, 1);
});

test('a file that vanishes or turns into something else meanwhile is no disaster', async (t) => {
  const { backup, write } = await sourceStory(t);
  write('a');
  const doomed = write('z');
  const turned = write('y');
  const events: BackupEvent[] = [];
  const made = await backup({
    scan: false,
    report(event) {
      if (event.type === 'progress') {
        rmSync(doomed, { force: true });
        rmSync(turned, { force: true });
        symlinkSync('/etc/passwd', turned);
      }
      events.push(event);
    },
  });
  assert.equal(made.vanished, 1);
  assert.equal(made.skipped, 1);
  assert.equal(made.summary.total_files_processed, 1);
});
