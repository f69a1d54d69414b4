// Objects as files of a CIFS/SMB share, by Samba's own client: no mount, no root, no kernel module.
import type { FileHandle } from 'node:fs/promises';
import type { Operation } from '../../base/operation.ts';
import type { DatingBackend } from '../abilities.ts';
import type { StoredObject } from '../backend.ts';
import { type Call, batchQueue } from '../batches.ts';
import { failureOfSystemError, notFound, placeMissing, refused } from '../failures.ts';
import { checkDepth, checkKey, checkPrefix, isKeyPart } from '../key.ts';
import { checkLoadSize, checkRange, resolveRange } from '../ranges.ts';
import { SmbStatusError, failureOfStatus, isSmbStatus, missingStatuses } from './smb-failures.ts';
import { sessionsAtMost, smbPool } from './smb-pool.ts';
import { parseAllInfo, parseFetchedSize, parseFreeBytes, parseListing } from './smb-replies.ts';
import { type SmbSession, filesOfSession, localName, openSmbSession } from './smb-session.ts';
import { type SmbObject, smbStore } from './smb-store.ts';
import { type SmbSettings, checkSmbSettings, shareAndFolder } from './smb-settings.ts';

// Small objects are stored together, up to so much.
const batchBytes = 1024 * 1024;
// Parts of one object are asked for one after another as a rule: it is fetched whole once.
const keptBytesMax = 64 * 1024 * 1024;

interface Storing extends Call<'store'>, SmbObject {}

/**
 * Opens a folder of a share. Nothing is sent before the first call. What was stored is whole and confirmed by the server's own
 * listing; whether it survives a power cut there is the server's affair: smbclient cannot ask for a flush.
 * @throws Failure `backend.bad-address`.
 */
