// A backup that is cut off is begun again: what it stored and an index names is neither read nor stored once more.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, suite, test, type TestContext } from 'node:test';
import { CrashError, faultyBackend, type FaultyBackend } from '../src/backends/faulty.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { backupInto } from '../src/engine/backup/backup-into.ts';
import { ResumeNotes } from '../src/engine/backup/resume-notes.ts';
import type { BlobId } from '../src/engine/ids.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { compareTrees } from './support/compare-trees.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { testPassword } from './support/repositories.ts';
import { testRepository } from './support/repository.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const fileBytes = 6 * 1024 * 1024;
const count = 12;

// All that this process has read from files so far, its threads included.
function readBytes(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

type Moment = 'midway' | 'at its end';

// Files are read side by side: how many of them are whole midway differs from run to run. Before the snapshot is stored, all are.
function momentOf(when: Moment): (method: string, key: string) => boolean {
  let packs = 0;
  return (method, key) => {
    if (method === 'save' && key.startsWith('data/')) packs += 1;
    return when === 'midway' ? packs === 4 : method === 'save' && key.startsWith('snapshots/');
  };
}

async function cutOff(context: TestContext, workers: number, when: Moment) {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  const statCacheFolder = join(repository.folder, 'cache');
  mkdirSync(join(source, 'sub'), { recursive: true });
  for (let file = 0; file < count; file += 1)
    writeFileSync(join(source, file % 2 === 0 ? 'sub' : '.', `${file}`), randomBytesOf(`resume ${file}`, fileBytes));
  const run = async (backend: FaultyBackend | undefined, more: { force?: boolean } = {}) => {
    const place = backend ?? (await openFolderBackend(repository.path));
    const opened = await Repository.open(place, testPassword);
    try {
      return await backupInto(opened, [source], { workers, host: 'test', statCacheFolder, ...more });
    } finally {
      opened.close();
    }
  };
  // Time flies: an index follows every pack.
  let now = 0;
  const flying = mock.method(performance, 'now', () => (now += 1_000_000));
  const isOver = momentOf(when);
  const crashing = faultyBackend(await openFolderBackend(repository.path), ({ method, key }) =>
    isOver(method, key) ? 'crash' : undefined,
  );
  await assert.rejects(run(crashing), CrashError);
  await crashing.quiet();
  flying.mock.restore();
  assert.ok(readdirSync(statCacheFolder).some((name) => name.endsWith('.notes')));
  const stored = readdirSync(join(repository.path, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  return { repository, source, run, stored, statCacheFolder };
}

suite('a backup that was cut off', needs('restic'), () => {
  for (const [workers, when] of [
    [0, 'midway'],
    [2, 'midway'],
    [0, 'at its end'],
    [2, 'at its end'],
  ] as const)
    test(`goes on with what it has (${workers} workers, cut off ${when})`, async (context) => {
      const { repository, source, run, stored, statCacheFolder } = await cutOff(context, workers, when);
      assert.ok(stored > 2 * fileBytes);
      await repository.restic('check', '--read-data');
      // One that it knows has changed: it is read again.
      const changed = join(source, '1');
      writeFileSync(changed, randomBytesOf('another', fileBytes));
      utimesSync(changed, 1_700_000_000, 1_700_000_000);
      const before = readBytes();
      const made = await run(undefined);
      const read = readBytes() - before;
      assert.equal(made.outcome, 'succeeded');
      if (when === 'at its end') {
        // The changed one, and little else.
        assert.ok(read < 2 * fileBytes, `${read} of ${count * fileBytes} bytes were read again`);
        assert.ok(made.summary.data_added < 2 * fileBytes, `${made.summary.data_added} bytes were stored again`);
      }
      await repository.restic('check', '--read-data');
      const target = join(repository.folder, 'target');
      await repository.restic('restore', made.snapshotId ?? '', '--target', target);
      assert.deepEqual(await compareTrees(source, join(target, source)), []);
      assert.equal(
        readdirSync(statCacheFolder).some((name) => name.endsWith('.notes')),
        false,
      );
    });
});

test('notes are believed only whole, and only for the file they are of', async (context) => {
  const path = join(await temporaryFolder(context), 'deep', 'a.notes');
  const mark = { size: 5n, mtimeNs: 1n, ctimeNs: 2n, inode: 3n };
  const content = ['ab'.repeat(32) as BlobId];
  ResumeNotes.open(path).add('/odd \n\xff"', mark, content);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const find = (): BlobId[] | undefined => ResumeNotes.open(path).find('/odd \n\xff"', mark);
  assert.deepEqual(find(), content);
  assert.equal(ResumeNotes.open(path).find('/odd \n\xff"', { ...mark, ctimeNs: 9n }), undefined);
  assert.equal(ResumeNotes.open(path).find('/other', mark), undefined);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length - 1; at += 1) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(path, flipped);
    // The space between checksum and text says nothing.
    if (at !== 8) assert.equal(find(), undefined, `byte ${at}`);
    writeFileSync(path, whole.subarray(0, at));
    assert.equal(find(), undefined, `cut at ${at}`);
  }
});
