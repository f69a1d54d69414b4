// A file without a name is gone with the last process that has it open, however that one ends.
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes a file in the folder, for nobody else's eyes, and takes its name away. @throws system errors. */
export async function unnamedFile(folder: string): Promise<FileHandle> {
  const name = join(folder, `orbit-${process.pid}-${randomBytes(6).toString('hex')}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name);
  return file;
}
