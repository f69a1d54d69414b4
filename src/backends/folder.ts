// Objects as files of a folder on this machine, or on a mount. Written beside their place first, then moved in whole.
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, readdir, rename, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, systemErrorCode } from '../base/failure.ts';
import type { DatingBackend } from './abilities.ts';
import type { StoredObject } from './backend.ts';
import { canWriteDirectly, DirectWriter } from './direct-file.ts';
import { failureOfSystemError, keyExists, notFound, placeMissing } from './failures.ts';
import { checkKey, checkPrefix, folderOf, isKeyPart, isTemporaryName, temporaryKey } from './key.ts';
import { resolveRange } from './ranges.ts';
import { roomFor } from './room-for.ts';

/** How a folder is opened. */
export interface FolderOptions {
  /** `make` (default) makes the folder, mode 0700, when its parent exists; `require` fails when it is missing. */
  ifMissing?: 'make' | 'require';
  /** Leftover temporaries older than this are removed when a listing meets them. Default: a day. */
  sweepOlderThanMs?: number;
  /** The place in words, when it is not the path. */
  location?: string;
}

// Between two pieces an aborted save stops.
const pieceBytes = 4 * 1024 * 1024;
const statsAtOnce = 16;
// Whoever opens a pipe waits for its other end, and keeps one of the few threads for files meanwhile.
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK;
const makeFolderTries = 5;
const notFoundCodes = new Set<string | undefined>(['ENOENT', 'ENOTDIR', 'EISDIR']);
const noHardLinkCodes = new Set<string | undefined>(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/**
 * Opens a folder as a backend. Folders below it are made on demand (0700), files are 0600.
 * The folder itself is never made again once open: when it vanishes (unmounted, removed) or another file system lies
 * there, calls fail with `backend.place-missing` or `backend.place-changed` instead of filling the folder beneath.
 */
export async function openFolderBackend(path: string, options: FolderOptions = {}): Promise<DatingBackend> {
  const location = options.location ?? path;
  const sweepOlderThanMs = options.sweepOlderThanMs ?? 24 * 3600_000;
  const pathOf = (key: string): string => (key === '' ? path : join(path, key));
  const { device, direct } = await guarded('open it', async () => {
    if (options.ifMissing !== 'require') await makeFolder(path);
    const found = await stat(path);
    if (!found.isDirectory()) throw placeMissing(location, new Error(`${path} is not a folder`));
    return { device: found.dev, direct: canWriteDirectly(await statfs(path)) ? new DirectWriter() : undefined };
  });

  async function guarded<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw failureOfSystemError(error, location, what);
    }
  }

  async function checkPlace(): Promise<void> {
    const found = await stat(path);
    if (found.dev !== device) throw placeChanged(location);
  }

  // Only below the folder, part by part: a vanished folder must not be made anew beneath its mount.
  async function makeFoldersBelow(folder: string): Promise<void> {
    let made = '';
    for (const name of folder.split('/')) {
      const parent = made;
      made = made === '' ? name : `${made}/${name}`;
      if (await makeFolder(pathOf(made))) await syncFolder(pathOf(parent));
    }
  }

  // The folders of a key are made when the first file in them fails for want of them.
  async function inItsFolder<Result>(key: string, make: () => Promise<Result>): Promise<Result> {
    const folder = folderOf(key);
    // More than once: somebody else may take the folder away as empty between its making and our file.
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await make();
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOENT' || folder === '' || attempt === makeFolderTries) throw error;
      }
      await makeFoldersBelow(folder);
    }
  }

  // What is empty is taken away, up to the folder itself: a removed kit leaves nothing behind.
  async function removeEmptyFolders(folder: string): Promise<void> {
    for (let at = folder; at !== ''; at = folderOf(at)) {
      try {
        await rmdir(pathOf(at));
      } catch {
        await syncFolder(pathOf(at)).catch(() => {});
        return;
      }
    }
    await syncFolder(path);
  }

  // Leaves a whole, synced file there, or none.
  async function writeTemporary(
    temporary: string,
    key: string,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      if (direct?.takes(bytes.length)) {
        if (await inItsFolder(key, () => direct.write(temporary, bytes, signal))) return;
        await unlink(temporary).catch(() => {});
      }
      const file = await inItsFolder(key, () => open(temporary, 'wx', 0o600));
      try {
        await writePieces(file, bytes, signal);
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
  }

  async function* walk(folder: string, signal: AbortSignal | undefined): AsyncGenerator<StoredObject> {
    signal?.throwIfAborted();
    const entries = await readdir(pathOf(folder), { withFileTypes: true }).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw error;
    });
    const inFolder = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    for (const name of files.filter(isTemporaryName)) await sweep(pathOf(inFolder(name)), sweepOlderThanMs);
    const keys = files.filter(isKeyPart).map(inFolder);
    for (let first = 0; first < keys.length; first += statsAtOnce) {
      signal?.throwIfAborted();
      const found = await Promise.all(keys.slice(first, first + statsAtOnce).map((key) => sizeOf(key)));
      for (const object of found) if (object !== undefined) yield object;
    }
    for (const entry of entries) {
      if (entry.isDirectory() && isKeyPart(entry.name)) yield* walk(inFolder(entry.name), signal);
    }
  }

  async function sizeOf(key: string): Promise<StoredObject | undefined> {
    try {
      return { key, size: (await stat(pathOf(key))).size };
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined; // Removed since the folder was read.
      throw error;
    }
  }

  // A missing object and a missing place are told apart: the second must stop a run.
  async function missing(key: string, cause: unknown): Promise<Error> {
    await checkPlace();
    return notFound(location, key, cause);
  }

  return {
    location,
    async save(key, bytes, { ifExists, signal } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      await guarded(`store ${key}`, async () => {
        await checkPlace();
        const temporary = pathOf(temporaryKey(key));
        await writeTemporary(temporary, key, bytes, signal);
        try {
          if (ifExists === 'replace') await rename(temporary, pathOf(key));
          else await moveWithoutReplacing(temporary, pathOf(key), () => keyExists(location, key));
        } catch (error) {
          await unlink(temporary).catch(() => {});
          throw error;
        }
        await syncFolder(pathOf(folderOf(key)));
      });
    },
    async load(key, range, { signal, room, maxBytes } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      return await guarded(`read ${key}`, async () => {
        let file: FileHandle;
        try {
          file = await open(pathOf(key), readFlags);
        } catch (error) {
          if (notFoundCodes.has(systemErrorCode(error))) throw await missing(key, error);
          throw error;
        }
        try {
          const found = await file.stat();
          if (!found.isFile()) throw notFound(location, key);
          const { start, end } = resolveRange(location, key, found.size, range, maxBytes);
          const bytes = roomFor(end - start, room);
          await readPieces(file, bytes, start, signal, (got) => resolveRange(location, key, got, range));
          return bytes;
        } finally {
          await file.close();
        }
      });
    },
    async stat(key, { signal } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      return await guarded(`look at ${key}`, async () => {
        try {
          const found = await stat(pathOf(key));
          if (found.isFile()) return { key, size: found.size };
        } catch (error) {
          if (!notFoundCodes.has(systemErrorCode(error))) throw error;
        }
        throw await missing(key, undefined);
      });
    },
    async modifiedAt(key, { signal } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      return await guarded(`look at ${key}`, async () => (await stat(pathOf(key))).mtime);
    },
    async *list(prefix, { signal } = {}) {
      signal?.throwIfAborted();
      checkPrefix(prefix);
      try {
        await checkPlace();
        yield* walk(prefix.slice(0, -1), signal);
      } catch (error) {
        throw failureOfSystemError(error, location, 'list it');
      }
    },
    async remove(key, { signal } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      await guarded(`remove ${key}`, async () => {
        try {
          await unlink(pathOf(key));
        } catch (error) {
          if (notFoundCodes.has(systemErrorCode(error))) throw await missing(key, error);
          throw error;
        }
        await removeEmptyFolders(folderOf(key));
      });
    },
    async freeBytes({ signal } = {}) {
      signal?.throwIfAborted();
      return await guarded('tell its free space', async () => {
        const found = await statfs(path);
        return found.bavail * found.bsize;
      });
    },
    async close() {},
  };
}

