// What cannot be read of the source is told, and the run goes on.
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';

/** The source's own trouble is a system error; what the repository or a command throws is a Failure and ends the run. */
export function isUnreadable(error: unknown): boolean {
  return isFailure(error) ? error.code === 'backup.not-a-file' : systemErrorCode(error) !== undefined;
}

/** The failure for an entry that is left out. */
export function unreadable(what: string, cause: unknown): Failure {
  return new Failure('backup.unreadable', {
    message: `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'Give the account that runs the backup the right to read it, or exclude it.',
    cause,
  });
}
