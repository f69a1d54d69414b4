import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeHostileTree } from '../../../scripts/hostile-tree.ts';
import { failure } from '../../../test/support/failures.ts';
import { asNobody } from '../../../test/support/nobody.ts';
import { type TestRepository, testRepository } from '../../../test/support/repository.ts';
import { nextWorkerDies } from '../../../test/support/worker-death.ts';
import { runProgram } from '../../base/program.ts';
import { findEntry } from '../browse/entries.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import { decodeTree } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { backup, type BackupOptions, type BackupResult } from './backup.ts';
import type { BackupEvent } from './events.ts';
import type { FileSaver } from './file-saver.ts';
import { inProcessFileSaver } from './in-process-file-saver.ts';
import { readNewFile, type ReadAndSave } from './new-file-reader.ts';
import { workerFileSaver } from './worker-file-saver.ts';

interface Made extends BackupResult {
  /** The tree of the source itself: the folders above it change meanwhile. */
  sourceTree: BlobId;
  events: BackupEvent[];
  /** Names that workers were given to see to by themselves. */
  given: number;
}

/** Backs up without a parent: with workers, or as it goes in one thread. `before` is called before new files are handed over. */
async function first(
  repository: TestRepository,
  source: string,
  how: BackupOptions & { workers: 0 | 2; before?: () => void },
): Promise<Made> {
  const { workers, before, ...options } = how;
  const events: BackupEvent[] = [];
  let given = 0;
  const result = await repository.open(async (indexed) => {
    const saver: FileSaver = workers === 0 ? inProcessFileSaver(indexed) : workerFileSaver(indexed, { workers });
    const { saveNewFiles } = saver;
    const watched: FileSaver = {
      ...saver,
      ...(saveNewFiles === undefined
        ? {}
        : {
            saveNewFiles: (folder, names, look) => {
              before?.();
              given += names.length;
              return saveNewFiles(folder, names, look);
            },
          }),
    };
    try {
      const report = (event: BackupEvent): void => {
        events.push(event);
        options.report?.(event);
      };
      return await backup(
        {
          hasBlob: (type, id) => indexed.hasBlob(type, id),
          loadBlob: (type, id, operation) => indexed.loadBlob(type, id, operation),
          saveBlob: (type, plaintext, operation) => indexed.saveBlob(type, plaintext, operation),
          flush: (operation) => indexed.flush(operation),
          saveSnapshot: (snapshot, operation) => indexed.repository.saveSnapshot(snapshot, operation),
        },
        watched,
        [source],
        { host: 'test', scan: false, ...options, report },
      );
    } finally {
      await saver.close();
    }
  });
  const sourceTree = await treeOf(repository, result, source);
  return { ...result, sourceTree, events, given };
}

function treeOf(repository: TestRepository, { snapshot }: BackupResult, source: string): Promise<BlobId> {
  return repository.open(
    async (indexed) => (await findEntry(indexed, snapshot, source))?.node.subtree ?? assert.fail('no source'),
  );
}

/** What both ways must agree on. */
function outcome({ sourceTree, outcome: ended, summary, skipped, vanished, events }: Made): unknown {
  const { files_new, files_changed, files_unmodified, dirs_new, total_files_processed, total_bytes_processed } =
    summary;
  const counts = { files_new, files_changed, files_unmodified, dirs_new, total_files_processed, total_bytes_processed };
  const sum = (type: string): number =>
    events.reduce((all, event) => (event.type === type && 'bytes' in event ? all + event.bytes : all), 0);
  return { sourceTree, ended, counts, skipped, vanished, progress: sum('progress') };
}

async function both(t: TestContext, make: (source: string) => void | Promise<void>, options: BackupOptions = {}) {
  // One repository, because another one cuts large files elsewhere.
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  await make(source);
  const fast = await first(repository, source, { ...options, workers: 2 });
  const ordinary = await first(repository, source, { ...options, workers: 0 });
  assert.equal(ordinary.given, 0);
  return { ordinary, fast, source, repository };
}

