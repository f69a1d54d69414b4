import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { asNobody } from '../../../test/support/nobody.ts';
import type { TestRepository } from '../../../test/support/repository.ts';
import { sourceStory, type SourceStory } from '../../../test/support/source-story.ts';
import { findEntry, ls } from '../browse/entries.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { backup, type BackupTarget } from './backup.ts';
import type { BackupEvent } from './events.ts';
import type { BackupIntoOptions } from './backup-into.ts';
import { inProcessFileSaver } from './in-process-file-saver.ts';

interface Story extends SourceStory {
  /** Paths of the newest snapshot, below the source. */
  names(): Promise<string[]>;
}

async function story(t: TestContext): Promise<Story> {
  const made = await sourceStory(t);
  const { repository, source } = made;
  return {
    ...made,
    names: () =>
      repository.open(async (indexed) => {
        const snapshot = (await repository.snapshots()).at(-1) ?? assert.fail('no snapshot');
        const names: string[] = [];
        for await (const { path } of ls(indexed, snapshot, source, { recursive: true }))
          names.push(path.toString().slice(source.length + 1));
        return names.sort();
      }),
  };
}

/** Backs up in this thread into a target of which `change` replaces parts, and gives the types of the events. */
async function backupThrough(
  repository: TestRepository,
  paths: readonly string[],
  change: (indexed: IndexedRepository) => Partial<BackupTarget>,
): Promise<string[]> {
  const events: string[] = [];
  await repository.open(async (indexed, opened) => {
    const target: BackupTarget = {
      hasBlob: (type, id) => indexed.hasBlob(type, id),
      loadBlob: (type, id) => indexed.loadBlob(type, id),
      saveBlob: (type, bytes) => indexed.saveBlob(type, bytes),
      flush: () => indexed.flush(),
      saveSnapshot: (snapshot) => opened.saveSnapshot(snapshot),
      ...change(indexed),
    };
    await backup(target, inProcessFileSaver(indexed), paths, {
      host: 'test',
      snapshots: await opened.listSnapshots(),
      report: (event) => void events.push(event.type),
      scan: false,
    });
  });
  return events;
}

const isRoot = process.getuid?.() === 0;

test('an unchanged file is not read again, a changed one is, and the counts say so', async (t) => {
  const { backup, write } = await story(t);
  for (const name of ['a', 'b', 'folder/c', 'other/d']) write(name);
  const first = await backup();
  assert.deepEqual([first.summary.files_new, first.parentId], [4, undefined]);
  write('folder/c', 'now longer than before');
  write('new');
  const second = await backup();
  const { files_new, files_changed, files_unmodified, dirs_unmodified, data_blobs } = second.summary;
  assert.deepEqual(
    { files_new, files_changed, files_unmodified, data_blobs },
    { files_new: 1, files_changed: 1, files_unmodified: 3, data_blobs: 2 },
  );
  assert.equal(dirs_unmodified >= 1, true);
  assert.equal(second.parentId, first.snapshotId);
});

test('a changed inode or change time makes a file be read again, unless told otherwise', async (t) => {
  const { backup, write, source } = await story(t);
  const path = write('file');
  await backup();
  const reread = async (options: BackupIntoOptions): Promise<boolean> => {
    let bytes = 0;
    await backup({ ...options, report: (event) => void (bytes += event.type === 'progress' ? event.bytes : 0) });
    return bytes > 0;
  };
  chmodSync(path, 0o640);
  assert.equal(await reread({ ignoreCtime: true }), false);
  chmodSync(path, 0o600);
  assert.equal(await reread({}), true);
  assert.equal(await reread({}), false);
  assert.equal(await reread({ force: true }), true);
  writeFileSync(join(source, 'copy'), 'file');
  utimesSync(path, 1000, 1000);
  await backup();
  utimesSync(join(source, 'copy'), 1000, 1000);
  renameSync(join(source, 'copy'), path);
  assert.equal(await reread({ ignoreInode: true }), false);
});

