// A private folder for what a drill restores: in memory where there is such a place, and wiped whatever happens.
import { constants } from 'node:fs';
import { chmod, open, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { makeOwnFolder, memoryPlace, removeForgotten } from '../base/memory-folder.ts';

/** Where a drill restores to. `bytesMax`: how much it may put there. */
export interface DrillFolder {
  path: string;
  isInMemory: boolean;
  bytesMax: number;
}

const prefix = 'orbit-drill-';
const bytesMinInMemory = 16 * 1024 * 1024;
const bytesMaxInMemory = 256 * 1024 * 1024;
const bytesMaxOnDisk = 1024 * 1024 * 1024;

/** Makes the folder for the time of `work`. What is in it is overwritten and removed at the end. */
export async function withDrillFolder<Result>(work: (folder: DrillFolder) => Promise<Result>): Promise<Result> {
  const inMemory = await memoryPlace(bytesMinInMemory);
  const place = inMemory ?? tmpdir();
  await removeForgotten(place, prefix, wipeFolder);
  const { bavail, bsize } = await statfs(place);
  const isInMemory = inMemory !== undefined;
  const bytesMax = Math.min(isInMemory ? bytesMaxInMemory : bytesMaxOnDisk, Math.floor((bavail * bsize) / 2));
  const path = await makeOwnFolder(place, prefix);
  try {
    return await work({ path, isInMemory, bytesMax });
  } finally {
    await wipeFolder(path);
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
