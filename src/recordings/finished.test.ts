import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { filesOpenForWriting, isFinished, type RecordingFile } from './finished.ts';

function recordingAt(path: string): RecordingFile {
  const { dev, ino, mtimeMs } = statSync(path, { bigint: true });
  return { deviceId: dev, inode: ino, mtimeMs: Number(mtimeMs) };
}

test('a recording that a process has open for writing is not finished, one open for reading is', async (context) => {
  const folder = await temporaryFolder(context);
  const [live, watched] = [join(folder, 'live.cast'), join(folder, 'watched.cast')];
  writeFileSync(live, 'x');
  writeFileSync(watched, 'x');
  const writing = openSync(live, 'a');
  const reading = openSync(watched, 'r');
  const later = new Date(Date.now() + 3_600_000);
  const open = filesOpenForWriting([folder]);
  assert.equal(isFinished(recordingAt(live), open, later, 60), false);
  assert.equal(isFinished(recordingAt(watched), open, later, 60), true);
  // The folder that is given may be a link, or lie behind one.
  const link = `${folder}-link`;
  symlinkSync(folder, link);
  context.after(() => unlinkSync(link));
  assert.equal(isFinished(recordingAt(join(link, 'live.cast')), filesOpenForWriting([link]), later, 60), false);
  closeSync(writing);
  closeSync(reading);
  assert.equal(isFinished(recordingAt(live), filesOpenForWriting([folder]), later, 60), true);
});

test('a recording that changed a moment ago waits for its quiet time', () => {
  const file = { deviceId: 1n, inode: 2n, mtimeMs: 1_000_000 };
  assert.equal(isFinished(file, new Set(), new Date(1_059_999), 60), false);
  assert.equal(isFinished(file, new Set(), new Date(1_060_000), 60), true);
});
