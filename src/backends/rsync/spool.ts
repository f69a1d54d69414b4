// The folder between us and rsync: what is about to be sent, what was just fetched, and fetched objects whose parts
// are still asked for. It never holds a whole backup: a batch, and a cache, each with its limit.
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { systemErrorCode } from '../../base/failure.ts';
import { hasRoom, makeOwnFolder, memoryPlace, removeForgotten } from '../../base/memory-folder.ts';
import { isRunning } from '../../base/program.ts';
import { failureOfSystemError } from '../failures.ts';

/** A spool of one backend. */
export interface Spool {
  /** An empty folder for one run: in memory, where there is room, for no more than a few `bytes`. Without them it can be kept from. */
  makeFolder(bytes?: number): Promise<string>;
  removeFolder(folder: string): void;
  /** Keeps a fetched file for later parts, and forgets the oldest ones above the limit. */
  keep(key: string, file: string): Promise<void>;
  /** A kept file, opened, and its size; undefined when it is not kept. Close it. */
  openKept(key: string): Promise<{ file: FileHandle; size: number } | undefined>;
  forget(key: string): Promise<void>;
  remove(): Promise<void>;
}

const prefix = 'orbit-rsync-';
// Thousands of small files, made and removed again, cost a file system on a disk many times what they cost memory.
const bytesMaxInMemory = 16 * 2 ** 20;

/**
 * Makes a spool below `parent` (made with mode 0700). Spools of processes that are no more are removed first.
 * @throws Failure `backend.no-space`, `backend.permission` … about the spool's folder.
 */
export async function openSpool(parent: string, maxKeptBytes: number): Promise<Spool> {
  let root: string;
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeAbandoned(parent);
    root = await makeOwnFolder(parent, prefix);
  } catch (error) {
    throw failureOfSystemError(error, parent, 'make the spool for rsync');
  }
  let memory: Promise<string | undefined> | undefined;
  const cleanMemory = async (): Promise<string | undefined> => {
    const place = await memoryPlace(0);
    if (place !== undefined) await removeForgotten(place, prefix, (path) => rm(path, { recursive: true, force: true }));
    return place;
  };
  const kept = new Map<string, { file: string; size: number }>();
  let keptBytes = 0;
  let count = 0;

  async function forget(key: string): Promise<void> {
    const found = kept.get(key);
    if (found === undefined) return;
    kept.delete(key);
    keptBytes -= found.size;
    await rm(found.file, { force: true });
  }

  return {
    async makeFolder(bytes = Infinity) {
      const inMemory = bytes > bytesMaxInMemory ? undefined : await (memory ??= cleanMemory());
      const hasPlace = inMemory !== undefined && (await hasRoom(inMemory, 2 * bytes));
      return await makeOwnFolder(hasPlace ? inMemory : root, prefix);
    },
    removeFolder: (folder) => rmSync(folder, { recursive: true, force: true }),
    async keep(key, file) {
      await forget(key);
      count += 1;
      const target = join(root, `kept-${count}`);
      await rename(file, target);
      const { size } = await stat(target);
      kept.set(key, { file: target, size });
      keptBytes += size;
      for (const oldest of kept.keys()) {
        if (keptBytes <= maxKeptBytes || oldest === key) break;
        await forget(oldest);
      }
    },
    async openKept(key) {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      kept.delete(key); // To the end: it is the youngest now.
      kept.set(key, found);
      return { file: await open(found.file, 'r'), size: found.size };
    },
    forget,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

// A trip to the thread pool for each step of a small file would cost more than the file.
const smallBytes = 64 * 1024;
const smallFilesInARow = 64;

/** Writes objects below a run's folder, with the folders of their keys, for nobody else's eyes. */
export async function writeSpoolFiles(
  folder: string,
  objects: readonly { key: string; content?: Uint8Array }[],
): Promise<void> {
  const made = new Set([folder]);
  let inARow = 0;
  try {
    for (const { key, content = Buffer.alloc(0) } of objects) {
      const path = join(folder, key);
      const parent = dirname(path);
      if (!made.has(parent)) mkdirSync(parent, { recursive: true, mode: 0o700 });
      made.add(parent);
      const how = { mode: 0o600, flag: 'wx' };
      if (content.length > smallBytes) await writeFile(path, content, how);
      else writeFileSync(path, content, how);
      inARow += 1;
      if (inARow % smallFilesInARow === 0) await turnOfOthers();
    }
  } catch (error) {
    throw failureOfSystemError(error, folder, 'fill the spool for rsync');
  }
}

/** The bytes of fetched objects, in order; undefined for what is not there. Large ones are read one after the other. */
export async function readSpoolFiles(folder: string, keys: readonly string[]): Promise<(Buffer | undefined)[]> {
  const found: (Buffer | undefined)[] = [];
  const room = Buffer.allocUnsafeSlow(smallBytes + 1);
  for (const [index, key] of keys.entries()) {
    const path = join(folder, key);
    try {
      const size = readStart(path, room);
      found.push(size > smallBytes ? await readFile(path) : Buffer.from(room.subarray(0, size)));
    } catch (error) {
      if (!isNoFile.has(systemErrorCode(error) ?? '')) throw error;
      found.push(undefined);
    }
    if ((index + 1) % smallFilesInARow === 0) await turnOfOthers();
  }
  return found;
}

// A folder, or below a file, is no object either.
const isNoFile = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

// Three requests to the kernel for a small file; to look at it first, and for its end, would be twice as many.
function readStart(path: string, room: Buffer): number {
  const file = openSync(path, 'r');
  try {
    return readSync(file, room, 0, room.length, 0);
  } finally {
    closeSync(file);
  }
}

// A killed Orbit leaves its spool; its process id is in the name.
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(/^(?:orbit-)?rsync-(\d+)-/.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || isRunning(pid)) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}
