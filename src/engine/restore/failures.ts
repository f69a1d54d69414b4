// What can go wrong while restoring: with one entry, which is noted, or with the target, which ends the run.
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One entry is not restored. Failures that are already clear stay as they are. */
export function notRestored(path: string, error: unknown): Failure {
  if (isFailure(error) && error.code.startsWith('restore.')) return error;
  return new Failure('restore.entry-failed', {
    message: `${path} was not restored: ${text(error)}`,
    hint: 'The rest was restored. Try this entry again with --include, or from another snapshot.',
    cause: error,
  });
}

/** Something stands where an entry belongs and is not ours to remove. */
export function inTheWay(path: string, what: string): Failure {
  return new Failure('restore.in-the-way', {
    message: `${path} was not restored: ${what} is in its place`,
    hint: 'Move it away, or restore into an empty folder.',
  });
}

/** The bytes on the disk are not those that were written. */
export function verifyFailed(path: string): Failure {
  return new Failure('restore.verify-failed', {
    message: `${path} reads back differently from what was written`,
    hint: 'Do not trust the disk or the memory of this machine; restore to another one.',
  });
}

/** Turns an error after which nothing more can be written into a failure that ends the run; undefined for any other. */
export function targetFailure(target: string, error: unknown): Failure | undefined {
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('restore.disk-full', {
      message: `there is no more room at ${target}`,
      hint: 'Free space there, or choose another target; files that were not finished have been removed.',
      cause: error,
    });
  }
  if (code !== 'EROFS') return undefined;
  return new Failure('restore.read-only', {
    message: `${target} cannot be written to: it is mounted read-only`,
    hint: 'Mount it for writing, or choose another target.',
    cause: error,
  });
}
