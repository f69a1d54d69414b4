// The folder between us and rsync: what is about to be sent, what was just fetched, and fetched objects whose parts
// are still asked for. It never holds a whole backup: a batch, and a cache, each with its limit.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { systemErrorCode } from '../../base/failure.ts';
import { failureOfSystemError } from '../failures.ts';

/** A spool of one backend. */
export interface Spool {
  /** An empty folder for one run. */
  makeFolder(): Promise<string>;
  removeFolder(folder: string): void;
  /** Keeps a fetched file for later parts, and forgets the oldest ones above the limit. */
  keep(key: string, file: string): Promise<void>;
  /** A kept file, opened, and its size; undefined when it is not kept. Close it. */
  openKept(key: string): Promise<{ file: FileHandle; size: number } | undefined>;
  forget(key: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Makes a spool below `parent` (made with mode 0700). Spools of processes that are no more are removed first.
 * @throws Failure `backend.no-space`, `backend.permission` … about the spool's folder.
 */
export async function openSpool(parent: string, maxKeptBytes: number): Promise<Spool> {
  let root: string;
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeAbandoned(parent);
    root = await mkdtemp(join(parent, `rsync-${process.pid}-`));
  } catch (error) {
    throw failureOfSystemError(error, parent, 'make the spool for rsync');
  }
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
    async makeFolder() {
      count += 1;
      const folder = join(root, `run-${count}`);
      await mkdir(folder, { mode: 0o700 });
      return folder;
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
  for (const [index, key] of keys.entries()) {
    const path = join(folder, key);
    const size = sizeOfFile(path);
    if (size === undefined) found.push(undefined);
    else found.push(size > smallBytes ? await readFile(path) : readFileSync(path));
    if ((index + 1) % smallFilesInARow === 0) await turnOfOthers();
  }
  return found;
}

// Undefined for what is not there, and for a folder.
function sizeOfFile(path: string): number | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() ? found.size : undefined;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

// A killed Orbit leaves its spool; its process id is in the name.
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(/^rsync-(\d+)-/.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
