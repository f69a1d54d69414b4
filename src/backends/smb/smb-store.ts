// Stores objects in a share, a few small ones together. Each is sent under a name of its own into one folder for what is on its
// way, which stays small however many objects there are: a server looks through the whole folder for every new name. When
// the server lists it whole, it is renamed to its key.
import { ftruncateSync, writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { BackendKey } from '../backend.ts';
import { keyExists, noSpace, refused } from '../failures.ts';
import { folderOf, isKeyPart, isTemporaryName, temporaryKey } from '../key.ts';
import { SmbStatusError, isSmbStatus, missingStatuses } from './smb-failures.ts';
import { parseFreeBytes, parseListing } from './smb-replies.ts';
import { type SmbSession, localName } from './smb-session.ts';

/** An object that is to be stored. */
export interface SmbObject {
  key: BackendKey;
  content: Uint8Array;
  /** Whether an object of that key is replaced; it is refused otherwise. */
  replaces: boolean;
}

/** How a place is written. */
export interface SmbStore {
  /** Stores no more objects than a session has files, and tells of each what became of it. */
  store(
    session: SmbSession,
    objects: readonly SmbObject[],
    signal: AbortSignal,
  ): Promise<PromiseSettledResult<unknown>[]>;
  /** Removes what calls left that were cut off with their session. */
  removeOrphans(session: SmbSession): Promise<void>;
}

/** What a store has to know of its place. */
export interface SmbStorePlace {
  location: string;
  /** A key, as smbclient takes it. */
  pathOf(key: string): string;
  /** The failure for a status of the server while doing `what`. */
  failureOf(what: string, error: SmbStatusError): Error;
}

interface Arrived {
  sizes: Map<string, number>;
  freeBytes: number;
}

/** No key may have that name, so that no listing shows it. */
const incoming = 'incoming~';
const dayMs = 86_400_000;

/** A store. Nothing is sent before the first call. */
export function smbStore({ location, pathOf, failureOf }: SmbStorePlace): SmbStore {
  const orphans = new Set<string>();
  let isPrepared = false;

  // Only below the folder of the destination: a vanished one must not be made anew.
  async function makeFolders(session: SmbSession, folder: string): Promise<void> {
    const names = folder.split('/');
    for (let depth = 1; depth <= names.length; depth += 1) {
      await session.run(`mkdir ${pathOf(names.slice(0, depth).join('/'))}`).catch((error: unknown) => {
        if (!isSmbStatus(error, 'OBJECT_NAME_COLLISION')) throw error;
      });
    }
  }

  async function prepare(session: SmbSession): Promise<void> {
    await makeFolders(session, incoming);
    const text = await session.run(`ls ${pathOf(`${incoming}/*`)}`).catch((error: unknown) => {
      if (isSmbStatus(error, ...missingStatuses)) return ''; // An empty folder, to some servers.
      throw error;
    });
    // A name that is no key's may mean something else to smbclient.
    const isLeftover = (name: string, at: Date): boolean =>
      isTemporaryName(name) && isKeyPart(name.replaceAll('~', '')) && Date.now() - at.getTime() > dayMs;
    for (const { name, modifiedAt } of parseListing(text)) {
      // A place that forbids removing keeps its leftovers.
      if (isLeftover(name, modifiedAt)) await session.run(`del ${pathOf(`${incoming}/${name}`)}`).catch(() => {});
    }
    isPrepared = true;
  }

  const put = (session: SmbSession, objects: readonly SmbObject[], names: readonly string[], signal: AbortSignal) =>
    Promise.allSettled(
      objects.map(({ content }, index) =>
        session.run(`put ${localName(index)} ${pathOf(names[index] ?? '')}`, { bytes: content.length, signal }),
      ),
    );

  async function rename(session: SmbSession, name: string, { key, replaces }: SmbObject, signal: AbortSignal) {
    const command = `rename ${pathOf(name)} ${pathOf(key)}${replaces ? ' -f' : ''}`;
    try {
      await session.run(command, { signal });
    } catch (error) {
      if (!isSmbStatus(error, 'OBJECT_PATH_NOT_FOUND') || folderOf(key) === '') throw error;
      await makeFolders(session, folderOf(key));
      await session.run(command, { signal });
    }
  }

  // The word of smbclient that it was put is no proof: the server must list it.
  async function arrived(session: SmbSession, signal: AbortSignal): Promise<Arrived> {
    const text = await session.run(`ls ${pathOf(`${incoming}/*`)}`, { signal });
    const files = parseListing(text).filter(({ isFolder }) => !isFolder);
    return {
      sizes: new Map(files.map(({ name, size }) => [`${incoming}/${name}`, size])),
      freeBytes: parseFreeBytes(text) ?? Infinity,
    };
  }

  function checkArrived({ sizes, freeBytes }: Arrived, name: string, { key, content }: SmbObject, said: string): void {
    const size = sizes.get(name);
    if (size === content.length) return;
    if (freeBytes < content.length) throw noSpace(location, new Error(said.trim()));
    // Servers may cut an object off at a quota without a word.
    throw refused(
      location,
      `store ${key}`,
      `${size ?? 'none'} of ${content.length} bytes arrived; its disk has room, so look for a quota of that user (${said.trim()})`,
    );
  }

  async function giveUp(session: SmbSession, name: string): Promise<void> {
    if (session.isOpen) await session.run(`del ${pathOf(name)}`).catch(() => {});
    else orphans.add(name);
  }

  return {
    async store(session, objects, signal) {
      if (!isPrepared) await prepare(session);
      const names = objects.map(() => `${incoming}/${temporaryKey('object')}`);
      for (const [index, { content }] of objects.entries()) await writeAll(session.files[index] as FileHandle, content);
      let sent = await put(session, objects, names, signal);
      if (sent.some((result) => result.status === 'rejected' && isSmbStatus(result.reason, 'OBJECT_PATH_NOT_FOUND'))) {
        await prepare(session);
        sent = await put(session, objects, names, signal);
      }
      // One listing for all of them; asking for each would be more than half of all requests.
      const listing = arrived(session, signal);
      return await Promise.allSettled(
        objects.map(async (object, index) => {
          const { key } = object;
          const [name = '', result] = [names[index], sent[index]];
          try {
            const found = await listing;
            if (result?.status !== 'fulfilled') throw result?.reason;
            checkArrived(found, name, object, result.value);
            await rename(session, name, object, signal);
          } catch (error) {
            await giveUp(session, name);
            if (isSmbStatus(error, 'OBJECT_NAME_COLLISION')) throw keyExists(location, key);
            throw error instanceof SmbStatusError ? failureOf(`store ${key}`, error) : error;
          }
        }),
      );
    },
    async removeOrphans(session) {
      for (const orphan of orphans) {
        orphans.delete(orphan);
        await session.run(`del ${pathOf(orphan)}`).catch(() => {});
      }
    },
  };
}

// A trip to the thread pool for each step of a small file would cost more than the file.
const smallBytes = 64 * 1024;

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  ftruncateSync(file.fd, 0);
  let written = 0;
  while (written < bytes.length) {
    const left = bytes.length - written;
    written +=
      left <= smallBytes
        ? writeSync(file.fd, bytes, written, left, written)
        : (await file.write(bytes, written, left, written)).bytesWritten;
  }
}
