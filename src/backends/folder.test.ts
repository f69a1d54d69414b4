import assert from 'node:assert/strict';
import { chmod, mkdir, open, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../base/program.ts';
import { describeBackend, listAll } from '../../test/support/describe-backend.ts';
import { failure } from '../../test/support/failures.ts';
import { onlyRoot, smallDisk } from '../../test/support/small-disk.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { openFolderBackend, prepareRepositoryFolders } from './folder.ts';

describeBackend('folder', async (context) => openFolderBackend(join(await temporaryFolder(context), 'made here')));

test('folders are closed to others, files too, and no temporary stays', async (context) => {
  const path = join(await temporaryFolder(context), 'place');
  const backend = await openFolderBackend(path);
  await backend.save('data/aa/file', Buffer.from('x'));
  for (const folder of ['', 'data', 'data/aa']) assert.equal((await stat(join(path, folder))).mode & 0o777, 0o700);
  assert.equal((await stat(join(path, 'data/aa/file'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(join(path, 'data/aa')), ['file']);
});

test('leftovers of a killed run are not listed, and are swept once they are old', async (context) => {
  const path = await temporaryFolder(context);
  const backend = await openFolderBackend(path);
  await mkdir(join(path, 'data'));
  for (const name of ['old~0123456789ab', 'young~0123456789ab', 'somebody else’s', 'x~1']) {
    await writeFile(join(path, 'data', name), 'half');
  }
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  for (const name of ['old~0123456789ab', 'somebody else’s', 'x~1'])
    await utimes(join(path, 'data', name), longAgo, longAgo);
  assert.deepEqual(await listAll(backend), []);
  assert.deepEqual((await readdir(join(path, 'data'))).sort(), ['somebody else’s', 'x~1', 'young~0123456789ab']);
});

test('a folder that vanishes is not made anew', async (context) => {
  const path = join(await temporaryFolder(context), 'place');
  const backend = await openFolderBackend(path);
  await backend.save('data/a', Buffer.from('x'));
  await rm(path, { recursive: true });
  await assert.rejects(backend.save('data/b', Buffer.from('x')), failure('backend.place-missing', /mounted/));
  await assert.rejects(backend.load('data/a'), failure('backend.place-missing'));
  await assert.rejects(listAll(backend), failure('backend.place-missing'));
  await assert.rejects(stat(path));
  await assert.rejects(openFolderBackend(path, { ifMissing: 'require' }), failure('backend.place-missing'));
  await assert.rejects(openFolderBackend(join(path, 'too/deep')), failure('backend.place-missing'));
  await writeFile(path, 'a file');
  await assert.rejects(openFolderBackend(path), failure('backend.place-missing'));
});

test('nothing is written beneath a mount that went away', onlyRoot, async (context) => {
  const disk = await smallDisk(context, '4m');
  const backend = await openFolderBackend(disk.path);
  await backend.save('data/a', Buffer.from('x'));
  await disk.unmount();
  await assert.rejects(backend.save('data/b', Buffer.from('x')), failure('backend.place-changed'));
  await assert.rejects(backend.load('data/a'), failure('backend.place-changed'));
  assert.deepEqual(await readdir(disk.path), []);
});

test('a full disk says so, leaves nothing behind, and works on when there is room again', onlyRoot, async (context) => {
  const { path } = await smallDisk(context, '2m');
  const backend = await openFolderBackend(path);
  await backend.save('one', Buffer.alloc(1_000_000));
  assert.ok(((await backend.freeBytes()) ?? 0) < 1_200_000);
  await assert.rejects(backend.save('two', Buffer.alloc(3_000_000)), failure('backend.no-space', /prune/));
  assert.deepEqual(await readdir(path), ['one']);
  await backend.remove('one');
  await backend.save('two', Buffer.alloc(1_900_000));
});

test('a read-only mount says so, and can still be read', onlyRoot, async (context) => {
  const disk = await smallDisk(context, '2m');
  const backend = await openFolderBackend(disk.path);
  await backend.save('a', Buffer.from('x'));
  await disk.remountReadOnly();
  await assert.rejects(backend.save('b', Buffer.from('x')), failure('backend.read-only'));
  await assert.rejects(backend.remove('a'), failure('backend.read-only'));
  assert.equal((await backend.load('a')).toString(), 'x');
});

test('a folder without rights says so', {
  skip: process.getuid?.() === 0 ? 'root may everything' : false,
}, async (context) => {
  const path = await temporaryFolder(context);
  const backend = await openFolderBackend(path);
  await chmod(path, 0o500);
  context.after(() => chmod(path, 0o700));
  await assert.rejects(backend.save('a', Buffer.from('x')), failure('backend.permission'));
});

test('stock restic writes on top of a repository whose folders we prepared', needs('restic'), async (context) => {
  const home = await temporaryFolder(context);
  const [path, made] = [join(home, 'ours'), join(home, 'theirs')];
  const restic = (repository: string, ...args: string[]) =>
    runProgram('restic', ['-r', repository, '--no-cache', '-q', ...args], { env: { RESTIC_PASSWORD: 'p' } });
  await restic(made, 'init');
  const backend = await openFolderBackend(path);
  const theirs = await openFolderBackend(made);
  // What an engine of ours would have written: config and key, none of the empty folders.
  for await (const { key } of theirs.list('')) await backend.save(key, await theirs.load(key));
  await prepareRepositoryFolders(path);
  await prepareRepositoryFolders(path);
  await writeFile(join(home, 'file'), 'content');
  assert.equal((await restic(path, 'backup', join(home, 'file'))).exitCode, 0);
  const check = await restic(path, 'check', '--read-data');
  assert.equal(check.exitCode, 0, check.stderr);
});

test('a link to the folder may be the place', async (context) => {
  const home = await temporaryFolder(context);
  await mkdir(join(home, 'real'));
  await symlink('real', join(home, 'link'));
  const backend = await openFolderBackend(join(home, 'link'));
  await backend.save('a/b', Buffer.from('x'));
  assert.deepEqual(await listAll(backend), [{ key: 'a/b', size: 1 }]);
});

test('a pipe in the place of an object is no object, and nobody waits at it', { timeout: 20_000 }, async (context) => {
  let pipe = '';
  // A reader that waits can only be ended from the other side.
  context.after(async () => (await open(pipe, 'r+')).close());
  const path = join(await temporaryFolder(context), 'place');
  const backend = await openFolderBackend(path);
  pipe = join(path, 'write_test');
  await runProgram('mkfifo', [pipe]);
  await assert.rejects(backend.load('write_test'), failure('backend.not-found'));
  await assert.rejects(backend.stat('write_test'), failure('backend.not-found'));
  assert.deepEqual(await listAll(backend), []);
});