test('workers give everything that Unix allows the same tree and the same counts as one thread does', async (t) => {
  const ways: [BackupOptions, boolean][] = [
    [{}, true],
    [{ oneFileSystem: true }, true],
    [{ exclude: ['plain', '*.tmp', '/**/-rf'] }, true],
    [{ excludeCaches: true, excludeIfPresent: ['plain'] }, true],
    [{ excludeLargerThan: 100 }, false],
    [{ leaveOut: (stat) => stat.size === 5n }, false],
  ];
  for (const [options, isGiven] of ways) {
    const { ordinary, fast, repository } = await both(
      t,
      async (source) => {
        await makeHostileTree(source, { holeBytes: 30_000_000 });
        mkdirSync(join(source, 'many'));
        for (let n = 0; n < 300; n += 1) writeFileSync(join(source, 'many', `${n % 7} ${n}`), `file ${n % 100}`);
        for (const n of [3, 120, 121, 250]) linkSync(join(source, 'many', `${n % 7} ${n}`), join(source, `link ${n}`));
      },
      options,
    );
    assert.deepEqual(outcome(fast), outcome(ordinary), JSON.stringify(options));
    assert.equal(fast.given > 0, isGiven, JSON.stringify(options));
    if (isGiven) assert.match(await repository.restic('check', '--read-data'), /no errors were found/);
  }
});

test('what becomes of a file between the list of its folder and its turn is in the snapshot as it then is', async (t) => {
  const { source, repository } = await both(t, (folder) => {
    for (let n = 0; n < 20; n += 1) writeFileSync(join(folder, `${n}`), `${n}`);
  });
  const at = (name: string): string => join(source, name);
  let isDone = false;
  const late = await first(repository, source, {
    workers: 2,
    force: true,
    before: () => {
      if (isDone) return;
      isDone = true;
      rmSync(at('1'));
      rmSync(at('2'));
      symlinkSync('3', at('2'));
      linkSync(at('4'), join(repository.folder, 'other name of 4'));
      renameSync(at('6'), at('5'));
      rmSync(at('7'));
      mkdirSync(at('7'));
      appendFileSync(at('8'), ' and more');
    },
  });
  assert.deepEqual([late.skipped, late.vanished, late.outcome], [1, 2, 'partial']);
  const skipped = late.events.find((event) => event.type === 'file-skipped');
  assert.match(skipped?.path ?? '', /7$/);
  rmSync(at('7'), { recursive: true });
  const settled = await first(repository, source, { workers: 0, force: true });
  // The folder's own times differ, which are not in its tree.
  assert.equal(late.sourceTree, settled.sourceTree);
});

test('a file that is written to while it is read is kept as it was read, and said so', async (t) => {
  const { folder } = await testRepository(t);
  const path = join(folder, 'log');
  writeFileSync(path, 'first');
  const files = await openPosixFiles();
  const look = { withAtime: false, wantsStats: false };
  const saved = { digests: [randomBytes(32)], knownDigests: [], size: 5, newBlobs: 1, newBytes: 5, storedBytes: 9 };
  const read = (readAndSave: ReadAndSave) =>
    readNewFile(Buffer.from(path), Buffer.from('log'), look, files, readAndSave);
  const calm = read((_fd, isWhole) => (assert.ok(isWhole(5)), saved));
  assert.ok(calm !== undefined && calm !== 'cancelled' && !calm.hasChanged);
  const wild = read((_fd, isWhole) => {
    appendFileSync(path, ' and more');
    assert.ok(!isWhole(5));
    return saved;
  });
  assert.ok(wild !== undefined && wild !== 'cancelled' && wild.hasChanged);
  const [node] = decodeTree(Buffer.from(`{"nodes":[${wild.node}]}`));
  assert.deepEqual([node?.size, node?.content], [5n, [saved.digests[0]?.toString('hex')]]);
  assert.equal(
    read(() => 'cancelled'),
    'cancelled',
  );
  assert.equal(
    read(() => ({ error: { isFailure: false, code: 'EIO', message: 'no', hint: undefined } })),
    undefined,
  );
  assert.throws(
    () =>
      read(() => {
        throw new Error('the index is full');
      }),
    /the index is full/,
  );
});

