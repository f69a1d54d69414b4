// Stock restic is the judge: it opens, checks and reads what we write, and we what it writes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { openFolderBackend } from '../src/backends/folder.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { workerFileSaver } from '../src/engine/backup/worker-file-saver.ts';
import { encodeTree } from '../src/engine/format/tree.ts';
import { check } from '../src/engine/maintain/check.ts';
import { restoreSize } from '../src/engine/maintain/stats.ts';
import { Repository } from '../src/engine/repository/repository.ts';
import { RepositoryLock } from '../src/engine/repository/repository-lock.ts';
import { failure } from './support/failures.ts';
import { cheapCost, fileNode, newRepository, saveFiles, testPassword } from './support/repositories.ts';
import { resticFor, type Restic } from './support/restic.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

async function inFolder(
  context: TestContext,
  version: 1 | 2 = 2,
): Promise<{ folder: string; repository: Repository; restic: Restic }> {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'repository');
  const backend = await openFolderBackend(path);
  context.after(() => backend.close());
  const repository = await newRepository(context, { backend, version });
  return { folder, repository, restic: await resticFor(path, folder) };
}

for (const version of [1, 2] as const) {
  suite(`a repository of version ${version} that Orbit wrote`, needs('restic'), () => {
    test('is opened, checked and read by restic, which then backs up onto it', async (context) => {
      const { folder, repository, restic } = await inFolder(context, version);
      const indexed = await repository.loadIndex();
      const large = [randomBytes(900_000), Buffer.alloc(800_000, 'text ')];
      const { snapshot } = await saveFiles(indexed, { large, small: [Buffer.from('small')], empty: [] });
      assert.match(await restic.ok('snapshots'), new RegExp(snapshot.slice(0, 8)));
      assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
      assert.equal(await restic.ok('dump', snapshot, '/small'), 'small');
      mkdirSync(join(folder, 'source'));
      writeFileSync(join(folder, 'source', 'file'), Buffer.concat(large).subarray(0, 100_000));
      await restic.ok('backup', join(folder, 'source'));
      assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
      assert.deepEqual((await check(repository, { readData: true })).problems, []);
    });

    test('takes keys from either side', async (context) => {
      const { folder, repository, restic } = await inFolder(context, version);
      writeFileSync(join(folder, 'new'), 'made by restic\n');
      await restic.ok('key', 'add', '--new-password-file', join(folder, 'new'));
      const opened = await Repository.open(repository.backend, new SecretString('made by restic'));
      const own = await opened.addKey(new SecretString('made by orbit'), { cost: cheapCost, username: 'orbit' });
      opened.close();
      writeFileSync(restic.passwordFile, 'made by orbit');
      assert.match(await restic.ok('key', 'list'), new RegExp(`\\*${own.slice(0, 8)}`));
    });
  });
}

test('packs that file workers built pass restic, and its dump equals the files', needs('restic'), async (context) => {
  const { folder, repository, restic } = await inFolder(context);
  const files = { a: randomBytes(20_000_000), b: Buffer.alloc(9_000_000, 'some text; '), c: Buffer.alloc(0) };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const indexed = await repository.loadIndex();
  const saver = workerFileSaver(indexed, { workers: 2 });
  const saved = await Promise.all(Object.keys(files).map((name) => saver.saveFile(Buffer.from(join(folder, name)))));
  const nodes = Object.keys(files).map((name, n) => fileNode(name, saved[n]?.content ?? [], saved[n]?.size ?? 0));
  const { id: tree } = await indexed.saveBlob('tree', encodeTree(nodes));
  await indexed.flush();
  await saver.close();
  await repository.saveSnapshot({ time: new Date().toISOString(), tree, paths: ['/x'], hostname: 'h', username: 'u' });
  assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
  await restic.ok('restore', 'latest', '--target', join(folder, 'out'));
  const { readFileSync } = await import('node:fs');
  for (const [name, bytes] of Object.entries(files)) assert.ok(readFileSync(join(folder, 'out', name)).equals(bytes));
  await indexed.close();
});

for (const [version, snapshots] of [
  [1, ['9cbb3278', '218ad88e']],
  [2, ['95306ca1', '0abbfb15']],
] as const) {
  test(`the repository of version ${version} that restic 0.14 wrote opens with both keys and is whole`, async () => {
    const backend = await openFolderBackend(`test/fixtures/restic-0.14-v${version}`, { ifMissing: 'require' });
    for (const password of [testPassword, new SecretString('second password')]) {
      const repository = await Repository.open(backend, password);
      assert.equal(repository.version, version);
      assert.deepEqual(
        (await repository.listSnapshots()).map(({ id }) => id.slice(0, 8)),
        snapshots,
      );
      assert.deepEqual((await repository.loadSnapshot('latest')).tags, ['two', 'tags']);
      assert.equal((await repository.listKeys()).length, 2);
      const { problems, files } = await check(repository, { readData: true });
      assert.deepEqual(problems, []);
      assert.equal(files, 7);
      const indexed = await repository.loadIndex();
      const { totalFiles, totalSize } = await restoreSize(indexed, await repository.listSnapshots());
      // As `restic stats` counts the same repository.
      assert.deepEqual({ totalFiles, totalSize }, { totalFiles: 21, totalSize: 217_824 });
      await indexed.close();
      repository.close();
    }
    await backend.close();
  });
}

test('restic waits outside while Orbit works, and Orbit while restic does', needs('restic'), async (context) => {
  const { repository, restic } = await inFolder(context);
  await saveFiles(await repository.loadIndex(), { a: [Buffer.from('a')] });
  const shared = await RepositoryLock.acquire(repository);
  assert.match((await restic.run('prune')).stderr, /locked by/);
  await restic.ok('snapshots');
  await shared.release();
  const exclusive = await RepositoryLock.acquire(repository, { exclusive: true });
  assert.match((await restic.run('snapshots')).stderr, /locked exclusively by/);
  await restic.ok('unlock');
  await assert.rejects(RepositoryLock.acquire(repository), failure('repository.locked'));
  await exclusive.release();
  await restic.ok('prune');

  const backup = restic.start('backup', '--stdin');
  context.after(() => backup.kill('SIGKILL'));
  while (!(await isLocked(repository))) await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(
    RepositoryLock.acquire(repository, { exclusive: true }),
    failure('repository.locked', new RegExp(`process ${backup.pid}`)),
  );
  await (await RepositoryLock.acquire(repository)).release();
  backup.stdin?.end('content');
  await once(backup, 'exit');
  await (await RepositoryLock.acquire(repository, { exclusive: true })).release();
});

// restic writes a lock under a temporary name first, by which nobody knows it.
async function isLocked({ backend }: Repository): Promise<boolean> {
  for await (const { key } of backend.list('locks/')) if (/^locks\/[0-9a-f]{64}$/.test(key)) return true;
  return false;
}

test('restic and Orbit write at the same time, and both find everything', needs('restic'), async (context) => {
  const { folder, repository, restic } = await inFolder(context);
  mkdirSync(join(folder, 'source'));
  for (let n = 0; n < 50; n += 1) writeFileSync(join(folder, 'source', `${n}`), randomBytes(20_000));
  const lock = await RepositoryLock.acquire(repository);
  await Promise.all([
    restic.ok('backup', join(folder, 'source')),
    saveFiles(await repository.loadIndex(), { ours: [randomBytes(2_000_000)] }),
  ]);
  await lock.release();
  assert.match(await restic.ok('check', '--read-data'), /no errors were found/);
  const { problems, snapshots } = await check(repository, { readData: true });
  assert.deepEqual(problems, []);
  assert.equal(snapshots, 2);
});
