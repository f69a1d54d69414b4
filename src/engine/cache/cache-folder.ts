// The one folder of all caches of an account: what lies there, and how it is cleaned. All of it may be removed at any time.
//
//   stat/         what the last run knew of each folder, by repository and source (backup/stat-cache-file.ts, backup/resume-notes.ts)
//   repository/   sealed snapshot files and trees, by repository (repository-cache.ts)
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of stat caches and resume notes. */
export const statCaches = 'stat';
/** The folder of what was fetched from repositories. */
export const repositoryCaches = 'repository';

const besides = ['-wal', '-shm'];

/** One file of a cache. Sizes in bytes. */
export interface CacheFile {
  kind: typeof statCaches | typeof repositoryCaches;
  path: string;
  /** Its name: the repository's id, or what stands for a repository and a source. */
  name: string;
  bytes: number;
  usedAt: Date;
}

/** All files of the caches in a folder. */
export function listCaches(folder: string): CacheFile[] {
  return ([repositoryCaches, statCaches] as const).flatMap((kind) =>
    namesIn(join(folder, kind)).flatMap((name) => {
      const path = join(folder, kind, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() !== true || besides.some((end) => name.endsWith(end))) return [];
      const beside = besides.map((end) => statSync(`${path}${end}`, { throwIfNoEntry: false })?.size ?? 0);
      return [{ kind, path, name, bytes: beside.reduce((sum, size) => sum + size, stat.size), usedAt: stat.mtime }];
    }),
  );
}

/** Removes those that were not used since, and gives them. Whoever works with one of them goes on without it. */
export function cleanCaches(folder: string, unusedSince: Date): CacheFile[] {
  const old = listCaches(folder).filter(({ usedAt }) => usedAt <= unusedSince);
  for (const { path } of old) removeCacheFile(path);
  return old;
}

/** Removes a file of a cache, with those that SQLite lays beside it. */
export function removeCacheFile(path: string): void {
  for (const end of ['', ...besides]) rmSync(`${path}${end}`, { force: true });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