test('a file whose content the repository has lost is healed by reading it again', async (t) => {
  const { repository, backup, write } = await story(t);
  write('file', 'x'.repeat(1000));
  const first = await backup();
  let isLost = true;
  const events = await backupThrough(repository, first.snapshot.paths, (indexed) => ({
    hasBlob: (type, id) => (type === 'data' && isLost ? (isLost = false) : indexed.hasBlob(type, id)),
  }));
  assert.ok(events.includes('file-healed'));
});

test('of a folder in which nothing changed no tree is made: its files are the nodes of the parent themselves', async (t) => {
  const { repository, backup, write, source } = await story(t);
  for (const name of ['file', 'folder/below', 'changed/one', 'changed/two']) write(name);
  await backup();
  const treeAt = (path: string): Promise<string> =>
    repository.open(async (indexed) => {
      const snapshot = (await repository.snapshots()).at(-1) ?? assert.fail('no snapshot');
      return (await findEntry(indexed, snapshot, join(source, path)))?.node.subtree ?? '';
    });
  const before = { folder: await treeAt('folder'), changed: await treeAt('changed') };
  write('changed/one', 'longer than before');
  const made: string[] = [];
  await backupThrough(repository, [source], (indexed) => ({
    async saveBlob(type, bytes, options) {
      const saved = await indexed.saveBlob(type, bytes, options);
      if (type === 'tree') made.push(saved.id);
      return saved;
    },
  }));
  assert.equal(await treeAt('folder'), before.folder);
  assert.ok(!made.includes(before.folder), 'not even to find that it is there');
  assert.notEqual(await treeAt('changed'), before.changed);
  assert.ok(made.includes(await treeAt('changed')));
});

test('what exclusions name is left out, and only that', async (t) => {
  const { backup, write, names, source } = await story(t);
  for (const name of [
    'keep.txt',
    'drop.tmp',
    'Drop.TMP2',
    'cache/CACHEDIR.TAG',
    'cache/big',
    'tagged/.nobackup',
    'tagged/x',
    'sub/drop.tmp',
    'sub/keep',
    'sub/not/this',
  ])
    write(name);
  write('cache/CACHEDIR.TAG', 'Signature: 8a477f597d28d172789f06886806bc55\n');
  write('false cache/CACHEDIR.TAG', 'not the signature');
  write('false cache/kept');
  write('large', 'x'.repeat(2000));
  await backup({
    exclude: ['*.tmp', `${source}/sub/not`],
    iexclude: ['drop.tmp2'],
    excludeCaches: true,
    excludeIfPresent: ['.nobackup'],
    excludeLargerThan: 1999,
  });
  assert.deepEqual(await names(), [
    'cache',
    'cache/CACHEDIR.TAG',
    'false cache',
    'false cache/CACHEDIR.TAG',
    'false cache/kept',
    'keep.txt',
    'sub',
    'sub/keep',
    'tagged',
    'tagged/.nobackup',
  ]);
});

test('a folder that cannot be read makes the run partial and is named; everything else is there', {
  skip: !isRoot && 'needs root to become somebody else',
}, async (t) => {
  const { repository, write, source, names } = await story(t);
  write('open/file');
  chmodSync(write('secret file'), 0o000);
  chmodSync(join(write('secret/file'), '..'), 0o000);
  execFileSync('chown', ['-R', '65534:65534', repository.folder]);
  execFileSync('chown', ['-R', '0:0', join(source, 'secret file'), join(source, 'secret')]);
  const { exitCode, stdout, stderr } = await asNobody(repository, ['repo', 'backup', '--json', source]);
  assert.equal(exitCode, 3, stderr);
  const summary = JSON.parse(stdout.toString()) as { outcome: string; failures: { path: string; code: string }[] };
  assert.equal(summary.outcome, 'partial');
  assert.deepEqual(summary.failures.map(({ path, code }) => `${path.slice(source.length)} ${code}`).sort(), [
    '/secret backup.unreadable',
    '/secret file backup.unreadable',
  ]);
  assert.deepEqual(await names(), ['open', 'open/file']);
});

