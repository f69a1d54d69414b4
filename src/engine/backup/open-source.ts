// Opens a file that is to be backed up: no link is followed, nothing but a regular file is read, no time stamp is changed.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Failure, systemErrorCode } from '../../base/failure.ts';

// O_NONBLOCK: a FIFO that took the file's place must not make us wait for somebody to write to it.
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Gives the descriptor; the caller closes it.
 * @throws the system error, or Failure `backup.not-a-file`
 */
export function openSource(path: Buffer): number {
  const fd = openUnseen(path);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notAFile(path);
}

/** The same without a look at what it is: the caller has to make sure that it is a file before it reads. */
export function openUnseen(path: Buffer): number {
  // Only the owner and root may read without touching the access time.
  try {
    return openSync(path, flags | (constants.O_NOATIME ?? 0));
  } catch (error) {
    if (systemErrorCode(error) === 'ELOOP') throw notAFile(path);
    if (systemErrorCode(error) !== 'EPERM') throw error;
    return openSync(path, flags);
  }
}

/** Something else has taken the file's place since the folder was read. */
export function notAFile(path: Buffer): Failure {
  return new Failure('backup.not-a-file', {
    message: `${path.toString('utf8')} was a file when its folder was read and is none any more`,
    hint: 'It changed during the backup; the next run takes it as it then is.',
  });
}
