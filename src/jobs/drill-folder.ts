// A private folder for what a drill restores: in memory where there is such a place, and wiped whatever happens.
import { constants } from 'node:fs';
import { chmod, mkdtemp, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../base/failure.ts';

/** Where a drill restores to. `bytesMax`: how much it may put there. */
export interface DrillFolder {
  path: string;
  isInMemory: boolean;
  bytesMax: number;
}

const prefix = 'orbit-drill-';
// statfs(2): TMPFS_MAGIC.
const tmpfsType = 0x0102_1994;
const bytesMaxInMemory = 256 * 1024 * 1024;
const bytesMaxOnDisk = 1024 * 1024 * 1024;
const dayMs = 24 * 60 * 60_000;

/** Makes the folder for the time of `work`. What is in it is overwritten and removed at the end. */
export async function withDrillFolder<Result>(work: (folder: DrillFolder) => Promise<Result>): Promise<Result> {
  const place = (await memoryFolder()) ?? { path: tmpdir(), isInMemory: false };
  await removeForgotten(place.path);
  const { bavail, bsize } = await statfs(place.path);
  const bytesMax = Math.min(place.isInMemory ? bytesMaxInMemory : bytesMaxOnDisk, Math.floor((bavail * bsize) / 2));
  const path = await mkdtemp(join(place.path, `${prefix}${process.pid}-`));
  try {
    return await work({ path, isInMemory: place.isInMemory, bytesMax });
  } finally {
    await wipeFolder(path);
  }
}

async function memoryFolder(): Promise<{ path: string; isInMemory: true } | undefined> {
  const path = '/dev/shm';
  try {
    const { type, bavail, bsize } = await statfs(path);
    const isUsable = type === tmpfsType && bavail * bsize > 16 * 1024 * 1024;
    if (!isUsable || process.platform !== 'linux') return undefined;
    await rm(await mkdtemp(join(path, prefix)), { recursive: true });
    return { path, isInMemory: true };
  } catch {
    return undefined;
  }
}

// Left by a drill whose process was killed: ours, more than a day old, and nobody at work in it.
async function removeForgotten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined) continue;
    const path = join(folder, name);
    try {
      const { uid, mtimeMs } = await stat(path);
      if (uid !== process.getuid?.() || Date.now() - mtimeMs < dayMs || isAlive(Number(pid))) continue;
      await wipeFolder(path);
    } catch (error) {
      // Somebody else was faster, or it is somebody else's.
      if (!['ENOENT', 'EACCES', 'EPERM'].includes(systemErrorCode(error) ?? '')) throw error;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** Overwrites every file below a folder with zeros and removes everything. Links are removed, never followed. */
export async function wipeFolder(path: string): Promise<void> {
  await overwriteBelow(Buffer.from(path));
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

async function overwriteBelow(folder: Buffer): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const child = Buffer.concat([folder, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) await overwriteBelow(child);
    else if (entry.isFile()) await overwrite(child);
  }
}

const zeros = Buffer.alloc(1024 * 1024);

async function overwrite(path: Buffer): Promise<void> {
  await chmod(path, 0o600);
  const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    for (let left = (await file.stat()).size; left > 0; left -= zeros.length)
      await file.write(zeros, 0, Math.min(left, zeros.length));
    await file.datasync();
  } finally {
    await file.close();
  }
}