test('what is read through a view has the paths of the original, and its file systems keep their numbers', async (t) => {
  const { source, write, backup, repository, names } = await story(t);
  write('a', 'after');
  const folder = join(repository.folder, 'view');
  mkdirSync(join(folder, source), { recursive: true });
  writeFileSync(join(folder, source, 'a'), 'before');
  writeFileSync(join(folder, source, 'fifo'), '');
  const device = statSync(folder, { bigint: true }).dev;
  const events: BackupEvent[] = [];
  const view = { folder, devices: new Map([[device, 77n]]) };
  const options = { view, exclude: [join(source, 'fifo')], report: (event: BackupEvent) => events.push(event) };
  await backup(options);
  assert.deepEqual(await names(), ['a']);
  const kept = await repository.open(async (indexed) => {
    const entry = await findEntry(indexed, (await repository.snapshots()).at(-1) ?? assert.fail(), join(source, 'a'));
    return entry?.node;
  });
  assert.deepEqual([kept?.size, kept?.deviceId], [6n, 77n]);
  assert.ok(events.some((event) => event.type === 'file-done' && event.path === join(source, 'a')));
  assert.equal((await backup(options)).summary.files_unmodified, 1);
});

test('a path that does not exist makes the run partial; when none exists there is no snapshot', async (t) => {
  const { repository, write, source } = await story(t);
  write('file');
  const events: BackupEvent[] = [];
  const gone = join(source, 'gone');
  const made = await repository.backup([source, gone], { report: (event) => void events.push(event), scan: false });
  assert.equal(made.outcome, 'partial');
  assert.ok(events.some((event) => event.type === 'file-skipped' && event.failure.code === 'backup.missing-source'));
  await assert.rejects(repository.backup([gone]), failure('backup.no-source', /gone/));
  assert.equal((await repository.snapshots()).length, 1);
});

test('files beside the output of a command that stands behind them in the snapshot are compared with the last one', async (t) => {
  const { repository, source, write } = await story(t);
  write('file');
  const virtualFiles = [{ path: '/zzz/vault.sql', command: 'sh', args: ['-c', 'printf "select 1;"'] }];
  await repository.backup([source], { virtualFiles });
  const { summary } = await repository.backup([source], { virtualFiles });
  assert.equal(summary.files_unmodified, 2);
  assert.equal(summary.files_new, 0);
});

test("a command's output becomes a file; when it fails, no snapshot is made and its last words are told", async (t) => {
  const { repository, source, write } = await story(t);
  write('file');
  const virtual = (script: string) => ({
    virtualFiles: [{ path: '/dumps/vault.sql', command: 'sh', args: ['-c', script] }],
  });
  const made = await repository.backup([source], virtual('printf "select 1;"; echo fine >&2'));
  assert.deepEqual(made.snapshot.paths, [source, '/dumps/vault.sql']);
  const target = join(repository.folder, 'target');
  await repository.restore('latest', target);
  assert.equal(readFileSync(join(target, 'dumps/vault.sql'), 'utf8'), 'select 1;');
  for (const [script, why] of [
    ['echo half; echo "connection refused" >&2; exit 7', /exit code 7[^]*connection refused/],
    ['echo half; kill -9 $$', /SIGKILL/],
  ] as const) {
    await assert.rejects(repository.backup([source], virtual(script)), failure('backup.command-failed', why));
  }
  const missing = [{ path: '/x', command: 'no-such-program', args: [] }];
  await assert.rejects(
    repository.backup([], { virtualFiles: missing }),
    failure('backup.command-failed', /not installed/),
  );
  assert.equal((await repository.snapshots()).length, 1);
  await assert.rejects(
    repository.backup([source], { virtualFiles: [{ path: `${source}/file`, command: 'true', args: [] }] }),
    failure('backup.paths-clash'),
  );
});

