// Files that must not exist yet, for the eyes of whoever runs the command.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { Failure, systemErrorCode } from '../../base/failure.ts';

/** Makes a new file with mode 0600 and gives its descriptor. @throws Failure `cli.file-exists`, `cli.unwritable-file`. */
export function openNewFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') {
      throw new Failure('cli.file-exists', {
        message: `the file ${file} is there already`,
        hint: 'Choose another name; nothing is overwritten.',
      });
    }
    throw new Failure('cli.unwritable-file', {
      message: `the file ${file} cannot be made`,
      hint: 'Check that its folder exists, that you may write there, and that the disk has room.',
      cause: error,
    });
  }
}

/** Writes a whole new file and waits until it is on the disk. Throws what `openNewFile` throws. */
export function writeNewFile(file: string, bytes: Uint8Array): void {
  const descriptor = openNewFile(file);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
