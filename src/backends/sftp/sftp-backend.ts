// Objects in a folder of another machine, by SFTP: a temporary name, flushed, then moved in whole.
import { abortable } from '../abortable.ts';
import type { DatingBackend } from '../abilities.ts';
import type { StoredObject } from '../backend.ts';
import {
  keyExists,
  malformed,
  noSpace,
  notFound,
  permissionDenied,
  placeMissing,
  readOnly,
  refused,
} from '../failures.ts';
import { checkDepth, checkKey, checkPrefix, folderOf, isKeyPart, isTemporaryName, temporaryKey } from '../key.ts';
import { resolveRange } from '../ranges.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { sshString, uint32 } from '../ssh/wire.ts';
import {
  type SftpAttributes,
  SftpStatusError,
  isFolder,
  isRegular,
  isStatus,
  message,
  openFlag,
  readAttributes,
  readWideNumber,
  status,
} from './sftp-messages.ts';
import { eachPiece, piecesEverybodyTakes, piecesOf, readInto, writeFrom } from './sftp-pieces.ts';
import { type SftpSession, openSftpSession } from './sftp-session.ts';

/** Where and how. */
export interface SftpSettings {
  /** For people, such as `sftp://backup@host:22/srv/orbit`. */
  location: string;
  /** Closed with the backend. */
  connection: SshConnection;
  /** The folder there, absolute or below the user's home. Any characters. It must exist. */
  path: string;
  /** Seconds of silence after which it is given up. Default 60. */
  timeoutSeconds?: number;
}

const posixRename = 'posix-rename@openssh.com';
const fsync = 'fsync@openssh.com';
const statvfs = 'statvfs@openssh.com';
const dayMs = 86_400_000;
// The packs of the largest repository are spread over 256 folders.
const namesInFolderMax = 5_000_000;

/**
 * Opens a folder of another machine. A lost session is opened anew at the next call. Files are flushed where the
 * server can (OpenSSH's `fsync@openssh.com`), folders cannot be: after a power cut there the last names may be missing.
 */
