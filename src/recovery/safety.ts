// Before anything is overwritten in place: what will be overwritten is kept, in a repository of its own on this machine.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFolderBackend } from '../backends/folder.ts';
import type { Operation } from '../base/operation.ts';
import { SecretString } from '../base/secret-string.ts';
import { backupInto } from '../engine/backup/backup-into.ts';
import { Repository } from '../engine/repository/repository.ts';

/** Where the safety copy lies: a restic repository and its password, both readable by root only. */
export interface SafetyCopy {
  repository: string;
  passwordFile: string;
  snapshot: string;
  files: number;
}

/** Keeps these paths as they are now, below a folder that is made. */
export async function keepSafe(
  folder: string,
  paths: readonly string[],
  options: Operation & { orbitVersion: string },
): Promise<SafetyCopy> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = new SecretString(randomBytes(32).toString('base64url'));
  const passwordFile = join(folder, 'password');
  // The copy is as private as the files it is made of: this folder of this machine, mode 0700.
  writeFileSync(passwordFile, `${password.reveal()}\n`, { mode: 0o600, flag: 'wx' });
  const repository = join(folder, 'files');
  const backend = await openFolderBackend(repository, { ifMissing: 'make' });
  try {
    const opened = await Repository.init(backend, password);
    try {
      const { snapshotId = '', summary } = await backupInto(opened, paths, {
        tags: ['orbit', 'before-recover'],
        programVersion: options.orbitVersion,
        force: true,
        workers: 0,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      return { repository, passwordFile, snapshot: snapshotId, files: summary.total_files_processed };
    } finally {
      opened.close();
    }
  } finally {
    await backend.close();
  }
}
