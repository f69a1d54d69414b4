// What a run leaves on this machine for the next one over the same source, into the same repository or the same several.
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { openPosixFiles } from '../files/open-posix-files.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { BackupOptions } from './backup.ts';
import { notesName, ResumeNotes } from './resume-notes.ts';
import { type IndexFiles, StatCache } from './stat-cache.ts';

/** Where it lies. */
export interface KeptOptions {
  /** A folder of this account's own where what the system said of each entry is kept from run to run; without one nothing is. */
  statCacheFolder?: string;
}

type Paths = readonly (string | Buffer)[];

/** What the last run knew of each entry. Access times change by themselves, and a forced run is to believe nothing. */
export async function openStatCache(
  fed: readonly IndexedRepository[],
  paths: Paths,
  options: BackupOptions & KeptOptions,
): Promise<StatCache | undefined> {
  const { statCacheFolder: folder, force, withAtime } = options;
  if (folder === undefined || force === true || withAtime === true) return undefined;
  const { exclude, iexclude, excludeIfPresent, excludeCaches, excludeLargerThan, oneFileSystem } = options;
  const kept = [exclude, iexclude, excludeIfPresent, excludeCaches, excludeLargerThan, oneFileSystem];
  const name = { folder, source: sourceName(fed, paths, options), options: JSON.stringify(kept) };
  return await StatCache.open(name, await openPosixFiles(), indexFilesOf(fed));
}

/** What a run that was cut off had read. A forced run is to believe nothing. */
export function openNotes(
  fed: readonly IndexedRepository[],
  paths: Paths,
  options: BackupOptions & KeptOptions,
): ResumeNotes | undefined {
  const { statCacheFolder: folder, force } = options;
  if (folder === undefined || force === true) return undefined;
  return ResumeNotes.open(join(folder, notesName(sourceName(fed, paths, options))));
}

/** The repositories with the index files that are there now. */
export function indexFilesOf(fed: readonly IndexedRepository[]): IndexFiles {
  return new Map(fed.map(({ repository, indexIds }) => [repository.config.id, indexIds]));
}

// The same for runs that back up the same. Which of several take part may change from run to run.
function sourceName(fed: readonly IndexedRepository[], paths: Paths, { host = hostname() }: BackupOptions): string {
  const [first, ...others] = fed;
  const where = others.length === 0 ? first?.repository.config.id : 'several';
  return JSON.stringify([where, host, paths.map((path) => resolve(path.toString('latin1')))]);
}