test('a dry run stores nothing and counts the same', async (t) => {
  const { repository, backup, write } = await story(t);
  write('a', 'same');
  write('b', 'same');
  const dry = await backup({ dryRun: true });
  assert.equal(dry.snapshotId, undefined);
  assert.equal((await repository.snapshots()).length, 0);
  await repository.open(async (indexed) => assert.equal(indexed.hasBlob('tree', dry.tree), false));
  const wet = await backup();
  assert.deepEqual([dry.summary.files_new, dry.summary.data_blobs], [2, 1]);
  assert.deepEqual([wet.summary.files_new, wet.summary.data_blobs], [2, 1]);
});

test('nothing new makes no snapshot when that is asked for', async (t) => {
  const { repository, source, write } = await story(t);
  // By a relative path: the folders above an absolute one belong to everybody, and their times may change meanwhile.
  const before = process.cwd();
  process.chdir(join(source, '..'));
  t.after(() => process.chdir(before));
  const backup = (options: Parameters<Story['backup']>[0] = {}): ReturnType<Story['backup']> =>
    repository.backup(['source'], options);
  write('a');
  await backup();
  assert.equal((await backup({ skipIfUnchanged: true })).snapshotId, undefined);
  write('b');
  assert.notEqual((await backup({ skipIfUnchanged: true })).snapshotId, undefined);
  assert.equal((await repository.snapshots()).length, 2);
});

test('sockets are passed over; names of one file are read once', async (t) => {
  const { backup, write, source, names } = await story(t);
  const path = write('first', 'x'.repeat(5000));
  linkSync(path, join(source, 'second'));
  const server = createServer().listen(join(source, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  let read = 0;
  await backup({ scan: false, report: (event) => void (read += event.type === 'progress' ? event.bytes : 0) });
  assert.equal(read, 5000);
  assert.deepEqual(await names(), ['first', 'second']);
});

test('tags, host, time and excludes are in the snapshot; the parent is of the same host and paths', async (t) => {
  const { repository, backup, write, source } = await story(t);
  write('a');
  const time = new Date('2025-01-02T03:04:05.678Z');
  const made = await backup({
    tags: ['x', 'y'],
    host: 'vault',
    time,
    exclude: ['*.tmp'],
    programVersion: 'orbit test',
  });
  const [snapshot] = await repository.snapshots();
  assert.deepEqual(
    [snapshot?.tags, snapshot?.hostname, snapshot?.excludes, snapshot?.program_version],
    [['x', 'y'], 'vault', ['*.tmp'], 'orbit test'],
  );
  assert.equal(Date.parse(snapshot?.time ?? ''), time.getTime());
  assert.equal((await backup({ host: 'vault' })).parentId, made.snapshotId);
  assert.equal((await backup({ host: 'other' })).parentId, undefined);
  assert.equal((await backup({ host: 'vault', time: new Date('2024-01-01') })).parentId, undefined);
  assert.equal((await repository.backup([join(source, 'a')], { host: 'vault' })).parentId, undefined);
});

test('an aborted backup stops, makes no snapshot, and the next one completes', async (t) => {
  const { repository, backup, write } = await story(t);
  for (let index = 0; index < 200; index += 1) write(`folder ${index % 7}/file ${index}`);
  const abort = new AbortController();
  let seen = 0;
  const report = (event: BackupEvent): void => {
    seen += event.type === 'file-done' ? 1 : 0;
    if (seen === 20) abort.abort(new Error('stopped by the test'));
  };
  await assert.rejects(backup({ signal: abort.signal, report, scan: false }), /stopped by the test/);
  assert.equal((await repository.snapshots()).length, 0);
  assert.equal((await backup()).summary.files_new, 200);
});
