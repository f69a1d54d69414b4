// A backup is killed at several moments. What was announced before stays whole, and the next run completes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compareTrees } from './support/compare-trees.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

test(
  'a backup killed at any moment leaves a clean repository, and the next run completes',
  needs('restic'),
  async (t) => {
    const repository = await testRepository(t);
    const source = join(repository.folder, 'source');
    mkdirSync(join(source, 'early'), { recursive: true });
    writeFileSync(join(source, 'early', 'file'), 'announced');
    const announced = await repository.backup([source]);
    // Several packs of bytes that do not compress, so that there are moments to be killed at.
    for (let file = 0; file < 12; file += 1) {
      writeFileSync(join(source, `file ${file}`), randomBytesOf(file, 4 * 1024 * 1024));
    }
    const locks = join(repository.path, 'locks');
    const dataFolders = join(repository.path, 'data');
    const packCount = (): number =>
      (readdirSync(dataFolders, { recursive: true }) as string[]).filter((name) => name.length > 60).length;
    for (const packs of [0, 1, 2]) {
      const before = packCount();
      const child = spawn(
        process.execPath,
        [main, 'repo', 'backup', '-r', repository.path, '-p', repository.passwordFile, '--host', 'test', source],
        { stdio: 'ignore' },
      );
      const ended = new Promise((resolve) => child.once('exit', resolve));
      let isOver = false;
      void ended.then(() => (isOver = true));
      const isMoment = (): boolean =>
        packs === 0 ? existsSync(locks) && readdirSync(locks).length > 0 : packCount() >= before + packs;
      while (!isOver && !isMoment()) await new Promise((resolve) => setImmediate(resolve));
      child.kill('SIGKILL');
      await ended;
      assert.equal(child.signalCode, 'SIGKILL', 'it was over before it could be killed');
      // The dead process's lock is stale, and unlock knows it.
      await repository.restic('unlock');
      await repository.restic('check', '--read-data');
    }
    const made = await repository.backup([source]);
    assert.equal(made.outcome, 'succeeded');
    await repository.restic('check', '--read-data');
    const target = join(repository.folder, 'target');
    await repository.restore(made.snapshotId ?? '', target);
    assert.deepEqual(await compareTrees(source, join(target, source)), []);
    const earlier = join(repository.folder, 'earlier');
    assert.equal((await repository.restore(announced.snapshotId ?? '', earlier)).files, 1);
  },
);
