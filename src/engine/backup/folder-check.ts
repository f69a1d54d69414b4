// Is a folder what the stat cache says it was? The fast way asks the system by its own calls; this is the way that works anywhere.
import { lstatSync } from 'node:fs';
import { hasNames } from './folder-names.ts';
import { nativeFolderCheck } from './native-folder-check.ts';
import { isSameStat, type KnownFolder, statWords } from './stat-cache-file.ts';

/** How a folder is looked at. */
export interface FolderCheckOptions {
  /** Whether an entry of this name (one character a byte) counts; without it all do. */
  counts?: ((name: string) => boolean) | undefined;
  /** What numbers of file systems count as, where they are not what they seem. */
  devices?: ReadonlyMap<bigint, bigint> | undefined;
  /** Lets others work now and then; asked before each entry, or before some of them. */
  pause(): Promise<void> | undefined;
}

/**
 * True when the folder has those entries, no others, and the system says the same of each. What cannot be read is not the same.
 * `path` ends with a slash.
 */
export type FolderCheck = (path: Buffer, known: KnownFolder, options: FolderCheckOptions) => Promise<boolean>;

/** The fastest that works on this machine. ORBIT_PORTABLE=1 asks for the portable one. */
export async function openFolderCheck(): Promise<FolderCheck> {
  const native = process.env['ORBIT_PORTABLE'] === '1' ? undefined : await nativeFolderCheck();
  return native ?? portableFolderCheck;
}

/** By node:fs. */
export const portableFolderCheck: FolderCheck = async (path, known, { counts, devices, pause }) => {
  try {
    if (!hasNames(path, known, counts)) return false;
    for (const [index, name] of known.names.toString('latin1').split('\0').slice(0, -1).entries()) {
      const rest = pause();
      if (rest !== undefined) await rest;
      const stat = lstatSync(Buffer.concat([path, Buffer.from(name, 'latin1')]), { bigint: true });
      stat.dev = devices?.get(stat.dev) ?? stat.dev;
      if (!isSameStat(known.stats, index * statWords, stat)) return false;
    }
    return true;
  } catch {
    // The walk looks for itself, and tells why.
    return false;
  }
};
