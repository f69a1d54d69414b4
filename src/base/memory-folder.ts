// Private folders in memory, for what should not touch a disk or is gone in a moment; and what a killed process left of them.
import { mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from './failure.ts';
import { isRunning } from './program.ts';

const place = '/dev/shm';
// statfs(2): TMPFS_MAGIC.
const tmpfsType = 0x0102_1994;
const dayMs = 24 * 60 * 60_000;

/** A folder that every account has in memory, or undefined: not on this system, closed to us, or less than `bytes` are free. */
export async function memoryPlace(bytes: number): Promise<string | undefined> {
  try {
    const { type } = await statfs(place);
    if (process.platform !== 'linux' || type !== tmpfsType || !(await hasRoom(place, bytes))) return undefined;
    await rm(await mkdtemp(join(place, 'orbit-')), { recursive: true });
    return place;
  } catch {
    return undefined;
  }
}

/** Whether so many bytes are free there. */
export async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= bytes;
}

/** Makes a private folder in `folder`; its name has the prefix and our process, so that `removeForgotten` knows it. */
export async function makeOwnFolder(folder: string, prefix: string): Promise<string> {
  return await mkdtemp(join(folder, `${prefix}${process.pid}-`));
}

/** Removes what `makeOwnFolder` made for a process that was killed: ours, more than a day old, and nobody at work in it. */
export async function removeForgotten(
  folder: string,
  prefix: string,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined) continue;
    const path = join(folder, name);
    try {
      const { uid, mtimeMs } = await stat(path);
      if (uid !== process.getuid?.() || Date.now() - mtimeMs < dayMs || isRunning(Number(pid))) continue;
      await remove(path);
    } catch (error) {
      // Somebody else was faster, or it is somebody else's.
      if (!['ENOENT', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
    }
  }
}