test('attributes, and files that cannot be read, are as without workers', async (t) => {
  const { ordinary, fast, source, repository } = await both(t, async (folder) => {
    for (const name of ['plain', 'marked', 'closed']) writeFileSync(join(folder, name), name);
    await runProgram('setfattr', ['-n', 'user.colour', '-v', 'red', join(folder, 'marked')]);
    await runProgram('chmod', ['000', join(folder, 'closed')]);
  });
  assert.deepEqual(outcome(fast), outcome(ordinary));
  if (process.getuid?.() !== 0) return;
  for (const path of [repository.folder, source]) await runProgram('chmod', ['755', path]);
  await runProgram('chown', ['-R', '65534:65534', repository.path, repository.passwordFile]);
  const { exitCode, stdout, stderr } = await asNobody(repository, ['repo', 'backup', source, '--force']);
  assert.equal(exitCode, 3, stderr);
  assert.match(`${stdout.toString()}${stderr}`, /closed cannot be read/);
});

test('of many large files in one folder every worker gets some, and all are whole and in order', async (t) => {
  const { ordinary, fast } = await both(t, (source) => {
    for (let n = 0; n < 24; n += 1) writeFileSync(join(source, `${n}`), randomBytes(n % 3 === 0 ? 5_000_000 : 700));
    writeFileSync(join(source, 'empty'), '');
  });
  assert.deepEqual(outcome(fast), outcome(ordinary));
  assert.ok(fast.events.filter(({ type }) => type === 'files-new').length > 4);
});

test('a run that is cancelled stops, makes no snapshot, and the next one completes', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  for (let n = 0; n < 900; n += 1) {
    mkdirSync(join(source, `${n % 9}`), { recursive: true });
    writeFileSync(join(source, `${n % 9}`, `${n}`), randomBytes(20_000));
  }
  const abort = new AbortController();
  const report = ({ type }: BackupEvent): void => {
    if (type === 'files-new') abort.abort(new Error('stopped by the test'));
  };
  const stopped = first(repository, source, { workers: 2, signal: abort.signal, report });
  await assert.rejects(stopped, /stopped by the test/);
  assert.equal((await repository.snapshots()).length, 0);
  assert.equal((await first(repository, source, { workers: 2 })).summary.files_new, 900);
  assert.match(await repository.restic('check', '--read-data'), /no errors were found/);
});

test('a worker that dies ends the run with a failure', async (t) => {
  const repository = await testRepository(t);
  writeFileSync(join(repository.folder, 'file'), randomBytes(3_000_000));
  await repository.open(async (indexed) => {
    nextWorkerDies();
    const saver = workerFileSaver(indexed, { workers: 1 });
    const look = { withAtime: false, wantsStats: false, onSaved: () => {} };
    const saving = saver.saveNewFiles?.(Buffer.from(`${repository.folder}/`), ['file'], look) ?? assert.fail();
    await assert.rejects(saving, failure('backup.worker-crashed'));
    await assert.rejects(indexed.flush(), failure('backup.worker-crashed'));
    await saver.close();
  });
});

test('what the workers saw of new files is believed by the next run', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  const statCacheFolder = join(repository.folder, 'cache');
  mkdirSync(source);
  await makeHostileTree(source, { holeBytes: 1000 });
  const made = await repository.backup([source], { workers: 2, statCacheFolder });
  const again = await repository.backup([source], { workers: 2, statCacheFolder });
  const plain = await repository.backup([source], { force: true });
  const sourceTree = await treeOf(repository, made, source);
  assert.deepEqual(await Promise.all([again, plain].map((result) => treeOf(repository, result, source))), [
    sourceTree,
    sourceTree,
  ]);
  assert.equal(again.summary.files_unmodified, made.summary.files_new);
  // Later new files lie beside old ones.
  for (let n = 0; n < 200; n += 1) writeFileSync(join(source, `later ${n}`), `${n}`);
  const later = await repository.backup([source], { workers: 2, statCacheFolder });
  assert.deepEqual([later.summary.files_new, later.summary.files_unmodified], [200, made.summary.files_new]);
  const all = await repository.backup([source], { force: true });
  assert.equal(await treeOf(repository, later, source), await treeOf(repository, all, source));
});