export async function openSftpBackend(settings: SftpSettings): Promise<DatingBackend> {
  const { location, connection } = settings;
  const root = settings.path.replace(/\/+$/, '') || '/';
  const pathOf = (key: string): Buffer => sshString(key === '' ? root : `${root === '/' ? '' : root}/${key}`);
  let opening: Promise<SftpSession> | undefined;
  let current: SftpSession | undefined;
  let piece = piecesEverybodyTakes;

  // Calls made together share one session; a failed or ended one is opened anew by the next call.
  async function opened(signal: AbortSignal | undefined): Promise<SftpSession> {
    signal?.throwIfAborted();
    if (current?.isOpen) return current;
    opening ??= openSession().finally(() => {
      opening = undefined;
    });
    const session = await abortable(opening, signal);
    current = session;
    return session;
  }

  async function openSession(): Promise<SftpSession> {
    const session = await openSftpSession(connection, location, settings.timeoutSeconds ?? 60);
    piece = await piecesOf(session).catch((error: unknown) => {
      session.close();
      throw error;
    });
    return session;
  }

  // What is no status of the server is a failure already.
  async function guarded<Result>(what: string, bytes: number, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SftpStatusError)) throw error;
      throw await meaning(error, what, bytes);
    }
  }

  async function meaning(error: SftpStatusError, what: string, bytes: number): Promise<Error> {
    if (error.status === status.permissionDenied) return permissionDenied(location, what, error);
    if (error.status === status.noSuchFile) return placeMissing(location, error);
    // A full disk and a read-only one are both just "Failure": the file system itself tells.
    const space = await spaceOf(await opened(undefined)).catch(() => undefined);
    if (space?.isReadOnly) return readOnly(location, error);
    if (space !== undefined && space.freeBytes < bytes + 4096) return noSpace(location, error);
    // A quota is "Failure" as well, and shows nowhere.
    const guess = space !== undefined && bytes > 0 ? '; its disk has room, so look for a quota of that user' : '';
    return refused(location, what, `${error.message}${guess}`, error);
  }

  async function spaceOf(sftp: SftpSession): Promise<{ freeBytes: number; isReadOnly: boolean } | undefined> {
    if (!sftp.extensions.has(statvfs)) return undefined;
    const { body } = await sftp.request(message.extended, [sshString(statvfs), pathOf('')], message.extendedReply);
    const [, blockBytes = 0, , , available = 0, , , , , flags = 0] = Array.from({ length: 10 }, () =>
      readWideNumber(body),
    );
    return { freeBytes: available * blockBytes, isReadOnly: (flags & 1) === 1 };
  }

  async function attributesOf(sftp: SftpSession, key: string): Promise<SftpAttributes> {
    const { body } = await sftp.request(message.stat, [pathOf(key)], message.attrs);
    return readAttributes(body);
  }

  async function exists(sftp: SftpSession, key: string): Promise<boolean> {
    try {
      await attributesOf(sftp, key);
      return true;
    } catch (error) {
      if (isStatus(error, status.noSuchFile)) return false;
      throw error;
    }
  }

  // A missing object and a missing place are told apart: the second must stop a run.
  async function missing(sftp: SftpSession, key: string, cause: unknown): Promise<Error> {
    return (await exists(sftp, '')) ? notFound(location, key, cause) : placeMissing(location, cause);
  }

  async function openFile(sftp: SftpSession, key: string, flags: number): Promise<Buffer> {
    // Attributes: only the mode, 0600.
    const parts = [pathOf(key), uint32(flags), uint32(4), uint32(0o600)];
    return sshString((await sftp.request(message.open, parts, message.handle)).body.string());
  }

  async function closeFile(sftp: SftpSession, handle: Buffer): Promise<void> {
    await sftp.request(message.close, [handle], message.status);
  }

  // Only below the folder: a vanished one must not be made anew beneath its mount.
  async function makeFolders(sftp: SftpSession, folder: string): Promise<void> {
    const names = folder.split('/');
    for (let depth = 1; depth <= names.length; depth += 1) {
      const below = names.slice(0, depth).join('/');
      try {
        await sftp.request(message.mkdir, [pathOf(below), uint32(4), uint32(0o700)], message.status);
      } catch (error) {
        // "Failure" is also what a folder that is there says.
        if (!isStatus(error, status.failure) || !(await exists(sftp, below))) throw error;
      }
    }
  }

  async function openTemporary(sftp: SftpSession, key: string): Promise<{ handle: Buffer; temporary: string }> {
    const temporary = temporaryKey(key);
    const flags = openFlag.write | openFlag.create | openFlag.exclusive;
    try {
      return { handle: await openFile(sftp, temporary, flags), temporary };
    } catch (error) {
      if (!isStatus(error, status.noSuchFile) || folderOf(key) === '') throw error;
    }
    await makeFolders(sftp, folderOf(key));
    return { handle: await openFile(sftp, temporary, flags), temporary };
  }

  async function* walk(
    sftp: SftpSession,
    folder: string,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StoredObject> {
    checkDepth(folder);
    const folders: string[] = [];
    for (const { name, attributes } of await readFolder(sftp, folder, signal)) {
      const key = folder === '' ? name : `${folder}/${name}`;
      if (isFolder(attributes) && isKeyPart(name)) folders.push(key);
      else if (isRegular(attributes) && isKeyPart(name)) yield { key, size: attributes.size ?? 0 };
      else if (isTemporaryName(name) && Date.now() - (attributes.modifiedAt?.getTime() ?? Infinity) > dayMs) {
        // A leftover of a killed run; a place that forbids removing keeps it.
        await sftp.request(message.remove, [pathOf(key)], message.status).catch(() => {});
      }
    }
    for (const below of folders) yield* walk(sftp, below, signal);
  }

  async function readFolder(sftp: SftpSession, folder: string, signal: AbortSignal | undefined) {
    const found: { name: string; attributes: SftpAttributes }[] = [];
    let handle: Buffer;
    try {
      handle = sshString((await sftp.request(message.opendir, [pathOf(folder)], message.handle)).body.string());
    } catch (error) {
      if (isStatus(error, status.noSuchFile) && folder !== '' && (await exists(sftp, ''))) return found;
      throw error;
    }
    try {
      for (;;) {
        signal?.throwIfAborted();
        const { body } = await sftp.request(message.readdir, [handle], message.name);
        const count = body.uint32();
        // The end has a word of its own.
        if (count === 0 || found.length + count > namesInFolderMax) throw malformed('a listing without end');
        for (let left = count; left > 0; left -= 1) {
          const name = body.string().toString('utf8');
          body.string(); // The line that `ls -l` would print.
          found.push({ name, attributes: readAttributes(body) });
        }
      }
    } catch (error) {
      if (!isStatus(error, status.eof)) throw error;
    } finally {
      if (sftp.isOpen) await closeFile(sftp, handle);
    }
    return found;
  }

  return {
    location,
    async save(key, bytes, { ifExists, signal } = {}) {
      checkKey(key);
      const sftp = await opened(signal);
      await guarded(`store ${key}`, bytes.length, async () => {
        const { handle, temporary } = await openTemporary(sftp, key);
        try {
          try {
            await eachPiece(bytes.length, piece.write, signal, (start, end) =>
              writeFrom(sftp, handle, bytes.subarray(start, end), start),
            );
            if (sftp.extensions.has(fsync))
              await sftp.request(message.extended, [sshString(fsync), handle], message.status);
          } finally {
            if (sftp.isOpen) await closeFile(sftp, handle);
          }
          if (ifExists === 'replace') await moveOver(sftp, pathOf(temporary), pathOf(key));
          else await moveIn(sftp, temporary, key);
        } catch (error) {
          if (sftp.isOpen) await sftp.request(message.remove, [pathOf(temporary)], message.status).catch(() => {});
          throw error;
        }
      });
    },
    async load(key, range, { signal, maxBytes } = {}) {
      checkKey(key);
      const sftp = await opened(signal);
      return await guarded(`read ${key}`, 0, async () => {
        // Both are asked for at once: over a long line each question costs its time.
        const [attributes, opening] = await Promise.allSettled([found(sftp, key), openFile(sftp, key, openFlag.read)]);
        try {
          if (attributes.status === 'rejected') throw attributes.reason;
          const { start, end } = resolveRange(location, key, attributes.value.size ?? 0, range, maxBytes);
          const bytes = Buffer.allocUnsafeSlow(end - start);
          if (opening.status === 'rejected') throw opening.reason;
          await eachPiece(bytes.length, piece.read, signal, (from, to) =>
            readInto(sftp, opening.value, start, bytes.subarray(from, to), from),
          );
          return bytes;
        } catch (error) {
          if (!isStatus(error, status.eof)) throw error;
          resolveRange(location, key, (await attributesOf(sftp, key)).size ?? 0, range); // It shrank: this throws.
          throw error;
        } finally {
          // Nobody waits for the closing of what was only read.
          if (opening.status === 'fulfilled' && sftp.isOpen) void closeFile(sftp, opening.value).catch(() => {});
        }
      });
    },
    async stat(key, { signal } = {}) {
      checkKey(key);
      const sftp = await opened(signal);
      return await guarded(`look at ${key}`, 0, async () => ({ key, size: (await found(sftp, key)).size ?? 0 }));
    },
    async modifiedAt(key, { signal } = {}) {
      checkKey(key);
      const sftp = await opened(signal);
      return await guarded(`look at ${key}`, 0, async () => (await found(sftp, key)).modifiedAt ?? new Date());
    },
    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix);
      const sftp = await opened(signal);
      try {
        yield* walk(sftp, prefix.slice(0, -1), signal);
      } catch (error) {
        throw error instanceof SftpStatusError ? await meaning(error, 'list it', 0) : error;
      }
    },
    async remove(key, { signal } = {}) {
      checkKey(key);
      const sftp = await opened(signal);
      await guarded(`remove ${key}`, 0, async () => {
        try {
          await sftp.request(message.remove, [pathOf(key)], message.status);
        } catch (error) {
          if (isStatus(error, status.noSuchFile)) throw await missing(sftp, key, error);
          // Some servers say "Failure" for a folder, others "permission denied".
          if (error instanceof SftpStatusError && isFolder(await attributesOf(sftp, key)))
            throw notFound(location, key, error);
          throw error;
        }
      });
    },
    async freeBytes({ signal } = {}) {
      const sftp = await opened(signal);
      return await guarded('tell its free space', 0, async () => (await spaceOf(sftp))?.freeBytes);
    },
    async close() {
      await opening?.catch(() => {});
      current?.close();
      await connection.close();
    },
  };

  async function found(sftp: SftpSession, key: string): Promise<SftpAttributes> {
    let attributes: SftpAttributes;
    try {
      attributes = await attributesOf(sftp, key);
    } catch (error) {
      throw isStatus(error, status.noSuchFile) ? await missing(sftp, key, error) : error;
    }
    if (!isRegular(attributes)) throw notFound(location, key);
    return attributes;
  }

  // The plain rename of version 3 refuses to overwrite, but says only "Failure".
  async function moveIn(sftp: SftpSession, temporary: string, key: string): Promise<void> {
    try {
      await sftp.request(message.rename, [pathOf(temporary), pathOf(key)], message.status);
    } catch (error) {
      if (error instanceof SftpStatusError && (await exists(sftp, key))) throw keyExists(location, key);
      throw error;
    }
  }

  async function moveOver(sftp: SftpSession, from: Buffer, to: Buffer): Promise<void> {
    if (!sftp.extensions.has(posixRename)) {
      throw refused(location, 'replace an object', `its server does not know ${posixRename}`);
    }
    await sftp.request(message.extended, [sshString(posixRename), from, to], message.status);
  }
}
