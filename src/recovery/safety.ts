// Before anything is overwritten in place: what will be overwritten is kept, in a repository of its own on this machine.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFolderBackend } from '../backends/folder.ts';
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { SecretString } from '../base/secret-string.ts';
import { backupInto } from '../engine/backup/backup-into.ts';
import { Repository } from '../engine/repository/repository.ts';
import type { SafetyCopy } from './state.ts';

/**
 * Keeps these paths as they are now, below a folder that is made. `isAgain`: what an earlier try left there is half a copy.
 * @throws Failure `recovery.not-kept`
 */
export async function keepSafe(
  folder: string,
  paths: readonly Buffer[],
  options: Operation & { orbitVersion: string; isAgain: boolean },
): Promise<SafetyCopy> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const repository = join(folder, 'files');
  const passwordFile = join(folder, 'password');
  if (options.isAgain) for (const path of [repository, passwordFile]) rmSync(path, { recursive: true, force: true });
  const password = new SecretString(randomBytes(32).toString('base64url'));
  // The copy is as private as the files it is made of: this folder of this machine, mode 0700.
  writeFileSync(passwordFile, `${password.reveal()}\n`, { mode: 0o600, flag: 'wx' });
  const backend = await openFolderBackend(repository, { ifMissing: 'make' });
  try {
    const opened = await Repository.init(backend, password);
    try {
      const lost: string[] = [];
      const {
        snapshotId = '',
        summary,
        skipped,
      } = await backupInto(opened, paths, {
        tags: ['orbit', 'before-recover'],
        programVersion: options.orbitVersion,
        force: true,
        workers: 0,
        report(event) {
          if (event.type === 'file-skipped' && lost.length < 3) lost.push(event.failure.message);
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      if (skipped > 0) throw notKept(skipped, lost);
      return { repository, passwordFile, snapshot: snapshotId, files: summary.total_files_processed };
    } finally {
      opened.close();
    }
  } finally {
    await backend.close();
  }
}

function notKept(count: number, why: readonly string[]): Failure {
  return new Failure('recovery.not-kept', {
    message: `${count} of what would be overwritten could not be kept: ${why.join('; ')}`,
    hint: 'Nothing was overwritten. Mend or move what is named, then run the same command again.',
  });
}
