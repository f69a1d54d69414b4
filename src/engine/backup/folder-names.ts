// Does a folder hold the names that the stat cache knows of it, and no others?
import { listNames } from './folder-listing.ts';
import { type KnownFolder, namesText } from './stat-cache-file.ts';

/** True when those that count are the known ones. False, too, where the folder cannot be listed. */
export function hasNames(path: Buffer, known: KnownFolder, counts: (name: string) => boolean = () => true): boolean {
  try {
    return known.names.equals(Buffer.from(namesText(listNames(path).filter(counts)), 'latin1'));
  } catch {
    return false;
  }
}
