// A repository in a temporary folder, opened by us and by stock restic.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openFolderBackend } from '../../src/backends/folder.ts';
import { runProgram } from '../../src/base/program.ts';
import { backupInto, type BackupIntoOptions } from '../../src/engine/backup/backup-into.ts';
import type { BackupResult } from '../../src/engine/backup/backup.ts';
import type { NamedSnapshot } from '../../src/engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../../src/engine/repository/indexed-repository.ts';
import { Repository } from '../../src/engine/repository/repository.ts';
import type { RestoreOptions, RestoreResult } from '../../src/engine/restore/events.ts';
import { restore } from '../../src/engine/restore/restore.ts';
import { newRepository, testPassword } from './repositories.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A repository and what tests do with it. */
export interface TestRepository {
  /** Holds `repository`, `password` and whatever the test puts there. */
  folder: string;
  path: string;
  passwordFile: string;
  /** Backs up in this thread, without workers. */
  backup(paths: (string | Buffer)[], options?: BackupIntoOptions): Promise<BackupResult>;
  restore(which: string, target: string, options?: RestoreOptions): Promise<RestoreResult>;
  snapshots(): Promise<NamedSnapshot[]>;
  /** Runs `work` on the opened repository. */
  open<Result>(work: (indexed: IndexedRepository, repository: Repository) => Promise<Result>): Promise<Result>;
  /** Runs stock restic and gives its standard output. @throws when it fails, with what it said */
  restic(...args: string[]): Promise<string>;
}

/** Makes a repository with a key that is quick to derive. It is gone after the test. */
export async function testRepository(context: TestContext): Promise<TestRepository> {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'repository');
  const passwordFile = join(folder, 'password');
  await mkdir(path);
  await writeFile(passwordFile, testPassword.reveal());
  await newRepository(context, { backend: await openFolderBackend(path) });
  const withRepository = async <Result>(work: (repository: Repository) => Promise<Result>): Promise<Result> => {
    const repository = await Repository.open(await openFolderBackend(path), testPassword);
    try {
      return await work(repository);
    } finally {
      repository.close();
    }
  };
  const open = <Result>(work: (indexed: IndexedRepository, repository: Repository) => Promise<Result>) =>
    withRepository(async (repository) => {
      const indexed = await repository.loadIndex();
      try {
        return await work(indexed, repository);
      } finally {
        await indexed.close();
      }
    });
  return {
    folder,
    path,
    passwordFile,
    open,
    backup: (paths, options = {}) =>
      withRepository((repository) => backupInto(repository, paths, { workers: 0, host: 'test', ...options })),
    restore: (which, target, options = {}) =>
      open(async (indexed, repository) => restore(indexed, await repository.loadSnapshot(which), target, options)),
    snapshots: () => withRepository((repository) => repository.listSnapshots()),
    async restic(...args) {
      const all = ['-r', path, '--no-cache', '--password-file', passwordFile, ...args];
      const { exitCode, stdout, stderr } = await runProgram('restic', all);
      assert.equal(exitCode, 0, `restic ${args.join(' ')}\n${stdout.toString()}\n${stderr}`);
      return stdout.toString();
    },
  };
}