export async function openSmbBackend(settings: SmbSettings): Promise<DatingBackend> {
  checkSmbSettings(settings);
  const { location } = settings;
  const { folder: root } = shareAndFolder(location, settings.path);
  const pathOf = (key: string): string => `"${root}${key === '' ? '' : `\\${key.replaceAll('/', '\\')}`}"`;
  const failureOf = (what: string, error: SmbStatusError): Error =>
    failureOfStatus(error, location, what, settings.timeoutSeconds);
  const store = smbStore({ location, pathOf, failureOf });
  const pool = smbPool(settings, (session) => store.removeOrphans(session));
  const stores = batchQueue<'store', Storing>(
    (batch, signal) => guarded(`store ${batch[0]?.key}`, signal, (session) => store.store(session, batch, signal)),
    { calls: filesOfSession, bytes: batchBytes, atOnce: sessionsAtMost, worthARun: { calls: 4, bytes: batchBytes } },
  );
  const kept = new Map<string, Buffer>();

  async function guarded<Result>(
    what: string,
    signal: AbortSignal | undefined,
    work: (session: SmbSession) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await pool.use(signal, work);
    } catch (error) {
      if (!(error instanceof SmbStatusError))
        throw failureOfSystemError(error, settings.spoolFolder, 'use the spool for SMB');
      throw failureOf(what, error);
    }
  }

  // Undefined for what is not there, and for a folder.
  async function infoOf(session: SmbSession, key: string, signal?: AbortSignal) {
    try {
      return parseAllInfo(await session.run(`allinfo ${pathOf(key)}`, { signal }));
    } catch (error) {
      if (isSmbStatus(error, ...missingStatuses)) return undefined;
      throw error;
    }
  }

  // A missing object and a missing place are told apart: the second must stop a run.
  async function missing(session: SmbSession, key: string, cause: unknown): Promise<Error> {
    try {
      await session.run(root === '' ? 'ls "\\*"' : `allinfo "${root}"`);
      return notFound(location, key, cause);
    } catch (error) {
      return isSmbStatus(error, ...missingStatuses) ? placeMissing(location, error) : (error as Error);
    }
  }

  async function fetch(
    session: SmbSession,
    key: string,
    from: number,
    { signal, maxBytes }: { signal?: AbortSignal | undefined; maxBytes?: number },
  ): Promise<Buffer> {
    const [file] = session.files;
    if (file === undefined) throw new Error('a session has files');
    await file.truncate(from);
    try {
      // `reget` goes on after what is there already: the part before `from` is a hole.
      const text = await session.run(`${from > 0 ? 'reget' : 'get'} ${pathOf(key)} ${localName(0)}`, {
        bytes: keptBytesMax,
        signal,
      });
      const size = parseFetchedSize(text) ?? (await file.stat()).size;
      checkLoadSize(location, key, size - from, maxBytes);
      return await readAll(file, from, size, () => refused(location, `read ${key}`, text.trim()));
    } catch (error) {
      if (isSmbStatus(error, ...missingStatuses, 'FILE_IS_A_DIRECTORY')) throw await missing(session, key, error);
      throw error;
    }
  }

  function keep(key: string, bytes: Buffer): void {
    kept.delete(key);
    kept.set(key, bytes);
    let total = 0;
    for (const one of kept.values()) total += one.length;
    for (const [oldest, one] of kept) {
      if (total <= keptBytesMax) break;
      kept.delete(oldest);
      total -= one.length;
    }
  }

  async function* walk(folder: string, signal: AbortSignal | undefined): AsyncGenerator<StoredObject> {
    checkDepth(folder);
    const entries = await guarded('list it', signal, async (session) => {
      try {
        return parseListing(
          await session.run(`ls "${root}${folder === '' ? '' : `\\${folder.replaceAll('/', '\\')}`}\\*"`, { signal }),
        );
      } catch (error) {
        if (!isSmbStatus(error, ...missingStatuses) || folder === '') throw error;
        const reason = await missing(session, folder, error);
        if ('code' in reason && reason.code === 'backend.not-found') return [];
        throw reason;
      }
    });
    const keyOf = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
    for (const { name, isFolder, size } of entries) if (!isFolder && isKeyPart(name)) yield { key: keyOf(name), size };
    for (const { name, isFolder } of entries) if (isFolder && isKeyPart(name)) yield* walk(keyOf(name), signal);
  }

  return {
    location,
    async save(key, bytes, { ifExists, signal } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      kept.delete(key);
      const replaces = ifExists === 'replace';
      await stores.ask({ kind: 'store', key, bytes: bytes.length, content: bytes, replaces }, signal);
    },
    async load(key, range, options = {}) {
      const { signal, maxBytes } = options;
      signal?.throwIfAborted();
      checkKey(key);
      if (range !== undefined) checkRange(range);
      return await guarded(`read ${key}`, signal, async (session) => {
        if (range === undefined) return await fetch(session, key, 0, options);
        let whole = kept.get(key);
        if (whole === undefined) {
          const info = await infoOf(session, key, signal);
          if (info === undefined) throw await missing(session, key, undefined);
          const { start, end } = resolveRange(location, key, info.size, range, maxBytes);
          const isTail = start > 0 && info.size - start <= Math.max(65_536, info.size / 8);
          if (end === start) return Buffer.alloc(0);
          if (isTail) return (await fetch(session, key, start, { signal })).subarray(0, end - start);
          whole = await fetch(session, key, 0, { signal });
        }
        keep(key, whole);
        const { start, end } = resolveRange(location, key, whole.length, range, maxBytes);
        return Buffer.from(whole.subarray(start, end));
      });
    },
    async stat(key, { signal } = {}) {
      checkKey(key);
      return await guarded(`look at ${key}`, signal, async (session) => {
        const info = await infoOf(session, key, signal);
        if (info === undefined) throw await missing(session, key, undefined);
        return { key, size: info.size };
      });
    },
    async modifiedAt(key, { signal } = {}) {
      checkKey(key);
      return await guarded(`look at ${key}`, signal, async (session) => {
        const info = await infoOf(session, key, signal);
        if (info === undefined) throw await missing(session, key, undefined);
        return info.modifiedAt;
      });
    },
    async *list(prefix, { signal } = {}) {
      signal?.throwIfAborted();
      checkPrefix(prefix);
      yield* walk(prefix.slice(0, -1), signal);
    },
    async remove(key, { signal } = {}) {
      signal?.throwIfAborted();
      checkKey(key);
      kept.delete(key);
      await guarded(`remove ${key}`, signal, async (session) => {
        try {
          await session.run(`del ${pathOf(key)}`, { signal });
        } catch (error) {
          if (isSmbStatus(error, ...missingStatuses)) throw await missing(session, key, error);
          throw error;
        }
      });
    },
    freeBytes: ({ signal } = {}) =>
      guarded('tell its free space', signal, async (session) =>
        parseFreeBytes(await session.run(`ls "${root}\\*"`, { signal })),
      ),
    async close() {
      await stores.close();
      await pool.close();
    },
  };
}

/** Makes the folder there, one level: the share and the folders above must exist. Nothing happens when it is there. */
export async function makeSmbFolder(settings: SmbSettings, options: Operation = {}): Promise<void> {
  checkSmbSettings(settings);
  const { folder } = shareAndFolder(settings.location, settings.path);
  const session = await openSmbSession(settings, options.signal);
  try {
    if (folder !== '') await session.run(`mkdir "${folder}"`);
  } catch (error) {
    if (isSmbStatus(error, 'OBJECT_NAME_COLLISION')) return;
    if (!(error instanceof SmbStatusError)) throw error;
    throw failureOfStatus(error, settings.location, 'make its folder', settings.timeoutSeconds);
  } finally {
    await session.close();
  }
}

// What is missing at the end never arrived.
async function readAll(file: FileHandle, from: number, to: number, short: () => Error): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, to - from));
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, from + read);
    if (bytesRead === 0) throw short();
    read += bytesRead;
  }
  return bytes;
}