/**
 * Makes the folders that restic's own local backend expects to exist before it saves (it makes them only at `init`):
 * `keys locks snapshots index data data/00 … data/ff`, below the folder `path`, which must exist.
 */
export async function prepareRepositoryFolders(path: string): Promise<void> {
  const folders = ['keys', 'locks', 'snapshots', 'index', 'data'];
  for (let byte = 0; byte < 256; byte += 1) folders.push(`data/${byte.toString(16).padStart(2, '0')}`);
  try {
    let isNew = false;
    for (const folder of folders) isNew = (await makeFolder(join(path, folder))) || isNew;
    if (isNew) for (const folder of ['data', '.']) await syncFolder(join(path, folder));
  } catch (error) {
    throw failureOfSystemError(error, path, 'make the folders of a repository');
  }
}

// True when it was made now.
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function writePieces(file: FileHandle, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    signal?.throwIfAborted();
    const result = await file.write(bytes, written, Math.min(pieceBytes, bytes.length - written));
    written += result.bytesWritten;
  }
  signal?.throwIfAborted();
}

async function readPieces(
  file: FileHandle,
  bytes: Buffer,
  start: number,
  signal: AbortSignal | undefined,
  checkSize: (size: number) => unknown,
): Promise<void> {
  let read = 0;
  while (read < bytes.length) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, read, Math.min(pieceBytes, bytes.length - read), start + read);
    if (bytesRead === 0) checkSize(start + read); // It shrank while it was read: this throws.
    read += bytesRead;
  }
}

async function moveWithoutReplacing(from: string, to: string, exists: () => Error): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') throw exists();
    if (!noHardLinkCodes.has(code)) throw error;
    // No hard links here (some CIFS servers, FAT): look, then move. Two writers of one key could both pass the look.
    const taken = await stat(to).then(
      () => true,
      (reason: unknown) => {
        if (systemErrorCode(reason) === 'ENOENT') return false;
        throw reason;
      },
    );
    if (taken) throw exists();
    await rename(from, to);
    return;
  }
  await unlink(from);
}

// A name survives a power cut only once its folder is on the disk too. Some network file systems know no such call.
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'EBADF'].includes(systemErrorCode(error) ?? '')) throw error;
  } finally {
    await folder.close();
  }
}

// Somebody else's running save is younger than this; a place that forbids removing keeps its leftovers.
async function sweep(temporary: string, olderThanMs: number): Promise<void> {
  try {
    if (Date.now() - (await stat(temporary)).mtimeMs > olderThanMs) await unlink(temporary);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

function placeChanged(location: string): Failure {
  return new Failure('backend.place-changed', {
    message: `another file system than before lies at ${location}`,
    hint: 'Something was mounted or unmounted there while Orbit worked. Mount it again; nothing was written beneath.',
    facts: { location },
  });
}
